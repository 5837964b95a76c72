"""The pages behind action links: GET says, POST does, a reload does nothing, and undo is one press away."""

import re

import pytest
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.adapters.database import now
from coaching.domain.deeds import DEEDS
from coaching.domain.links import Purpose
from coaching.usecases.complete_plan import complete_plan
from tests.pages.caseload import Caseload
from tests.pages.desk import DAY, UNDO, Desk
from tests.pages.plain_browser import Page, PlainBrowser
from tests.pages.test_link_pages import contents
from tests.support.mornings import put_coach


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


def undo(http: FlaskClient, page: Page) -> Page:
    """Press the page's undo button."""
    found = UNDO.search(page.html)
    assert found is not None, page.text
    return Page.of(http.post(found[1], follow_redirects=True))


CASES = [
    (Purpose.DONE, "Have you reached this?", "Well done", "your next letter says what comes next"),
    (Purpose.STARTED, "Have you made a start?", "Good, you are on it", "The next reminder comes around"),
    (Purpose.POSTPONE, "More time for this?", "It has more time", "Its new day is"),
    (Purpose.MET, "Did you and Bo Larsen talk?", "Good to hear", "The next reminder comes around"),
    (Purpose.LATER, "Another time for Bo Larsen?", "Later, then", "rest until"),
    (Purpose.NOT_USEFUL, "Leave this out of your plan?", "It is out of your plan", "No more letters"),
    (Purpose.REST, "No use to you for now?", "No reminders for now", "No reminders about Bo Larsen come"),
    (Purpose.STILL_USEFUL, "still useful?", "Good, we go on", "The next letter comes around"),
    (Purpose.DID, "Have you done it?", "Well done", "The next letter comes around"),
    (Purpose.DECIDE, "Stay, shift or leave?", "It is noted", "You have decided to stay, for now"),
    (Purpose.REGISTERED, "Have you signed up?", "It is noted", "The next reminder comes around"),
]


@pytest.mark.parametrize(("purpose", "asks", "tells", "next_"), CASES)
def test_each_link_from_letter_to_undo(  # noqa: PLR0917 - fixtures
    desk: Desk, browser: PlainBrowser, http: FlaskClient, purpose: Purpose, asks: str, tells: str, next_: str
) -> None:
    """It says what it would do, does it, says what comes next, offers undo, and works again after it."""
    desk.step(due_on=desk.today + 25 * DAY)  # so that there is something to write about
    address = desk.address(purpose)
    page = browser.open(address)
    assert asks in page.text
    assert "Nothing has changed yet" in page.text
    before = contents(desk.caseload)

    done = browser.press("", {"decision": "stay"} if purpose is Purpose.DECIDE else {})
    assert (done.status, done.response.request.method) == (200, "GET")
    assert done.response.request.path == address
    assert tells in done.text
    assert next_ in done.text
    assert contents(desk.caseload) != before

    after = contents(desk.caseload)
    assert browser.open(address).text == done.text
    assert contents(desk.caseload) == after

    undone = undo(http, done)
    assert (undone.status, undone.response.request.method) == (200, "GET")
    assert "It is as it was" in undone.text
    assert address in undone.html
    assert contents(desk.caseload)["milestone"] == before["milestone"]
    assert contents(desk.caseload)["relationship"] == before["relationship"]
    assert browser.open(address).text == page.text


def test_the_page_says_what_it_is_about(desk: Desk, browser: PlainBrowser) -> None:
    """The step in the client's words with its day, and the three ways out by date."""
    step = desk.step(title="Ask <Kim> & two others", due_on=desk.today + 10 * DAY)
    page = browser.open(desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step))
    assert "Ask <Kim> & two others" in page.text
    assert f"Due on {desk.day(10)}" in page.text
    assert f"A week later: {desk.day(17)}" in page.text
    assert f'min="{desk.today + DAY}"' in page.html
    assert f'max="{desk.today + 365 * DAY}"' in page.html


