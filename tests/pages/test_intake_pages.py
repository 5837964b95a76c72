"""The form without script: every step, back and forth, what is missing, what is wrong, what is stored."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.domain.instruments import Instrument
from coaching.domain.words import ReportWords
from tests.pages.plain_browser import Page, PlainBrowser

FORM = "/intake/job-career"
ABOUT_ANA = {
    "name": "Ana",
    "email": "ana@example.test",
    "time_zone": "Europe/Lisbon",
    "stage": "pivoting",
    "rhythm": "fortnightly",
    "letters": "yes",
    "question": "Do I stay,\nor do I go?",
    "importance.skills": "5",
}


@pytest.fixture
def consented(browser: PlainBrowser, words: ReportWords) -> PlainBrowser:
    """A browser on the first page of statements."""
    browser.open(FORM)
    browser.press("next", {"consent": words.consent.text_version})
    return browser


@pytest.fixture
def at_the_end(consented: PlainBrowser, instrument: Instrument) -> PlainBrowser:
    """A browser on the last page, every statement answered."""
    for page in instrument.page_numbers:
        consented.press("next", answers(instrument, page))
    return consented


def answers(instrument: Instrument, page: int) -> dict[str, str]:
    """Return an answer to each statement of a page."""
    return {f"answer.{question.id}": "5" for question in instrument.page(page)}


def submissions(database: Database) -> list[tables.Submission]:
    """Return every submission that is stored."""
    with database.transaction() as session:
        return list(session.scalars(select(tables.Submission)))


def rows(database: Database) -> int:
    """Return how many clients, submissions and facts are stored."""
    with database.transaction() as session:
        counted = (tables.Client, tables.Submission, tables.Event, tables.Consent)
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in counted)


def focused(page: Page) -> str:
    """Return what the page puts in focus when it opens: the part that begins with autofocus."""
    return page.html.partition("autofocus>")[2].partition("</div>")[0]


def test_consent_comes_first(browser: PlainBrowser, words: ReportWords) -> None:
    """The first page explains the scoring and the right to object, and no box is ticked beforehand."""
    page = browser.open(FORM)

    assert page.status == 200
    assert "Page 1 of 6" in page.text
    assert words.consent.logic[0] in page.text
    assert words.consent.objection in page.text
    assert "consent" not in page.fields
    assert page.offered["consent"] == [words.consent.text_version]


@pytest.mark.parametrize("step", ["consent", "1", "4", "about"])
def test_nothing_without_consent(browser: PlainBrowser, database: Database, step: str) -> None:
    """Whatever is posted without consent leads back to the first page, kindly, and stores nothing."""
    browser.open(FORM)
    before = rows(database)

    page = browser.press("send", ABOUT_ANA | {"step": step, "answer.H1": "3"})

    assert page.status == 422
    assert "Page 1 of 6" in page.text
    assert "nothing has been kept" in focused(page)
    assert page.fields["answer.H1"] == "3"
    assert rows(database) == before


def test_consent_to_an_older_text_asks_again(browser: PlainBrowser) -> None:
    """Consent holds for the text that was read, not for another one."""
    browser.open(FORM)

    page = browser.press("next", {"consent": "2019-01"})

    assert page.status == 422
    assert "Page 1 of 6" in page.text


def test_a_page_holds_seven_statements(consented: PlainBrowser, words: ReportWords) -> None:
    """Seven statements stand on a page, each with six points and the way out."""
    page = consented.page

    assert "Page 2 of 6" in page.text
    asked = {name: offered for name, offered in page.offered.items() if name.startswith("answer.")}
    assert len(asked) == 7
    assert set(map(tuple, asked.values())) == {("1", "2", "3", "4", "5", "6", "none")}
    assert page.text.count(words.missing_label) == 7


def test_the_attention_check_stands_on_page_three(at_the_end: PlainBrowser, instrument: Instrument) -> None:
    """The third page of statements carries one more, among the others."""
    at_the_end.press("back")
    page = at_the_end.press("back")

    asked = [name for name in page.offered if name.startswith("answer.")]
    assert len(asked) == 8
    assert f"answer.{instrument.checks[0].id}" in asked


def test_missing_answers_are_said_once(consented: PlainBrowser, instrument: Instrument) -> None:
    """Open statements are pointed out the first time; the second time the form goes on."""
    some = dict(list(answers(instrument, 1).items())[:5])

    said = consented.press("next", some)
    assert said.status == 200
    assert "Page 2 of 6" in said.text
    assert "2 statements are still open" in focused(said)

    assert "Page 3 of 6" in consented.press("next").text
    assert "Page 2 of 6" in consented.press("back").text
    assert "Page 3 of 6" in consented.press("next").text


def test_rather_not_say_is_an_answer(consented: PlainBrowser, instrument: Instrument) -> None:
    """A page on which everything is declined has nothing open."""
    declined = dict.fromkeys(answers(instrument, 1), "none")

    assert "Page 3 of 6" in consented.press("next", declined).text


def test_back_keeps_answers(at_the_end: PlainBrowser, instrument: Instrument) -> None:
    """Going back from the last page to the first and forward again, everything is as it was left."""
    at_the_end.press("back", ABOUT_ANA)
    for page in reversed(instrument.page_numbers):
        shown = at_the_end.page.fields
        assert answers(instrument, page).items() <= shown.items()
        at_the_end.press("back")
    assert "Page 1 of 6" in at_the_end.page.text
    for _ in range(5):
        at_the_end.press("next")

    assert "Page 6 of 6" in at_the_end.page.text
    shown = at_the_end.page.fields
    assert {name: shown[name].replace("\r\n", "\n") for name in ABOUT_ANA} == ABOUT_ANA


@pytest.mark.parametrize("said", ["7", "0", "yes", ""])
def test_an_answer_that_is_not_offered(consented: PlainBrowser, said: str) -> None:
    """A tampered answer leads back to its statement, whichever page it was posted from."""
    consented.press("next", {"answer.H3": "2"})
    consented.press("next")

    page = consented.press("next", {"answer.H3": said})

    assert page.status == 422
    assert "Page 2 of 6" in page.text
    assert "Pick one of the answers" in focused(page)


def test_sent_once(at_the_end: PlainBrowser, database: Database, instrument: Instrument) -> None:
    """What was filled in is stored as it was, with the time spent on each page, and the report opens."""
    page = at_the_end.press("send", ABOUT_ANA)

    assert page.status == 200
    assert page.response.request.path.startswith("/intake/job-career/thank-you/")
    (stored,) = submissions(database)
    assert stored.answers == {question.id: 5 for question in instrument.questions}
    assert stored.importance == {"skills": 5}
    assert stored.question == "Do I stay,\nor do I go?"
    assert stored.letters_wanted
    assert stored.trust == "public"
    assert stored.source == "intake-form"
    assert stored.claimed["name"] == "Ana"
    assert stored.claimed["time_zone"] == "Europe/Lisbon"
    assert stored.claimed["stage"] == "pivoting"
    assert stored.claimed["rhythm"] == "fortnightly"
    assert len(stored.timing["pages"]) == 4


def test_page_times_are_measured(at_the_end: PlainBrowser, database: Database) -> None:
    """The seconds between showing a page and posting it are kept for each page of statements."""
    long_ago = (datetime.now(UTC) - timedelta(seconds=47.6)).timestamp()
    at_the_end.press("back")
    at_the_end.press("next", {"shown_at": f"{long_ago:.3f}"})

    at_the_end.press("send", ABOUT_ANA)

    (stored,) = submissions(database)
    assert stored.timing["pages"][3] == pytest.approx(47.6, abs=5)


def test_little_is_needed(consented: PlainBrowser, database: Database, instrument: Instrument) -> None:
    """An address and consent are enough: no answer, no name, no stage, no letters."""
    for _ in instrument.page_numbers:
        consented.press("next")
        consented.press("next")

    page = consented.press("send", {"email": "bo@example.test"})

    assert page.response.request.path.startswith("/intake/job-career/thank-you/")
    (stored,) = submissions(database)
    assert set(stored.answers.values()) == {None}
    assert stored.claimed["name"] == ""
    assert stored.claimed["stage"] is None
    assert not stored.letters_wanted


def test_sending_twice_is_harmless(at_the_end: PlainBrowser, database: Database) -> None:
    """A double click, or Back and send again, leads to the same report and stores nothing new."""
    filled_in = at_the_end.page
    first = at_the_end.press("send", ABOUT_ANA).response.request.path
    before = rows(database)

    at_the_end.page = filled_in
    second = at_the_end.press("send", ABOUT_ANA).response.request.path

    assert second == first
    assert rows(database) == before


def test_two_visits_are_two_submissions(browser: PlainBrowser) -> None:
    """Each opening of the form is a visit of its own."""
    visits = {UUID(browser.open(FORM).fields["visit"]) for _ in range(3)}

    assert len(visits) == 3


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("email", ""),
        ("email", "ana"),
        ("email", "ana@@example.test"),
        ("name", "Ana\r\nBcc: all@example.test"),
        ("name", "A" * 500),
        ("time_zone", "Mars/Olympus"),
        ("stage", "finished"),
        ("rhythm", "hourly"),
        ("question", "x" * 1001),
    ],
)
def test_a_fault_is_told_at_its_field(
    at_the_end: PlainBrowser, database: Database, field: str, said: str
) -> None:
    """A field that can't be taken is named in a summary that has the focus; everything typed stays."""
    before = rows(database)

    page = at_the_end.press("send", ABOUT_ANA | {field: said})

    assert page.status == 422
    assert "Page 6 of 6" in page.text
    assert "<title>Needs another look: " in page.html
    assert f'href="#{field}' in focused(page)
    assert f'id="{field}.wrong"' in page.html
    for name, value in ABOUT_ANA.items():
        if name != field:
            assert page.fields[name].replace("\r\n", "\n") == value
    assert page.fields["answer.H1"] == "5"
    assert rows(database) == before


