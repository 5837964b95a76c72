"""Two workers, or a worker and a person, at one client at the same moment: one way into a sequence."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict
from coaching.domain.events import Event, EventKind
from coaching.domain.sequence_documents import read_sequence
from coaching.usecases.enrollments import enroll, let_in, withdraw
from coaching.usecases.publish_sequences import Publication, publish
from tests.support.drain import everyone
from tests.support.drips import NETWORKS, put_enrollment, put_sequence
from tests.support.ledger import agree, put_client
from tests.support.system import until

HANDS = 4
Deed = Callable[[Session], object]


@pytest.fixture
def ana(database: Database, secrets: Secrets, now: datetime) -> UUID:
    """Ana, whom letters may reach, and two sequences that a fact lets into."""
    with database.transaction() as session:
        client_id = put_client(session, secrets, confirmed_at=now)
        agree(session, client_id, now)
        for name in ("networks", "skills"):
            put_sequence(session, now, name=name, reentry="each_time")
    return client_id


def by_fact(client_id: UUID, now: datetime) -> Deed:
    """Return what a worker does about a fact of its own."""
    fact = Event(uuid4(), EventKind.PLAN_APPROVED, uuid4(), client_id, {}, now)
    return lambda each: let_in(each, [fact], may_write_to=everyone, now=now)


def by_hand(client_id: UUID, now: datetime) -> Deed:
    """Return what a person does."""
    return lambda each: enroll(each, client_id, "networks", actor="key:1", may_write_to=everyone, now=now)


def at_once(database: Database, client_id: UUID, *deeds: Deed) -> list[object]:
    """Begin all while the client is locked, let go once all of them wait; return what was refused."""

    def begin(deed: Deed) -> None:
        with database.transaction() as session:
            deed(session)

    with ThreadPoolExecutor(len(deeds)) as hands:
        with database.transaction() as session:
            session.execute(select(tables.Client.id).where(tables.Client.id == client_id).with_for_update())
            begun = [hands.submit(begin, deed) for deed in deeds]
            until(lambda: waiting(database, len(deeds)), "all of them to wait")
        return [error for one in begun if (error := one.exception(timeout=20)) is not None]


def waiting(database: Database, number: int) -> bool:
    """Tell whether so many wait for a lock."""
    with database.transaction() as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        found: int = session.scalars(text(query)).one()
    return found == number


def ways(database: Database) -> list[tuple[str, str]]:
    """Return all ways through sequences, in order of name."""
    with database.transaction() as session:
        rows = session.scalars(select(tables.Enrollment).order_by(tables.Enrollment.sequence)).all()
        return [(row.sequence, row.state) for row in rows]


def test_facts_at_once_let_in_once(database: Database, ana: UUID, now: datetime) -> None:
    """Each worker has another fact; the client is in each sequence once, and one fact says so for each."""
    assert at_once(database, ana, *(by_fact(ana, now) for _ in range(HANDS))) == []
    assert ways(database) == [("networks", "active"), ("skills", "active")]
    with database.transaction() as session:
        assert len(session.scalars(select(tables.Event.id)).all()) == 2


def test_people_at_once_let_in_once(database: Database, ana: UUID, now: datetime) -> None:
    """One of them does it; the others are told that the client is there already."""
    refused = at_once(database, ana, *(by_hand(ana, now) for _ in range(HANDS)))
    assert [type(one) for one in refused] == [Conflict] * (HANDS - 1)
    assert ways(database) == [("networks", "active")]


def test_a_fact_and_a_person_at_once_let_in_once(database: Database, ana: UUID, now: datetime) -> None:
    """Whoever comes first."""
    refused = at_once(database, ana, by_fact(ana, now), by_hand(ana, now))
    assert all(isinstance(one, Conflict) for one in refused)
    assert ways(database) == [("networks", "active"), ("skills", "active")]


def test_hands_at_once_end_it_once(database: Database, ana: UUID, now: datetime) -> None:
    """One fact says that it ended, one line of the audit log who did it."""
    with database.transaction() as session:
        way = put_enrollment(session, ana, put_sequence(session, now), now).id
    deeds = [lambda each: withdraw(each, way, actor="key:1", now=now + timedelta(hours=1))] * HANDS
    assert at_once(database, ana, *deeds) == []
    assert ways(database) == [("networks", "ended")]
    with database.transaction() as session:
        assert session.scalars(select(tables.Event.kind)).all() == ["sequence_ended"]
        assert session.scalars(select(tables.Audit.action)).all() == ["enrollment_withdrawn"]


def test_two_who_publish_at_once_publish_once(database: Database, now: datetime) -> None:
    """The second waits for the first, and then finds nothing to publish."""
    one = read_sequence({**NETWORKS, "name": "ash"})

    def publish_it() -> list[Publication]:
        with database.transaction() as session:
            return publish(session, [one], move=True, actor="operator", now=now)

    with ThreadPoolExecutor(1) as hands:
        with database.transaction() as session:
            assert len(publish(session, [one], move=True, actor="operator", now=now)) == 1
            second = hands.submit(publish_it)
            until(lambda: waiting(database, 1), "the second to wait")
        assert second.result(timeout=20) == []
    with database.transaction() as session:
        assert session.scalars(select(tables.Audit.action)).all() == ["sequence_published"]
