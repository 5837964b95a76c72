"""Twenty-six weeks and two clock changes, three clients in three zones: each letter with its reason."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain.engine.attention import A_DAY, A_WEEK
from coaching.domain.engine.reconcile import UNCALLED_FOR
from coaching.domain.engine.said import OVER
from coaching.usecases.acts import note_act
from tests.journeys.half_a_year import ASLEEP, AWAKE
from tests.support.drain import Firm
from tests.support.journeys import ask_for, came, join, know, meet, reach_next

# Half a year of work, on a machine that may have other things to do.
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

ZONES = {"Ana": "Europe/Paris", "Bo": "America/New_York", "Chi": "Australia/Lord_Howe"}
WEEKS = 26
THE_DAY = date(2026, 12, 5)


@pytest.fixture
def now() -> datetime:
    """A Monday before clocks go back in Paris and New York; before the end they have gone forward again."""
    return datetime(2026, 9, 28, 8, 0, tzinfo=UTC)


class Lives:
    """Three people, what they do week by week, and a house that may stand still for a week."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.people = {name: join(firm, name, zone) for name, zone in ZONES.items()}
        self.mentor = know(firm, self.people["Ana"], "mentor", "Beatriz", cadence_days=45)
        self.leader = know(firm, self.people["Chi"], "leader", "Mr Lane", cadence_days=28)
        know(firm, self.people["Ana"], "peer", "Rui", cadence_days=60)
        know(firm, self.people["Bo"], "event", "The winter meeting", starts_on=THE_DAY)
        firm.work()

    def live(self, *, asleep: int | None = None) -> None:
        """Go through the weeks; in the one named nobody does the workers' work."""
        began = self.firm.database.at
        for week in range(1, WEEKS + 1):
            monday = began + timedelta(weeks=week)
            if week == asleep:
                self.firm.database.at = monday
            self.firm.run_until(monday)
            self.do(week)
            self.firm.work()

    def do(self, week: int) -> None:
        """Each week they act; every third a step is reached, every sixth they meet; the coach adds some."""
        with self.firm.database.transaction() as session:
            for client_id in self.people.values():
                note_act(session, client_id, now=self.firm.database.at)
        if week % 3 == 0:
            for client_id in self.people.values():
                reach_next(self.firm, client_id)
        if week % 6 == 5:
            meet(self.firm, self.mentor, ZONES["Ana"], "Spoke of the spring")
            meet(self.firm, self.leader, ZONES["Chi"])
        if week in (8, 16):
            due_on = (self.firm.database.at + timedelta(weeks=9)).date()
            for client_id in self.people.values():
                ask_for(self.firm, client_id, f"Step of week {week}", due_on)


def letters_of(lives: Lives) -> dict[str, list[str]]:
    """Return by name what came, each letter as one line."""
    return {name: [str(one) for one in came(lives.firm, who)] for name, who in lives.people.items()}


def hold_manners(lives: Lives) -> None:
    """Hold that letters that count came in hours, one a local date, two in any seven, no slot twice."""
    for name, client_id in lives.people.items():
        counted = [one for one in came(lives.firm, client_id) if one.template != "report-known"]
        assert all(one.at.isoweekday() <= 5 and time(8, 30) <= one.at.time() < time(18) for one in counted), (
            name
        )
        days = sorted(one.at.date().toordinal() for one in counted)
        assert max(Counter(days).values()) == A_DAY, name
        assert max(sum(day <= other < day + 7 for other in days) for day in days) == A_WEEK, name


def ends_of(lives: Lives) -> dict[str, str]:
    """Return the slots whose letters didn't go, each with the reason that is on its row."""
    with lives.firm.database.transaction() as session:
        rows = session.execute(
            select(tables.Message.slot_key, tables.Message.outcome).where(
                tables.Message.state.in_(("skipped", "expired", "failed", "cancelled"))
            )
        )
        return {key: reason or "" for key, reason in rows}


def test_half_a_year(firm: Firm, now: datetime) -> None:
    """Exactly these letters come, at these hours by the reader's clock, within what attention allows."""
    lives = Lives(firm)
    lives.live()
    hold_manners(lives)
    assert letters_of(lives) == AWAKE
    ends = ends_of(lives)
    assert set(ends.values()) <= {UNCALLED_FOR, OVER}
    # In Bo's fullest week, with a decision and an event, there was no room left for a word of praise.
    assert [key.rpartition(":")[2] for key, reason in ends.items() if reason == OVER] == ["2026-11-30"]


def test_half_a_year_with_a_week_of_standstill(firm: Firm, now: datetime) -> None:
    """Nobody did the work for a week in the middle: no burst, nothing twice, then all is as before."""
    lives = Lives(firm)
    lives.live(asleep=10)
    hold_manners(lives)
    assert letters_of(lives) == ASLEEP
