"""Following up on facts: one poison fact holds up nobody, two workers never take the same one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.domain.events import Event, EventKind
from coaching.usecases.facts import ATTEMPTS, drain, record

POISON = UUID(int=13)


def react_but_not_to_poison(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Leave a trace for each fact, and fail after leaving one for the poison."""
    for event in events:
        session.add(tables.Audit(actor="test", action="followed", subject_id=event.subject_id, at=now))
        session.flush()
        if event.subject_id == POISON:
            raise RuntimeError("poison")


def followed(session: Session) -> list[UUID | None]:
    """Return whose facts were followed up."""
    return list(session.scalars(select(tables.Audit.subject_id).order_by(tables.Audit.id)))


def test_a_poison_fact_is_parked_after_five_tries(session: Session, now: datetime) -> None:
    """The others are handled at the first try, and what the poison did is rolled back each time."""
    others = [uuid4(), uuid4()]
    for subject in (others[0], POISON, others[1]):
        record(session, EventKind.CLIENT_ADDED, subject, now=now)
    assert drain(session, react_but_not_to_poison, now=now) == 3
    assert sorted(map(str, followed(session))) == sorted(map(str, others))
    poison = session.scalars(select(tables.Event).where(tables.Event.subject_id == POISON)).one()
    tries, at = 1, now
    while poison.parked_at is None:
        assert drain(session, react_but_not_to_poison, now=poison.next_at - timedelta(microseconds=1)) == 0
        at = poison.next_at
        assert drain(session, react_but_not_to_poison, now=at) == 1
        tries += 1
    assert (tries, poison.attempts, poison.parked_at, poison.error) == (ATTEMPTS, 5, at, "RuntimeError")
    assert drain(session, react_but_not_to_poison, now=at + timedelta(days=30)) == 0
    assert len(followed(session)) == 2


def test_each_try_waits_longer_than_the_last(session: Session, now: datetime) -> None:
    """The back-off doubles, so that a fault that needs an hour does not burn its five tries in a second."""
    record(session, EventKind.CLIENT_ADDED, POISON, now=now)
    poison = session.scalars(select(tables.Event)).one()
    waits = []
    at = now
    for _ in range(4):
        drain(session, react_but_not_to_poison, now=at)
        waits.append(poison.next_at - at)
        at = poison.next_at
    assert all(later == 2 * sooner for sooner, later in pairwise(waits))


@pytest.mark.parametrize("places", [(0,), (6,), (2, 3, 9)])
def test_among_many_only_the_poison_is_put_off(
    session: Session, now: datetime, places: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it stands, the others are followed up once, in their order, and only it is told of."""
    subjects = [POISON if place in places else uuid4() for place in range(11)]
    for subject in subjects:
        record(session, EventKind.CLIENT_ADDED, subject, now=now)
    assert drain(session, react_but_not_to_poison, now=now) == 11
    assert followed(session) == [one for one in subjects if one != POISON]
    put_off = select(tables.Event.subject_id).where(tables.Event.handled_at.is_(None))
    assert session.scalars(put_off).all() == [POISON] * len(places)
    assert len([one for one in caplog.records if one.message == "follow-up failed"]) == len(places)


def test_a_handled_fact_is_not_followed_again(session: Session, now: datetime) -> None:
    """Once handled, a fact stays in the log and is left alone."""
    record(session, EventKind.CLIENT_ADDED, uuid4(), now=now)
    assert drain(session, react_but_not_to_poison, now=now) == 1
    assert drain(session, react_but_not_to_poison, now=now) == 0
    assert session.scalars(select(tables.Event.handled_at)).one() == now


def test_two_workers_share_the_facts(database: Database, now: datetime) -> None:
    """What one worker has under way, another passes over without waiting."""
    with database.transaction() as session:
        for _ in range(4):
            record(session, EventKind.CLIENT_ADDED, uuid4(), now=now)
    with database.transaction() as one:
        assert drain(one, react_but_not_to_poison, now=now, limit=3) == 3
        with database.transaction() as other:
            assert drain(other, react_but_not_to_poison, now=now) == 1
    with database.transaction() as session:
        assert len(set(followed(session))) == 4
        waiting = select(func.count()).where(tables.Event.handled_at.is_(None))
        assert session.scalar(waiting) == 0


def test_a_fact_exists_only_with_what_made_it_true(database: Database, now: datetime) -> None:
    """A transaction that fails leaves no fact behind."""

    def fail(session: Session) -> None:
        record(session, EventKind.CLIENT_ADDED, uuid4(), now=now)
        raise RuntimeError("the rest failed")

    with pytest.raises(RuntimeError), database.transaction() as session:
        fail(session)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(tables.Event)) == 0
