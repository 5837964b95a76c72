"""The page behind a section's one link: all that can be said of it, each a link to the page that does it."""

import re
from collections.abc import Sequence
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.pages.desk import DAY, Desk
from tests.pages.plain_browser import Page, PlainBrowser
from tests.pages.test_act_pages_closed import private
from tests.pages.test_link_pages import contents

WAY = re.compile(r'<li><a class="quiet" href="(/act/[\w-]{47})">([^<]+)</a></li>')
OF_A_STEP = ["It&#39;s done", "I&#39;ve started", "Move it", "Not useful"]


@pytest.fixture
def desk(caseload: Caseload) -> Desk:
    """Ana, whose plan is under way."""
    return Desk.of(caseload)


def labels(page: Page) -> list[str]:
    """Name what can be said."""
    return [label for _, label in WAY.findall(page.html)]


def follow(browser: PlainBrowser, page: Page, label: str) -> Page:
    """Follow the link of this label."""
    return browser.open(next(path for path, said in WAY.findall(page.html) if said == label))


def purposes(secrets: Secrets, page: Page) -> list[Purpose]:
    """Read what the links of a page are for."""
    return [links.read(secrets.keys, path.removeprefix("/act/"))[0] for path, _ in WAY.findall(page.html)]


@pytest.mark.parametrize(
    ("template", "about", "said"),
    [
        ("milestone-ahead", {}, OF_A_STEP),
        ("milestone-overdue", {"state": "started"}, ["It&#39;s done", "Move it", "Not useful"]),
        ("milestone-ahead", {"decides": True}, ["Say what I chose", "Move it", "Not useful"]),
        (
            "find-a-mentor",
            {"kind": "mentor-found"},
            ["I found someone", "I&#39;ve asked someone", "Move it", "Not useful"],
        ),
    ],
)
def test_a_step(
    desk: Desk, browser: PlainBrowser, template: str, about: dict[str, object], said: Sequence[str]
) -> None:
    """The step, its day and why, and what can be said of it in the words of letters."""
    step = desk.step(title="A <map>", due_on=desk.today + 10 * DAY, why="It was low", **about)
    page = browser.open(desk.link(Purpose.ANSWER, template, milestone=step))
    assert "How does it stand?" in page.text
    assert "A <map>" in page.text
    assert f"Due on {desk.day(10)}" in page.text
    assert "Why: It was low." in page.text
    assert labels(page) == said


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"kind": "mentor"}, ["We talked", "Remind me later", "Not useful"]),
        ({"kind": "peer"}, ["We were in touch", "Remind me later", "Not useful"]),
    ],
)
def test_somebody(desk: Desk, browser: PlainBrowser, about: dict[str, object], said: Sequence[str]) -> None:
    """One person, by name, why there is a reminder, and what there is to say."""
    page = browser.open(desk.link(Purpose.ANSWER, "mentor-nudge", relationship=desk.tie(**about), time=1))
    assert "Bo Larsen" in page.text
    assert "Why: Your plan has you in touch about once a month." in page.text
    assert labels(page) == said


@pytest.mark.parametrize(
    ("days", "registered", "said"),
    [
        (20, False, ["I&#39;ve signed up", "Not useful"]),
        (20, True, ["I can&#39;t go"]),
        (0, True, ["I was there", "Not useful"]),
        (-2, False, ["I was there", "I couldn&#39;t go"]),
    ],
)
def test_an_event(
    desk: Desk, browser: PlainBrowser, days: int, registered: bool, said: Sequence[str]
) -> None:
    """Before its day one signs up or doesn't go, after it one was there or couldn't."""
    event = desk.tie(
        kind="event",
        name="Design meetup",
        cadence_days=None,
        starts_on=desk.today + days * DAY,
        registered_on=desk.today if registered and days else None,
    )
    page = browser.open(desk.link(Purpose.ANSWER, "event-register", relationship=event))
    assert "Design meetup" in page.text
    assert labels(page) == said


def test_a_talk(desk: Desk, browser: PlainBrowser) -> None:
    """A talk with the coach took place, or is of no use."""
    page = browser.open(desk.link(Purpose.ANSWER, "check-in", plan=desk.ana.plan_id))
    assert "A talk with your coach" in page.text
    assert labels(page) == ["We have talked", "Not useful"]


