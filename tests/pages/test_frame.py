"""What every page carries: headers, our own files only, one look."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.pages.assets import assets
from tests.pages.caseload import Caseload

OPEN = (
    "/",
    "/intake/job-career",
    "/nope",
    "/intake/nope",
    "/console/",
    "/report/x",
    "/act/x",
    "/unsubscribe/x",
)


@pytest.mark.parametrize("path", OPEN)
def test_headers_of_every_page(http: FlaskClient, path: str) -> None:
    """Every page, also one that tells a fault, is locked down the same."""
    answer = http.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", OPEN)
def test_nothing_comes_from_elsewhere(http: FlaskClient, path: str) -> None:
    """A page loads only files of ours, and holds no script or style of its own."""
    html = http.get(path).get_data(as_text=True)

    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*?(?:src|href)="([^"]*)"', html)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*src=)|\son[a-z]+=|javascript:", html)


@pytest.mark.parametrize("path", OPEN)
def test_every_page_has_a_language_a_title_and_one_heading(http: FlaskClient, path: str) -> None:
    """What a screen reader says first is there, and not the same on every page."""
    html = http.get(path).get_data(as_text=True)

    assert '<html lang="en">' in html
    assert re.search(r"<title>\S.* \u2013 \S.*</title>", html)
    assert html.count("<h1") == 1


def test_only_the_form_may_stand_in_the_firms_sites(caseload: Caseload) -> None:
    """The form and its thank-you page may be framed by the origins that are set; nothing else may."""
    settings = replace(caseload.house.settings, embed_origins=("https://firm.example",))
    framed = create_app(settings, replace(caseload.house, settings=settings)).test_client()
    token = caseload.reported().report_token

    for path in ("/intake/job-career", f"/intake/job-career/thank-you/{token}"):
        headers = framed.get(path).headers
        assert "frame-ancestors 'self' https://firm.example" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers
        assert "Cross-Origin-Resource-Policy" not in headers
    for path in ("/", f"/report/{token}", "/console/", "/act/x"):
        assert "frame-ancestors 'none'" in framed.get(path).headers["Content-Security-Policy"]


def test_assets_are_kept_for_ever_under_their_hash(http: FlaskClient) -> None:
    """Each file is served under the address that pages name, with its kind, to be kept."""
    html = http.get("/").get_data(as_text=True)

    for name in ("waypoint.css", "waypoint.js", "mark.svg"):
        address = f"/static/{assets()[name].digest}/{name}"
        assert address in html
        answer = http.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_address_of_an_earlier_release(http: FlaskClient) -> None:
    """A page that was open during a change of release still finds its style, which isn't kept then."""
    answer = http.get("/static/0123456789abcdef/waypoint.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nope.css", "..%2f__init__.py", "../__init__.py", "%00"])
def test_nothing_else_is_served(http: FlaskClient, name: str) -> None:
    """What isn't one of our files is not there."""
    assert http.get(f"/static/x/{name}").status_code == 404


def test_the_start_page(http: FlaskClient) -> None:
    """The first page names the firm and leads to the form."""
    html = http.get("/").get_data(as_text=True)

    assert "Waypoint Coaching" in html
    assert 'href="/intake/job-career"' in html
