"""What letters link to: GET shows, POST acts, and scanners trigger nothing."""

import pytest
from flask.testing import FlaskClient

from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import PlainBrowser


def test_confirming(caseload: Caseload, browser: PlainBrowser) -> None:
    """The button confirms the address and opens the report; pressing it again does no more."""
    done = caseload.reported()
    address = f"/act/{caseload.link(Purpose.CONFIRM, done)}"

    page = browser.open(address)
    assert "This is me, open my report" in page.text
    assert "Ana" not in page.text
    assert caseload.confirmed_at(done.client_id) is None

    report = browser.press("")
    assert report.response.request.path == f"/report/{done.report_token}"
    first = caseload.confirmed_at(done.client_id)
    assert first is not None

    again = browser.open(address)
    assert "You have confirmed it already" in again.text
    assert "Your report is here, Ana" in again.text
    assert browser.press("").status == 200
    assert caseload.confirmed_at(done.client_id) == first


def test_it_was_not_me(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who says no is thanked, and what was sent in under their address opens nothing more."""
    caseload.reported()
    second = caseload.reported(name="Somebody Else")
    no = f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}"
    yes = f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}"

    assert "So it wasn't you" in browser.open(no).text
    page = browser.press("")
    assert page.status == 200
    assert "Thank you, we have left it out" in page.text
    assert "Somebody" not in page.text

    assert "This has been left out" in browser.open(yes).text
    assert "<form" not in browser.page.html
    assert "left it out" in browser.press("").text


def test_it_was_me(caseload: Caseload, browser: PlainBrowser) -> None:
    """Who says yes comes to that report; a no afterwards is answered, not acted on."""
    caseload.reported()
    second = caseload.reported()
    yes = f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}"
    no = f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}"

    assert "Was this you?" in browser.open(yes).text
    assert browser.press("").response.request.path == f"/report/{second.report_token}"

    assert "You have said that this was you" in browser.open(no).text
    assert "<form" not in browser.page.html


def test_unsubscribing(caseload: Caseload, browser: PlainBrowser) -> None:
    """The page says what stops, what still comes and how to undo it; then that it is done."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"

    page = browser.open(address)
    assert "Stop our letters?" in page.text
    assert "still comes" in page.text
    assert "can be undone" in page.text

    assert "have stopped" in browser.press("").text
    again = browser.open(address)
    assert "have stopped" in again.text
    assert "<form" not in again.html


def test_one_click(caseload: Caseload, http: FlaskClient) -> None:
    """A mail program's one POST, without cookies or anything else, is answered 200 and stops the letters."""
    address = f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, caseload.reported())}"

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        answer = http.post(address, data={"List-Unsubscribe": "One-Click"}, content_type=kind)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert "have stopped" in http.get(address).get_data(as_text=True)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(caseload: Caseload, http: FlaskClient, method: str) -> None:
    """Whatever follows a link without pressing the button changes nothing."""
    done = caseload.reported()
    second = caseload.reported()
    addresses = [
        f"/act/{caseload.link(Purpose.CONFIRM, done)}",
        f"/act/{caseload.link(Purpose.MINE, second, 'was-this-you')}",
        f"/act/{caseload.link(Purpose.NOT_MINE, second, 'was-this-you')}",
        f"/unsubscribe/{caseload.link(Purpose.UNSUBSCRIBE, done)}",
        f"/report/{done.report_token}",
        f"/console/sign-in/{caseload.coach()}",
    ]
    before = caseload.stored()

    for address in addresses:
        assert http.open(address, method=method).status_code == 200
    assert caseload.stored() == before


@pytest.mark.parametrize("path", ["/act/{}", "/unsubscribe/{}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["x", "A" * 47, "%0d%0aSet-Cookie:x"])
def test_bad_links(http: FlaskClient, path: str, method: str, token: str) -> None:
    """A token that isn't ours gets a plain page with 404 that reveals nothing."""
    answer = http.open(path.format(token), method=method)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_changed_token_opens_nothing(caseload: Caseload, http: FlaskClient) -> None:
    """One other character, and a link is no link."""
    token = caseload.link(Purpose.CONFIRM, caseload.reported())

    for place in (0, 10, 30, 46):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert http.get(f"/act/{changed}").status_code == 404
