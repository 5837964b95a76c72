"""Weeks of a client who chooses fewer letters on the page behind a footer, and then all of them again."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from coaching.settings import Settings
from coaching.usecases.acts import note_act
from tests.journeys.by_links import pages
from tests.pages.plain_browser import Page, PlainBrowser
from tests.support.drain import Firm
from tests.support.journeys import Came, came, join, know

pytestmark = pytest.mark.long

FOOTER = re.compile(r"^Choose fewer letters, or unsubscribe: https://[^/]+(/\S+)$", re.MULTILINE)
PEOPLE = {"mentor-nudge", "keep-in-touch", "touches", "event-register", "event-eve", "event-after"}


@pytest.fixture
def now() -> datetime:
    """A Monday with no clock change near."""
    return datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


@pytest.fixture
def http(firm: Firm, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The pages, by the firm's clock."""
    return pages(firm, settings, monkeypatch)


@pytest.fixture
def ana(firm: Firm, now: datetime) -> UUID:
    """A client with a plan, a mentor and three others, each to be met every other week."""
    who = join(firm, "Ana", "Europe/Paris")
    know(firm, who, "mentor", "Bo Larsen", cadence_days=14, starts_on=now.date())
    for name in ("Cy", "Di", "Ed"):
        know(firm, who, "peer", name, cadence_days=14, starts_on=now.date())
    firm.work()
    return who


def live(firm: Firm, who: UUID, weeks: int) -> list[Came]:
    """Go through the weeks, with a sign of life in each, and return what came."""
    before = len(came(firm, who))
    for _ in range(weeks):
        firm.run_until(firm.database.at + timedelta(weeks=1))
        with firm.database.transaction() as session:
            note_act(session, who, now=firm.database.at)
    return came(firm, who)[before:]


def choose(firm: Firm, http: FlaskClient, who: UUID, fields: dict[str, str], *without: str) -> Page:
    """Follow the footer of the newest letter and save what is chosen there."""
    browser = PlainBrowser(http)
    found = [FOOTER.search(one.text) for one in came(firm, who)]
    browser.open(next(one[1] for one in reversed(found) if one is not None))
    sent = {name: value for name, value in browser.page.fields.items() if name not in without}
    answer = http.post(browser.page.response.request.path, data=sent | fields, follow_redirects=True)
    firm.work()
    return Page.of(answer)


def test_fewer_kinds_and_then_all_again(firm: Firm, http: FlaskClient, ana: UUID) -> None:
    """Nothing comes of what is left out, alone or in the week; let in again, it comes bit by bit."""
    assert PEOPLE & templates(live(firm, ana, 3))
    choose(firm, http, ana, {}, "family.mentoring", "family.networking")
    meanwhile = live(firm, ana, 4)
    assert not PEOPLE & templates(meanwhile)
    assert "week" in templates(meanwhile)
    everything = {"family.mentoring": "1", "family.networking": "1"}
    assert "These don't" not in choose(firm, http, ana, everything).text
    again = live(firm, ana, 4)
    assert PEOPLE & templates(again)
    days = [one.at.date() for one in again]
    assert len(days) == len(set(days))
    assert all(sum(day <= other < day + timedelta(days=7) for other in days) <= 2 for day in days)


def test_a_rarer_week(firm: Firm, http: FlaskClient, ana: UUID) -> None:
    """Once it is chosen, the week comes in every fourth week, on its Monday or as soon as there is room."""
    live(firm, ana, 2)
    assert "with your week once a month" in choose(firm, http, ana, {"rhythm": "monthly"}).text
    days = [one.at.date() for one in live(firm, ana, 9) if one.template == "week"]
    first, second = (day - timedelta(days=day.weekday()) for day in days)
    assert second - first == timedelta(weeks=4)


def templates(letters: list[Came]) -> set[str]:
    """Return which letters came, alone or within another."""
    return {name for one in letters for name in (one.template, *one.riders)}