def test_every_fault_is_told_at_once(at_the_end: PlainBrowser) -> None:
    """Two wrong fields are two lines of the summary, in the order of the page."""
    page = at_the_end.press("send", {"email": "ana", "question": "x" * 1001})

    assert "2 things need another look" in focused(page)
    assert focused(page).index("#question") < focused(page).index("#email")


def test_a_mended_fault_goes_through(at_the_end: PlainBrowser, database: Database) -> None:
    """After mending what was named, the same form is sent."""
    at_the_end.press("send", ABOUT_ANA | {"email": "ana"})

    at_the_end.press("send", {"email": "ana@example.test"})

    assert [stored.question for stored in submissions(database)] == ["Do I stay,\nor do I go?"]


def test_the_trap_stores_nothing(at_the_end: PlainBrowser, database: Database) -> None:
    """What fills in the field that nobody sees is asked to send again, in case it was a browser."""
    before = rows(database)

    page = at_the_end.press("send", ABOUT_ANA | {"website": "https://spam.example"})

    assert page.status == 422
    assert "send it once more" in focused(page)
    assert page.fields["website"] == ""
    assert rows(database) == before
    assert at_the_end.press("send").response.request.path.startswith("/intake/job-career/thank-you/")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>{{7*7}}", '"><img src=x onerror=alert(1)>', "${7*7}"]
)
def test_what_was_typed_is_only_text(at_the_end: PlainBrowser, name: str) -> None:
    """Markup and template signs in a name come back as typed, and never as markup or result."""
    page = at_the_end.press("send", ABOUT_ANA | {"name": name, "email": "ana"})

    assert page.fields["name"] == name
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert "49" not in page.fields["name"]


def test_an_unknown_instrument(http: FlaskClient) -> None:
    """A form that doesn't exist is a plain page with 404, to look at and to post to."""
    for answer in (http.get("/intake/nope"), http.post("/intake/nope", data={"go": "next"})):
        assert answer.status_code == 404
        assert "There is nothing here" in answer.get_data(as_text=True)


def test_too_much_at_once(http: FlaskClient) -> None:
    """A body far beyond any form is refused as too large."""
    answer = http.post(FORM, data={"question": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "too much at once" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe%%%=&&&", b"step=%00&answer.H1=%ff", b"{}", b"a=1&" * 5000, b"consent=2026-11&visit=x"]
)
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_garbage_is_no_fault_of_ours(http: FlaskClient, body: bytes, kind: str) -> None:
    """Whatever bytes arrive, the answer is a page and not a 5xx."""
    answer = http.post(FORM, data=body, content_type=kind)

    assert answer.status_code < 500
    assert answer.mimetype == "text/html"