def test_to_a_day_of_ones_own(desk: Desk, browser: PlainBrowser) -> None:
    """What can't be is told beside the field, which keeps what was typed; a good day is taken."""
    address = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=desk.step())
    browser.open(address)
    for typed, said in [
        ("", "Choose a day first"),
        (str(desk.today), "from tomorrow on"),
        (str(desk.today + 366 * DAY), "within a year"),
        ("31.12.2026", "such as 2027-01-31"),
        ("2026-W50-1", "such as 2027-01-31"),
        ("20261201", "such as 2027-01-31"),
        ("\u0662\u0660\u0662\u0667-01-31", "such as 2027-01-31"),
        ("2026-02-30", "There is no such day"),
    ]:
        page = browser.press("", {"due_on": typed})
        assert page.status == 422
        assert said in page.text
        assert f'value="{typed}"' in page.html
        assert 'aria-invalid="true"' in page.html
    chosen = desk.today + 33 * DAY
    done = browser.press("", {"due_on": str(chosen)})
    assert f"Its new day is {desk.day(33)}" in done.text
    assert [one.due_on for one in desk.stored(tables.Milestone)] == [chosen]


def test_a_note_for_next_time(desk: Desk, browser: PlainBrowser) -> None:
    """It is kept as written; one that is too long comes back with what is over, and nothing is lost."""
    browser.open(desk.address(Purpose.MET))
    page = browser.press("", {"note": "é" * 2001})
    assert page.status == 422
    assert "1 too many" in page.text
    assert page.fields["note"] == "é" * 2001
    assert desk.stored(tables.Interaction) == []
    browser.press("", {"note": "Ask about <the> trial\r\nand\x00 the book "})
    assert [one.note for one in desk.stored(tables.Interaction)] == ["Ask about <the> trial\nand the book"]
    assert "trial" not in browser.page.text


def test_later_names_the_days(desk: Desk, browser: PlainBrowser) -> None:
    """A week, two weeks or a month, each with its date; a week unless chosen otherwise."""
    address = desk.address(Purpose.LATER)
    page = browser.open(address)
    assert page.fields["later"] == "week"
    assert page.offered["later"] == ["week", "two-weeks", "month"]
    for ahead in (7, 14, 30):
        assert desk.day(ahead) in page.text
    done = browser.press("", {"later": "month"})
    assert f"rest until {desk.day(30)}" in done.text
    assert [one.not_before for one in desk.stored(tables.Relationship)] == [desk.today + 30 * DAY]


def test_three_equal_choices(desk: Desk, browser: PlainBrowser) -> None:
    """Three buttons of one kind, none the filled one; not choosing is told; more time is offered."""
    address = desk.address(Purpose.DECIDE)
    page = browser.open(address)
    assert re.findall(r'class="pick" name="decision" value="(\w+)"', page.html) == ["stay", "shift", "leave"]
    assert 'class="btn"' not in page.html
    refused = browser.press("")
    assert refused.status == 422
    assert "Choose one of the three" in refused.text

    more_time = re.search(r'href="(/act/[\w-]{47})"', page.html)
    assert more_time is not None
    assert "More time for this?" in browser.open(more_time[1]).text


def test_several_people_in_one_letter(desk: Desk, browser: PlainBrowser, http: FlaskClient) -> None:
    """One is chosen by name, the others are offered still, and each has an undo of its own."""
    ids = [desk.tie(kind="peer", name=name) for name in ("Bo", "Cy", "Di")]
    address = desk.link(Purpose.MET, "touches", touches=ids)
    page = browser.open(address)
    assert page.offered["about"] == [str(one) for one in ids]
    assert "about" not in page.fields
    assert "Choose a name." in browser.press("").text
    done = browser.press("", {"about": str(ids[1])})
    assert "you and Cy were in touch" in done.text
    assert "Somebody else too?" in done.text
    assert done.offered["about"] == [str(ids[0]), str(ids[2])]
    for one in (ids[0], ids[2]):
        done = browser.press("", {"about": str(one)})
    assert "Somebody else" not in done.text
    assert len(UNDO.findall(done.html)) == 3
    assert len(desk.stored(tables.Interaction)) == 3


def test_what_is_past(desk: Desk, browser: PlainBrowser) -> None:
    """Where it is done already the page says so, without a button; pressing anyway leaves the plan so."""
    step = desk.step()
    first = desk.link(Purpose.DONE, "milestone-ahead", milestone=step)
    second = desk.link(Purpose.DONE, "milestone-overdue", milestone=step)
    move = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step, other=step)
    browser.open(first)
    browser.press("")
    before = contents(desk.caseload)
    for address in (second, move):
        page = browser.open(address)
        assert "It is done already" in page.text
        assert "<form" not in page.html
        assert "It is done already" in browser.press("").text
    after = contents(desk.caseload)
    assert {name for name in before if after[name] != before[name]} <= {"client", "event"}


