"""A crawler in the mail: whatever is linked in any letter is fetched again and again, and no row changes."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html import unescape
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain import links
from coaching.domain.deeds import DEEDS
from coaching.domain.drip_letters import DRIP_LETTERS
from coaching.domain.events import EventKind
from coaching.domain.letters import DIGEST_LINE, DIGEST_LIST, LETTERS, PROBE, READING, TOUCHES
from coaching.domain.links import Purpose
from coaching.settings import CONTENT, Settings
from coaching.usecases.coach_letters import sweep_coach_letters
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.digests import write_digests
from coaching.usecases.facts import record
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.sample import load_sample, read_caseload
from tests.journeys.by_links import pages
from tests.pages.caseload import Caseload
from tests.pages.desk import UNDO
from tests.pages.plain_browser import PlainBrowser
from tests.pages.test_link_pages import contents
from tests.support.drain import PUBLIC_URL, SENDER, Firm, everyone, stationery
from tests.support.drips import put_enrollment, put_sequence
from tests.support.journeys import join, know
from tests.support.ledger import put_letter
from tests.support.plans import COACH

pytestmark = pytest.mark.long

WEEKS = 5
DAY = timedelta(days=1)
# It goes to the firm itself and asks for nothing: there is no link in it.
LINKLESS = {PROBE}
# These are no rows of their own: they stand within a week or a coach's list. What tells that they do.
WITHIN = {
    TOUCHES: r"(Someone|\w+ people) you might write to this week",
    READING: r"For a free moment\n",
    DIGEST_LIST: r"Steps whose day has passed\nEach was due",
    DIGEST_LINE: r" was due on .*\n+.+\n.* was due on ",
}
# Letters of sequences have the same links, whatever they say: any of them stands for all.
DRIPS = set(DRIP_LETTERS)
FREE_OF_COOKIES = ("/act", "/suggest", "/unsubscribe")
_LINK = re.compile(rf"""{re.escape(PUBLIC_URL)}(/[^\s"'<>)]*)?""")
_HREF = re.compile(r'href="(/[^"#]*)"')


@pytest.fixture
def http(firm: Firm, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The pages, by the firm's clock."""
    return pages(firm, settings, monkeypatch)


def load(firm: Firm) -> None:
    """Load the sample; beside it, what no sample client meets within the weeks."""
    at = firm.database.at
    with firm.database.transaction() as session:
        load_sample(
            session,
            firm.content,
            firm.secrets,
            stationery(),
            read_caseload(CONTENT / "sample"),
            sender=SENDER.address,
            now=at,
        )
    goes, changes, completes = (join(firm, name, "Europe/Paris", towards=5) for name in ("Ana", "Bo", "Chi"))
    know(firm, goes, "event", "The winter meeting", starts_on=at.date() + 10 * DAY)
    # One that is still ahead when the weeks are over: until its day one may sign up.
    know(firm, goes, "event", "The spring meeting", starts_on=at.date() + (7 * WEEKS + 10) * DAY)
    at = firm.database.at = at + timedelta(minutes=1)  # a change counts once the plan runs
    with firm.database.transaction() as session:
        step = {"kind": "own", "title": "A step of one's own", "due_on": at.date() + 30 * DAY}
        change_plan(session, changes, {"if_version": 1, "milestones": [step]}, actor=COACH, now=at)
        complete_plan(session, completes, actor=COACH, now=at)
        enrollment = put_enrollment(session, goes, put_sequence(session, at), at)
        record(session, EventKind.SEQUENCE_STARTED, enrollment.id, client_id=goes, now=at)
        put_letter(session, completes, at, template="look-again", family="campaign", slot_key="campaign:1")


def live(firm: Firm) -> None:
    """Let the weeks pass, with the coaches' list each morning."""
    firm.work()
    for _ in range(WEEKS * 7):
        firm.run_until(firm.database.at + DAY)
        with firm.database.transaction() as session:
            write_digests(session, now=firm.database.at)
        with firm.database.transaction() as session:
            sweep_coach_letters(
                session, firm.secrets, sender=SENDER.address, may_write_to=everyone, now=firm.database.at
            )
        firm.work()


def went(firm: Firm) -> set[str]:
    """Return the templates that were posted, by themselves or within another."""
    with firm.database.transaction() as session:
        rows = {row.id: row for row in session.scalars(select(tables.Message))}
    posted = {one.message_id for one in firm.mailer.letters}
    rode = {row.template for row in rows.values() if row.merged_into in posted}
    hosts = [one.text for one in firm.mailer.letters if LETTERS[rows[one.message_id].template].hosts]
    within = {name for name, words in WITHIN.items() if any(re.search(words, text) for text in hosts)}
    return {rows[one].template for one in posted} | rode | within


def written(firm: Firm) -> Iterator[str]:
    """Yield every letter as HTML and as text, and its headers."""
    for body in firm.mailer.bodies:
        for one in body["personalizations"]:
            yield str(one["headers"])
            for content in body["content"]:
                yield filled_in(content["value"], one["substitutions"])


def filled_in(text: str, values: dict[str, Any]) -> str:
    """Return a letter as SendGrid would send it."""
    for tag, value in values.items():
        text = text.replace(tag, value)
    return text


def links_in(firm: Firm) -> list[str]:
    """Return the path of every link in every letter."""
    found = {match[1] or "/" for text in written(firm) for match in _LINK.finditer(text)}
    return sorted(unescape(path) for path in found)


def crawl(http: FlaskClient, paths: Iterable[str], *, times: int = 1) -> set[str]:
    """Fetch each path by GET and HEAD, so many times; return where the pages lead."""
    onward: set[str] = set()
    for path, _, method in product(paths, range(times), ("GET", "HEAD")):
        answer = http.open(path, method=method)
        assert answer.status_code == (401 if path == "/console/" else 200), path
        assert "Set-Cookie" not in answer.headers or not path.startswith(FREE_OF_COOKIES), path
        onward.update(_HREF.findall(answer.get_data(as_text=True)))
    return onward


def press(http: FlaskClient, paths: Iterable[str]) -> set[str]:
    """Press the button behind each of these links; return where the undo buttons of the pages lead."""
    found: set[str] = set()
    browser = PlainBrowser(http)
    for path in paths:
        if 'method="post"' in browser.open(path).html:
            found.update(UNDO.findall(browser.press("").html))
    return found


@pytest.mark.timeout(300)
def test_a_crawler_changes_nothing(firm: Firm, http: FlaskClient) -> None:
    """Every letter there is goes out; every link in it, and where that leads, is fetched before and after.

    Before and after people have pressed buttons, undo links and all: not one row of any table changes.
    """
    load(firm)
    live(firm)
    gone = went(firm)
    assert gone & DRIPS
    assert set(LETTERS) - gone - DRIPS == LINKLESS
    found = links_in(firm)
    # The last: the site itself.
    pages_of_letters = {"act", "suggest", "unsubscribe", "report", "console", "intake", ""}
    assert {path.split("/")[1] for path in found} == pages_of_letters
    house = Caseload(http.application.extensions["waypoint"])

    before = contents(house)
    onward = crawl(http, found, times=2)
    purposes = {
        links.read(firm.secrets.keys, one.removeprefix("/act/"))[0] for one in acts([*found, *onward])
    }
    assert purposes >= {*DEEDS, Purpose.ANSWER, Purpose.TALK}
    crawl(http, (path for path in sorted(onward) if path.startswith(("/act/", "/report/"))))
    assert contents(house) == before

    undos = press(http, acts(found)[::7])
    assert len(undos) > 20
    before = contents(house)
    crawl(http, [*found, *sorted(undos)])
    assert contents(house) == before


def acts(paths: Iterable[str]) -> list[str]:
    """Return the action links among these."""
    return [path for path in paths if path.startswith("/act/")]
