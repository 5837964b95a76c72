"""The coach's side: a link that signs in once, the list of clients, signing out."""

from dataclasses import replace
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import PlainBrowser

SIGN_OUT = "/console/sign-out"


@pytest.fixture
def signed_in(caseload: Caseload, browser: PlainBrowser) -> PlainBrowser:
    """A browser in which Jo has signed in."""
    browser.open(f"/console/sign-in/{caseload.coach()}")
    browser.press("")
    return browser


def test_signing_in(caseload: Caseload, browser: PlainBrowser) -> None:
    """The link shows a button with the coach's name; the button leads to the list."""
    page = browser.open(f"/console/sign-in/{caseload.coach()}")
    assert "Welcome, Jo Lindqvist" in page.text
    assert "Set-Cookie" not in page.response.headers

    page = browser.press("")
    assert page.response.request.path == "/console/"
    assert page.status == 200


def test_a_link_signs_in_once(caseload: Caseload, app: Flask) -> None:
    """A used link is worth nothing to whoever finds it, and leads the coach who used it to the list."""
    address = f"/console/sign-in/{caseload.coach()}"
    coach, finder = app.test_client(), app.test_client()
    assert coach.post(address).status_code == 303

    assert coach.get(address).headers["Location"] == "/console/"
    for method in ("GET", "POST"):
        answer = finder.open(address, method=method)
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers


def test_the_cookie(caseload: Caseload, http: FlaskClient) -> None:
    """The cookie is out of reach for scripts and other sites, and stays within the console."""
    answer = http.post(f"/console/sign-in/{caseload.coach()}")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie


def test_the_cookie_over_https(caseload: Caseload) -> None:
    """Where the public address is https, the cookie never travels without it."""
    settings = replace(caseload.house.settings, public_url="https://coaching.example.test")
    app = create_app(settings, replace(caseload.house, settings=settings))

    answer = app.test_client().post(f"/console/sign-in/{caseload.coach()}")

    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_cookie_signed_with_an_older_key(caseload: Caseload, app: Flask) -> None:
    """After a change of keys coaches stay signed in; a key that is gone signs nobody in."""
    client = app.test_client()
    client.post(f"/console/sign-in/{caseload.coach()}")
    cookie = client.get_cookie("waypoint_console", path="/console")
    assert cookie is not None
    old = caseload.house.settings.secret_keys

    for ring, status in ((("n" * 40, *old), 200), (("n" * 40,), 401)):
        settings = replace(caseload.house.settings, secret_keys=ring)
        later = create_app(settings, replace(caseload.house, settings=settings)).test_client()
        later.set_cookie("waypoint_console", cookie.value, path="/console")
        assert later.get("/console/").status_code == status


def test_not_signed_in(browser: PlainBrowser) -> None:
    """Who isn't signed in reads how to get a link."""
    page = browser.open("/console/")

    assert page.status == 401
    assert "You are not signed in" in page.text
    assert "waypoint coach add" in page.text


@pytest.mark.parametrize("cookie", ["", "x", "eyJjb2FjaCI6IjEifQ.aaaa.bbbb"])
def test_a_forged_cookie(http: FlaskClient, cookie: str) -> None:
    """A cookie that we didn't sign signs nobody in."""
    http.set_cookie("waypoint_console", cookie, path="/console")

    assert http.get("/console/").status_code == 401


def test_a_coach_who_has_left(app: Flask, http: FlaskClient) -> None:
    """A cookie of a coach who is no longer there opens nothing."""
    with http.session_transaction(path="/console/") as kept:
        kept["coach"], kept["csrf"] = str(uuid4()), "x"

    assert http.get("/console/").status_code == 401


def test_an_empty_list_says_what_will_stand_there(signed_in: PlainBrowser) -> None:
    """With no clients yet, the page says how they get there."""
    assert "as soon as the first one has filled in" in signed_in.open("/console/").text


def test_the_list(signed_in: PlainBrowser, caseload: Caseload) -> None:
    """Each client stands in a line with profile, stage, day, address and letters."""
    done = caseload.reported()
    caseload.submitted(email="bo@example.test", name="", stage=None)

    page = signed_in.open("/console/")
    assert "2 clients" in page.text
    assert "Ana Silva ana@example.test in transition" in page.text
    assert "No name given bo@example.test not yet not said not yet not confirmed yet" in page.text

    signed_in.open(f"/act/{caseload.link(Purpose.CONFIRM, done)}")
    signed_in.press("")
    assert "pivoting" in signed_in.open("/console/").text
    assert " confirmed yes" in signed_in.page.text


def test_a_coach_sees_only_their_own(caseload: Caseload, browser: PlainBrowser) -> None:
    """A coach who isn't an admin doesn't see the clients of others."""
    caseload.reported()
    browser.open(f"/console/sign-in/{caseload.coach(admin=False)}")

    assert "ana@example.test" not in browser.press("").text


def test_names_in_the_list_are_only_text(signed_in: PlainBrowser, caseload: Caseload) -> None:
    """A client can't write markup into a coach's page."""
    caseload.reported(name="Ana & 'Zoë\"")

    page = signed_in.open("/console/")

    assert "Ana & 'Zoë\"" in page.text
    assert "&amp; &#39;Zoë&#34;" in page.html


def test_signing_out(signed_in: PlainBrowser, http: FlaskClient) -> None:
    """The button in the bar ends the session."""
    page = signed_in.open("/console/")

    answer = http.post(SIGN_OUT, data=page.fields, headers={"Origin": "http://localhost"})

    assert answer.headers["Location"] == "/console/"
    assert http.get("/console/").status_code == 401


@pytest.mark.parametrize(
    ("origin", "csrf"),
    [("https://evil.example", None), ("null", None), ("http://localhost", "guess"), ("http://localhost", "")],
)
def test_signing_out_from_elsewhere(
    signed_in: PlainBrowser, http: FlaskClient, origin: str, csrf: str | None
) -> None:
    """Another site, or a guess, can't sign a coach out."""
    page = signed_in.open("/console/")
    fields = {"csrf": page.fields["csrf"] if csrf is None else csrf}

    assert http.post(SIGN_OUT, data=fields, headers={"Origin": origin}).status_code == 403
    assert http.get("/console/").status_code == 200


def test_the_console_is_kept_by_nobody(signed_in: PlainBrowser) -> None:
    """Lists of clients stay out of caches and search engines."""
    headers = signed_in.open("/console/").response.headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