def test_a_completed_plan_has_nothing_left_to_press(desk: Desk, browser: PlainBrowser) -> None:
    """Nothing in it changes any more, so no link of its letters offers a button that couldn't work."""
    addresses = {
        purpose: desk.link(purpose, "milestone-ahead", milestone=desk.step())
        for purpose in (Purpose.DONE, Purpose.STARTED, Purpose.POSTPONE, Purpose.NOT_USEFUL, Purpose.ANSWER)
    }
    with desk.caseload.house.database.transaction() as session:
        complete_plan(session, desk.ana.client_id, actor="coach:1", now=now(session))
    for address in addresses.values():
        page = browser.open(address)
        assert "Your plan is completed" in page.text
        assert "<button" not in page.html


def test_what_has_gone_further_since(desk: Desk, browser: PlainBrowser) -> None:
    """Moved by one letter, then done by another: the first link says that it is done, and offers no undo."""
    step = desk.step()
    moving = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step)
    browser.open(moving)
    assert "It has more time" in browser.press("").text
    browser.open(desk.link(Purpose.DONE, "milestone-overdue", milestone=step))
    browser.press("")
    page = browser.open(moving)
    assert "It is done already" in page.text
    assert "more time" not in page.text
    assert "Undo" not in page.text
    assert "<form" not in page.html


def test_what_has_been_moved_again(desk: Desk, browser: PlainBrowser) -> None:
    """The first link names the day that it has by now, not the one that it gave it."""
    step = desk.step(due_on=desk.today + 10 * DAY)
    first, second = (
        desk.link(Purpose.POSTPONE, name, milestone=step) for name in ("milestone-ahead", "milestone-overdue")
    )
    for address in (first, second):
        browser.open(address)
        browser.press("")
    page = browser.open(first)
    assert f"Its day is {desk.day(24)} by now" in page.text
    assert "Undo" not in page.text
    assert f"Its new day is {desk.day(24)}" in browser.open(second).text


def test_a_second_choice_is_not_dropped_silently(
    desk: Desk, browser: PlainBrowser, http: FlaskClient
) -> None:
    """Another day from a page that was left open: what was chosen first stands, and the page says so."""
    address = desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=desk.step())
    http.post(address, data={})
    before = contents(desk.caseload)
    page = Page.of(http.post(address, data={"due_on": str(desk.today + 30 * DAY)}))
    assert page.status == 409
    assert f"You chose {desk.day(17)} first" in page.text
    assert "Undo first to choose another day" in page.text
    assert 'role="alert"' in page.html
    assert contents(desk.caseload) == before
    for same in ({}, {"due_on": str(desk.today + 17 * DAY)}):
        assert http.post(address, data=same).status_code == 303
    assert undo(http, page).status == 200


@pytest.mark.parametrize(
    ("purpose", "first", "other", "said"),
    [
        (Purpose.DECIDE, {"decision": "stay"}, {"decision": "leave"}, "You chose to stay first"),
        (Purpose.LATER, {"later": "month"}, {"later": "week"}, "Undo first to choose another day"),
    ],
)
def test_other_second_choices(  # noqa: PLR0917 - fixtures
    desk: Desk, http: FlaskClient, purpose: Purpose, first: dict[str, str], other: dict[str, str], said: str
) -> None:
    """A second decision or a second day for reminders is told just so; the same again is no news."""
    address = desk.address(purpose)
    assert http.post(address, data=first).status_code == 303
    page = Page.of(http.post(address, data=other))
    assert (page.status, said in page.text) == (409, True)
    assert http.post(address, data=first).status_code == 303


def test_an_event_that_was_moved_is_still_to_come(desk: Desk, browser: PlainBrowser) -> None:
    """The page of a letter that asks how it was names the new day, and notes no visit before it."""
    event = desk.event(5)
    address = desk.link(Purpose.MET, "event-after", relationship=event)
    page = browser.open(address)
    assert f"Design meetup is on {desk.day(5)}. From then on this page asks" in page.text
    assert "<form" not in page.html
    assert "It is still to come" in browser.press("").text
    assert desk.stored(tables.Interaction) == []


def with_coach(desk: Desk) -> None:
    """Give Ana a coach."""
    with desk.caseload.house.database.transaction() as session:
        session.get_one(tables.Client, desk.ana.client_id).coach_id = put_coach(session)