def test_people_of_a_week(desk: Desk, browser: PlainBrowser, secrets: Secrets) -> None:
    """Beside the week's step, the link of its people is about them alone: nothing of it touches the step."""
    step = desk.step(title="A map")
    ids = [desk.tie(kind="peer", name=name) for name in ("Bo", "Cy")]
    page = browser.open(desk.link(Purpose.ANSWER, "week", milestone=step, touches=ids))
    assert "Bo" in page.text
    assert "Cy" in page.text
    assert "A map" not in page.text
    assert purposes(secrets, page) == [Purpose.MET, Purpose.LATER, Purpose.REST]
    rest = follow(browser, page, "Not useful")
    assert "A map" not in rest.text
    assert rest.offered["about"] == [str(one) for one in ids]
    done = browser.press("", {"about": str(ids[0])})
    assert "No reminders about Bo come before" in done.text
    again = browser.open(f"/act/{page.response.request.path.removeprefix('/act/')}")
    assert "You told us about Bo: Not useful." in again.text
    assert labels(again) == labels(page)


def test_each_link_leads_on(desk: Desk, browser: PlainBrowser) -> None:
    """What is chosen is asked for by its own page; then the list says what was told, and where to undo."""
    address = desk.link(Purpose.ANSWER, "milestone-ahead", milestone=desk.step())
    page = browser.open(address)
    assert "More time for this?" in follow(browser, page, "Move it").text
    browser.press("")
    page = browser.open(address)
    assert "You told us: Move it." in page.text
    assert labels(page) == [one for one in OF_A_STEP if one != "Move it"]
    taken = re.search(r'href="(/act/[\w-]{47})">See it, or take it back', page.html)
    assert taken is not None
    assert "It has more time" in browser.open(taken[1]).text


def test_what_is_done_says_so(desk: Desk, browser: PlainBrowser) -> None:
    """Once it is done, dropped or ended there is nothing to choose, in the words of the other pages."""
    address = desk.link(Purpose.ANSWER, "milestone-ahead", milestone=desk.step())
    follow(browser, browser.open(address), "It&#39;s done")
    browser.press("")
    page = browser.open(address)
    assert "It is done already" in page.text
    assert labels(page) == []
    assert "See it, or take it back" in page.text
    gone = desk.link(Purpose.ANSWER, "mentor-nudge", relationship=desk.tie(state="ended"), time=1)
    page = browser.open(gone)
    assert "It is out of your plan" in page.text
    assert labels(page) == []


def test_all_that_there_is_was_told(desk: Desk, browser: PlainBrowser) -> None:
    """With every link pressed, the list is empty and says that it is noted."""
    address = desk.link(Purpose.ANSWER, "check-in", plan=desk.ana.plan_id)
    for label in ("We have talked", "Not useful"):
        follow(browser, browser.open(address), label)
        browser.press("")
    page = browser.open(address)
    assert "You have told us all that there is to say about it" in page.text
    assert labels(page) == []


def test_it_changes_nothing(desk: Desk, http: FlaskClient) -> None:
    """Looked at or posted to, it is the same page, kept from caches, and no row changes."""
    address = desk.address(Purpose.ANSWER)
    before = contents(desk.caseload)
    page = http.get(address)
    for method in ("GET", "HEAD", "POST"):
        answer = http.open(address, method=method, data={"decision": "leave", "about": str(uuid4())})
        assert answer.status_code == 200
        assert answer.data == (b"" if method == "HEAD" else page.data)
        private(answer)
    assert "<form" not in page.get_data(as_text=True)
    assert contents(desk.caseload) == before


def test_a_link_that_opens_nothing(desk: Desk, http: FlaskClient) -> None:
    """About nothing, of another purpose's letter, retired or damaged: the one plain page with 404."""
    letter = desk.add(lambda session: desk.ana.letter(session, "milestone-ahead", milestone=desk.ana.plan_id))
    useful = desk.link(Purpose.ANSWER, "still-useful").removeprefix("/act/")
    good = desk.address(Purpose.ANSWER).removeprefix("/act/")
    retired = links.sign(("a-key-that-was-retired-long-ago-000001",), Purpose.ANSWER, uuid4())
    tokens = [desk.ana.token(Purpose.ANSWER, letter), useful, good[:-1], retired]
    said = set()
    for token in tokens:
        for method in ("GET", "POST"):
            answer = http.open(f"/act/{token}", method=method)
            assert answer.status_code == 404
            private(answer)
            said.add(answer.data)
    assert len(said) == 1
