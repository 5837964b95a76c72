"""After the last reminder without contact a relationship goes quiet, once, on the client's own day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases import quiet
from coaching.usecases.relationships import go_quiet
from tests.support.deeds import DAY, TODAY, events, relationship
from tests.support.ledger import put_client
from tests.support.underway import Underway, put_underway


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


@pytest.mark.parametrize("kind", ["mentor", "peer", "leader", "group"])
def test_it_goes_quiet_once(session: Session, underway: Underway, now: datetime, kind: str) -> None:
    """On its day, with one fact about it; a second run finds none."""
    tie = underway.relationship(session, kind=kind, quiet_on=TODAY)
    assert go_quiet(session, now=now - DAY) == 0
    assert [go_quiet(session, now=now) for _ in range(2)] == [1, 0]
    assert relationship(session, tie).state == "quiet"
    facts = session.scalars(select(tables.Event)).all()
    assert [(one.kind, one.subject_id, one.client_id) for one in facts] == [
        (EventKind.RELATIONSHIP_WENT_QUIET, tie, underway.client_id)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"quiet_on": None},
        {"quiet_on": TODAY + DAY},
        {"state": "ended"},
        {"state": "quiet"},
        {"kind": "event", "cadence_days": None, "starts_on": TODAY - 30 * DAY},
    ],
    ids=["contact since", "its day is to come", "ended", "quiet already", "an event"],
)
def test_what_stays_as_it_is(
    session: Session, underway: Underway, now: datetime, changes: dict[str, Any]
) -> None:
    """Nothing else goes quiet, events never."""
    tie = underway.relationship(session, **{"quiet_on": TODAY, **changes})
    state = relationship(session, tie).state
    assert go_quiet(session, now=now) == 0
    assert relationship(session, tie).state == state
    assert events(session) == []


@pytest.mark.parametrize(
    ("zone", "hour", "days", "goes"),
    [
        ("Pacific/Kiritimati", 9, 0, 1),
        ("Pacific/Kiritimati", 10, 1, 1),  # 00:00 of the next day there
        ("Pacific/Kiritimati", 9, 1, 0),
        ("America/Los_Angeles", 7, 0, 0),  # 23:00 of the day before
        ("America/Los_Angeles", 8, 0, 1),
        ("Asia/Kathmandu", 18, 1, 0),
        ("Asia/Kathmandu", 19, 1, 1),
    ],
)
def test_the_day_is_the_clients(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, now: datetime, zone: str, hour: int, days: int, goes: int
) -> None:
    """It has come once it is that date where the client lives."""
    client_id = put_client(session, secrets, time_zone=zone)
    put(session, client_id, quiet_on=TODAY + days * DAY)
    assert go_quiet(session, now=now.replace(hour=hour)) == goes


def put(session: Session, client_id: UUID, **changes: Any) -> UUID:
    """Add a mentor of a client."""
    values = {"kind": "mentor", "name": "Bo", "cadence_days": 28, "starts_on": TODAY - 90 * DAY, **changes}
    row = tables.Relationship(client_id=client_id, **values)
    session.add(row)
    session.flush()
    return row.id


def test_not_while_letters_rest(session: Session, underway: Underway, now: datetime) -> None:
    """Who is on a pause couldn't answer; once it has ended, the day counts again."""
    tie = underway.relationship(session, quiet_on=TODAY)
    pause = tables.Pause(
        client_id=underway.client_id, began_at=now - DAY, until_at=now + DAY, ending="skip", actor="key:1"
    )
    session.add(pause)
    session.flush()
    assert go_quiet(session, now=now) == 0
    pause.ended_at = now
    session.flush()
    assert go_quiet(session, now=now) == 1
    assert relationship(session, tie).state == "quiet"


def test_the_pause_of_another_holds_nobody(
    session: Session, secrets: Secrets, underway: Underway, now: datetime
) -> None:
    """Only one's own letters have to rest: a caseload always has somebody who is on a pause."""
    tie = underway.relationship(session, quiet_on=TODAY)
    other = put_client(session, secrets, "bo@example.test")
    put(session, other, quiet_on=TODAY)
    pause = tables.Pause(client_id=other, began_at=now - DAY, until_at=None, ending="skip", actor="key:1")
    session.add(pause)
    session.flush()
    assert go_quiet(session, now=now) == 1
    assert relationship(session, tie).state == "quiet"


def test_in_chunks(
    session: Session, secrets: Secrets, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many clients at a time, until none is left."""
    monkeypatch.setattr(quiet, "CLIENTS_AT_ONCE", 2)
    for place in range(3):
        client_id = put_client(session, secrets, f"c{place}@example.test")
        for _ in range(2):
            put(session, client_id, quiet_on=TODAY)
    assert [go_quiet(session, now=now) for _ in range(3)] == [4, 2, 0]


def test_whoever_is_busy_is_passed_over(database: Database, secrets: Secrets, now: datetime) -> None:
    """A locked client waits for the next round, and holds up nobody else."""
    with database.transaction() as session:
        ana, bo = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo"))
        put(session, ana, quiet_on=TODAY)
        put(session, bo, quiet_on=TODAY)

    def look() -> int:
        with database.transaction() as session:
            return go_quiet(session, now=now)

    with ThreadPoolExecutor(1) as other, database.transaction() as session:
        session.execute(select(tables.Client.id).where(tables.Client.id == ana).with_for_update())
        assert other.submit(look).result(timeout=20) == 1
    assert look() == 1
    with database.transaction() as session:
        assert {one.client_id for one in session.scalars(select(tables.Event))} == {ana, bo}
