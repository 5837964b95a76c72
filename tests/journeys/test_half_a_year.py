"""Twenty-six weeks and two clock changes, three clients in three zones: each letter with its reason."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from coaching.usecases.acts import note_act
from tests.support.drain import Firm
from tests.support.journeys import came, join, know, live

ZONES = {"Ana": "Europe/Paris", "Bo": "America/New_York", "Chi": "Australia/Lord_Howe"}
HALF_A_YEAR = timedelta(weeks=26)
THE_DAY = date(2026, 12, 5)


@pytest.fixture
def now() -> datetime:
    """A Monday seven weeks before clocks change in autumn; in the half year after it they change twice."""
    return datetime(2026, 9, 7, 8, 0, tzinfo=UTC)


def act(firm: Firm, people: dict[str, UUID]) -> None:
    """Let everybody do something, so that nobody is written to less."""
    with firm.database.transaction() as session:
        for client_id in people.values():
            note_act(session, client_id, now=firm.database.at)


def half_a_year(firm: Firm, now: datetime) -> dict[str, UUID]:
    """Let three people live half a year with their plans."""
    people = {name: join(firm, name, zone) for name, zone in ZONES.items()}
    know(firm, people["Ana"], "mentor", "Beatriz", cadence_days=45)
    know(firm, people["Ana"], "peer", "Rui", cadence_days=60)
    know(firm, people["Bo"], "event", "The winter meeting", starts_on=THE_DAY)
    know(firm, people["Chi"], "leader", "Mr Lane", cadence_days=28)
    firm.work()
    live(firm, now + HALF_A_YEAR, every=timedelta(weeks=1), deed=lambda: act(firm, people))
    return people


def test_half_a_year(firm: Firm, now: datetime) -> None:
    """See."""
    people = half_a_year(firm, now)
    for client_id in people.values():
        assert came(firm, client_id)