@pytest.mark.parametrize("assigned", [True, False])
def test_a_coach_is_named_where_there_is_one(desk: Desk, browser: PlainBrowser, assigned: bool) -> None:
    """Where nobody is assigned no page says that the coach sees it, before, after or on taking it back."""
    if assigned:
        with_coach(desk)
    pages: list[Page] = []
    talk = desk.add(lambda session: desk.ana.letter(session, "check-in", plan=desk.ana.plan_id))
    of_talk = [f"/act/{desk.ana.token(one, talk)}" for one in (Purpose.MET, Purpose.NOT_USEFUL)]
    for address in (desk.address(Purpose.NOT_USEFUL), desk.address(Purpose.MET), *of_talk):
        pages += [browser.open(address), browser.press("")]
        found = UNDO.search(pages[-1].html)
        assert found is not None
        pages.append(browser.open(found[1]))
    assert [page.status for page in pages] == [200] * len(pages)
    said = " ".join(page.text for page in pages)
    assert ("your coach sees" in said) is assigned
    assert ("your coach" in said.lower()) is assigned
    assert ("we see" in said) is not assigned


@pytest.mark.parametrize(
    ("optional", "asks", "tells"),
    [
        (True, "Your plan leaves them to you", "no more letters come about them"),
        (False, "letters about talks with us rest until", "No letters about talks with us come before"),
    ],
)
def test_talks_of_no_use(desk: Desk, browser: PlainBrowser, optional: bool, asks: str, tells: str) -> None:
    """The page says what becomes of them: left out where the plan leaves them to the client, else at rest."""
    rhythm = {"kind": "check_in", "every_days": 14, "text": "A talk.", "optional": optional}
    with desk.caseload.house.database.transaction() as session:
        session.get_one(tables.Plan, desk.ana.plan_id).cadences = [rhythm]
    page = browser.open(desk.link(Purpose.NOT_USEFUL, "check-in", plan=desk.ana.plan_id))
    assert asks in page.text
    done = browser.press("")
    assert tells in done.text
    assert optional or desk.day(91) in done.text


def test_undo_when_things_have_changed(desk: Desk, browser: PlainBrowser, http: FlaskClient) -> None:
    """A later change stands: 409 in plain words, and nothing is changed."""
    step = desk.step()
    browser.open(desk.link(Purpose.POSTPONE, "milestone-ahead", milestone=step))
    moved = browser.press("")
    browser.open(desk.link(Purpose.DONE, "milestone-overdue", milestone=step))
    browser.press("")
    before = contents(desk.caseload)
    page = undo(http, moved)
    assert page.status == 409
    assert "the later change stands" in page.text
    assert contents(desk.caseload) == before


def test_undo_by_its_own_page(desk: Desk, browser: PlainBrowser) -> None:
    """Following the undo link shows what it would take back, with one button; then that it is done."""
    browser.open(desk.address(Purpose.MET))
    found = UNDO.search(browser.press("").html)
    assert found is not None
    page = browser.open(found[1])
    assert "you told us that you and Bo Larsen talked" in page.text
    assert page.html.count("<button") == 1
    undone = browser.press("")
    assert "It is as it was" in undone.text
    assert browser.press("").text == undone.text
    assert desk.stored(tables.Interaction) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_crawler_changes_nothing(desk: Desk, http: FlaskClient, method: str) -> None:
    """Every link of every purpose may be fetched, before use, after it and after undo: no row changes."""
    addresses = [desk.address(purpose) for purpose in sorted(DEEDS)]
    people = [desk.tie(kind="peer", name=name) for name in ("Bo", "Cy")]
    addresses.append(desk.link(Purpose.MET, "touches", touches=people))
    pressed: list[Page] = []

    def crawl() -> None:
        undo_links = [found for page in pressed for found in UNDO.findall(page.html)]
        before = contents(desk.caseload)
        for address in addresses + undo_links:
            for query in ("", "?decision=stay&due_on=2027-01-01&later=month"):
                answer = http.open(address + query, method=method)
                assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
        assert contents(desk.caseload) == before

    crawl()
    for address in addresses:
        data = {"decision": "leave", "about": str(people[0])}
        pressed.append(Page.of(http.post(address, data=data, follow_redirects=True)))
    assert len(desk.stored(tables.Deed)) == len(addresses)
    crawl()
    for page in pressed:
        assert undo(http, page).status == 200
    assert all(one.undone_at is not None for one in desk.stored(tables.Deed))
    crawl()
