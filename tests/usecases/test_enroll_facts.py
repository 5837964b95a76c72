"""What the engine sees of ways through sequences: each with its version, and what happened since."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.engine.state import LifeFact
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import AWAITED
from coaching.usecases.enrollment_facts import (
    live_sequences,
    load_enrollments,
    load_life,
    load_versions,
)
from tests.support.drips import put_sequence
from tests.support.ledger import put_client
from tests.support.statements import statements

DAY = timedelta(days=1)


def put_way(session: Session, client_id: UUID, now: datetime, **changes: Any) -> UUID:
    """Add a way into the first version of the sequence on networks, begun ten days ago."""
    values = {"sequence": "networks", "version": 1, "state": "active", "started_at": now - 10 * DAY}
    row = tables.Enrollment(client_id=client_id, actor="test", **{**values, **changes})
    session.add(row)
    session.flush()
    return row.id


def put_fact(session: Session, client_id: UUID, at: datetime, kind: str, **data: Any) -> None:
    """Add a fact of a client's life."""
    session.add(tables.Event(kind=kind, subject_id=uuid4(), client_id=client_id, at=at, data=data))
    session.flush()


def life(session: Session, *clients: UUID) -> dict[UUID, list[LifeFact]]:
    """Load what happened to these clients."""
    return dict(load_life(session, load_enrollments(session, clients)))


def test_each_way_has_its_own_version(session: Session, secrets: Secrets, now: datetime) -> None:
    """The one that it began with, and the one that is meant for it; of what is over only how it ended."""
    ana = put_client(session, secrets)
    versions = [read_sequence(put_sequence(session, now, version=n, rank=n).content) for n in (1, 2, 3)]
    over = {"state": "ended", "ended_at": now, "end_reason": "replied"}
    ids = [
        put_way(session, ana, now, version=2, started_at=now - 30 * DAY, **over),
        put_way(session, ana, now, state="held_out", started_at=now - 20 * DAY),
        put_way(session, ana, now, version=2, move_to=3),
    ]
    found = load_enrollments(session, [ana])[ana]
    assert [one.id for one in found] == ids
    assert [one.sequence for one in found] == [None, versions[0], versions[1]]
    assert [one.move_to for one in found] == [None, None, versions[2]]
    assert [(one.state, one.end_reason, one.ended_at) for one in found] == [
        ("ended", "replied", now),
        ("held_out", None, None),
        ("active", None, None),
    ]
    assert [one.started_at for one in found] == [now - days * DAY for days in (30, 20, 10)]


def test_ways_of_others_are_not_theirs(session: Session, secrets: Secrets, now: datetime) -> None:
    """Each client has their own."""
    ana, bo = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo"))
    put_sequence(session, now)
    first, second = (put_way(session, who, now) for who in (ana, bo))
    found = load_enrollments(session, [ana, bo])
    assert {who: [one.id for one in ways] for who, ways in found.items()} == {ana: [first], bo: [second]}
    assert list(load_enrollments(session, [bo])) == [bo]


@pytest.mark.parametrize("kind", AWAITED)
def test_what_sequences_may_wait_for_is_seen(
    session: Session, secrets: Secrets, now: datetime, kind: str
) -> None:
    """Each kind of fact, with the dimension of its milestone; other kinds are not."""
    ana = put_client(session, secrets)
    put_sequence(session, now)
    put_way(session, ana, now)
    put_fact(session, ana, now - DAY, kind, dimension="networks")
    put_fact(session, ana, now - 2 * DAY, kind)
    put_fact(session, ana, now, "client_changed")
    assert life(session, ana) == {
        ana: [LifeFact(kind, now - 2 * DAY, None), LifeFact(kind, now - DAY, "networks")]
    }


def test_it_is_seen_from_the_first_start_on(session: Session, secrets: Secrets, now: datetime) -> None:
    """Of each client from their own first active way on; whoever is on none needs nothing."""
    ana, bo, cy = (put_client(session, secrets, f"{name}@example.test") for name in ("ana", "bo", "cy"))
    put_sequence(session, now)
    put_sequence(session, now, name="skills")
    over = {"state": "ended", "ended_at": now, "end_reason": "replied"}
    put_way(session, ana, now, started_at=now - 40 * DAY, **over)
    put_way(session, ana, now, started_at=now - 30 * DAY, state="held_out", sequence="skills")
    put_way(session, ana, now, started_at=now - 20 * DAY)
    put_way(session, ana, now, started_at=now - 10 * DAY, sequence="skills")
    put_way(session, bo, now, started_at=now - 5 * DAY)
    put_way(session, cy, now, started_at=now - 40 * DAY, **over)
    for who in (ana, bo, cy):
        for days in (35, 25, 20, 7, 5, 1):
            put_fact(session, who, now - days * DAY, "client_replied")
    found = life(session, ana, bo, cy)
    assert {who: [(now - one.at).days for one in facts] for who, facts in found.items()} == {
        ana: [20, 7, 5, 1],
        bo: [5, 1],
    }


def test_who_is_on_no_way_costs_no_look_at_their_life(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """Most clients most of the time."""
    ana = put_client(session, secrets)
    assert len(statements(session, lambda: life(session, ana))) == 1


def test_those_let_in_who_are_newest_and_not_retired(session: Session, now: datetime) -> None:
    """By rank, then by name, whatever the order in which they were published."""
    for name, rank in (("moss", 4), ("ash", 9), ("fern", 4), ("willow", 2), ("oak", 1)):
        put_sequence(session, now, name=name, rank=rank)
    put_sequence(session, now, name="ash", version=2, rank=3)
    put_sequence(session, now, name="oak", version=2, rank=1).retired_at = now
    put_sequence(session, now, name="fern", version=10, rank=4)
    session.flush()
    found = [(one.name, one.version) for one in live_sequences(session)]
    assert found == [("willow", 1), ("ash", 2), ("fern", 10), ("moss", 1)]


def test_a_version_that_is_not_there_is_left_out(session: Session, now: datetime) -> None:
    """Others are found all the same; of none nothing is asked."""
    put_sequence(session, now)
    found = load_versions(session, {("networks", 1), ("networks", 2), ("moss", 1)})
    assert set(found) == {("networks", 1)}
    assert statements(session, lambda: load_versions(session, set())) == []
