"""The pages behind 'talk to a coach' and 'suggest a topic', as a browser without script has them."""

import pytest
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.domain.library import TOPICS
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.desk import Desk
from tests.pages.plain_browser import PlainBrowser
from tests.pages.test_link_pages import contents
from tests.support.mornings import put_coach

BOOKING = "https://book.example.org/maren?length=30&zone=Europe/Paris"


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


@pytest.fixture
def talk(desk: Desk) -> str:
    """The address behind 'talk to a coach'."""
    return desk.address(Purpose.TALK)


@pytest.fixture
def suggest(desk: Desk) -> str:
    """The address behind 'suggest a topic'."""
    token = desk.ana.token(Purpose.SUGGEST, desk.drip("try"))
    return f"/suggest/{token}"


def give_coach(desk: Desk, *, booking_url: str | None = None) -> None:
    """Let Maren look after Ana."""
    with desk.caseload.house.database.transaction() as session:
        coach = put_coach(session)
        session.get_one(tables.Coach, coach).booking_url = booking_url
        session.get_one(tables.Client, desk.ana.client_id).coach_id = coach


def test_asking_for_a_talk(desk: Desk, browser: PlainBrowser, talk: str) -> None:
    """A line if one likes, a button; then the page says who sees it, and says so again when loaded again."""
    page = browser.open(talk)
    assert (page.status, page.fields) == (200, {"text": ""})
    assert "A talk with a coach" in page.text
    assert "Nothing has been sent yet" in page.text
    done = browser.press("", {"text": "  A raise, <b>soon</b>\r\nor a move "})
    assert (done.status, done.response.request.method) == (200, "GET")
    assert done.response.request.path == talk
    assert f"You asked for a talk on {desk.day(0)}" in done.text
    assert "A raise, <b>soon</b> or a move" in done.text
    assert "<textarea" not in done.html
    assert [one.text for one in desk.stored(tables.ContactRequest)] == ["A raise, <b>soon</b>\nor a move"]
    assert browser.open(talk).text == done.text


def test_pressing_again_adds_nothing(desk: Desk, http: FlaskClient, talk: str) -> None:
    """An impatient finger, or Back and the button again."""
    for _ in range(3):
        assert http.post(talk, data={"text": ""}).status_code == 303
    assert len(desk.stored(tables.ContactRequest)) == 1


def test_a_coach_is_named(desk: Desk, browser: PlainBrowser, talk: str) -> None:
    """Where there is one; without an address for booking there is only the request."""
    give_coach(desk)
    page = browser.open(talk)
    assert "A talk with Maren Okafor" in page.text
    assert "Choose a time" not in page.text
    assert "Maren Okafor sees it" in browser.press("").text


def test_booking_and_beside_it_the_request(desk: Desk, browser: PlainBrowser, talk: str) -> None:
    """The button opens the coach's own address, and stays once a talk was asked for beside it."""
    give_coach(desk, booking_url=BOOKING)
    page = browser.open(talk)
    link = f'<a class="btn" href="{BOOKING.replace("&", "&amp;")}" rel="noopener noreferrer">'
    assert page.html.count('class="btn"') == 1
    assert link in page.html
    assert page.fields == {"text": ""}
    done = browser.press("", {"text": "Mornings only"})
    assert "Your coach will be in touch" in done.text
    assert link in done.html
    assert len(desk.stored(tables.ContactRequest)) == 1


def test_too_long_a_line_comes_back(desk: Desk, browser: PlainBrowser, talk: str) -> None:
    """With what is over beside its field, and nothing that was typed is lost."""
    browser.open(talk)
    page = browser.press("", {"text": "é" * 501})
    assert page.status == 422
    assert "1 too many" in page.text
    assert page.fields["text"] == "é" * 501
    assert 'aria-invalid="true"' in page.html
    assert desk.stored(tables.ContactRequest) == []


def test_suggesting_a_topic(desk: Desk, browser: PlainBrowser, suggest: str) -> None:
    """One of the five or something else, words if one likes; thanks, and a way to the next one."""
    page = browser.open(suggest)
    assert page.offered["topic"] == [*TOPICS, "other"]
    assert page.fields == {"text": ""}  # nothing is chosen beforehand
    done = browser.press("", {"topic": "resume", "text": "Gaps of a year"})
    assert (done.status, done.response.request.method) == (200, "GET")
    assert "Thank you, it is noted" in done.text
    assert f'href="{suggest}"' in done.html
    browser.open(suggest)
    browser.press("", {"topic": "resume", "text": "Gaps of a year"})
    found = [(one.topic, one.text) for one in desk.stored(tables.Suggestion)]
    assert found == [("resume", "Gaps of a year")]


def test_what_needs_another_look(desk: Desk, browser: PlainBrowser, suggest: str) -> None:
    """Each fault beside its field, with the choice and the words as they were."""
    browser.open(suggest)
    page = browser.press("", {"text": "Gaps"})
    assert page.status == 422
    assert "Choose one of the topics" in page.text
    assert page.fields["text"] == "Gaps"
    page = browser.press("", {"topic": "other", "text": " "})
    assert page.status == 422
    assert "Say in a few words" in page.text
    assert page.fields["topic"] == "other"
    assert desk.stored(tables.Suggestion) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_crawler_changes_nothing(
    desk: Desk, http: FlaskClient, talk: str, suggest: str, method: str
) -> None:
    """Fetched again and again, before and after somebody has asked: no row of any table changes."""
    give_coach(desk, booking_url=BOOKING)
    for _ in "12":
        before = contents(desk.caseload)
        for path in (talk, suggest, f"{suggest}?noted=1"):
            answer = http.open(path, method=method)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
        assert contents(desk.caseload) == before
        http.post(talk, data={"text": "A raise"})
        http.post(suggest, data={"topic": "resume", "text": ""})


@pytest.mark.parametrize("purpose", [Purpose.TALK, Purpose.DID, Purpose.SUGGEST, Purpose.UNSUBSCRIBE])
def test_a_link_opens_only_what_it_is_for(desk: Desk, http: FlaskClient, purpose: Purpose) -> None:
    """Under another address it is no link at all."""
    token = desk.ana.token(purpose, desk.drip())
    opens = {
        path: http.get(f"/{path}/{token}").status_code == 200 for path in ("act", "suggest", "unsubscribe")
    }
    assert opens == {
        "act": purpose in {Purpose.TALK, Purpose.DID},
        "suggest": purpose is Purpose.SUGGEST,
        "unsubscribe": purpose is Purpose.UNSUBSCRIBE,
    }
    for path, is_open in opens.items():
        if not is_open:
            assert http.post(f"/{path}/{token}").status_code == 404
