"""Re-planning all clients after a rule change: in chunks, in order, and once."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound
from coaching.domain.ledger import TRANSACTIONAL
from coaching.usecases.client_states import REMEMBERED
from coaching.usecases.replan import Replanned, count_clients, replan, replan_client
from coaching.usecases.schedule import schedule_client
from tests.support.drain import everyone
from tests.support.ledger import count
from tests.support.underway import put_underway

DAY = timedelta(days=1)


def put_many(database: Database, secrets: Secrets, number: int, now: datetime) -> list[UUID]:
    """Add so many clients with a plan and one milestone; nothing is planned for them yet."""
    with database.transaction() as session:
        clients = [put_underway(session, secrets, now, email=f"c{one}@example.test") for one in range(number)]
        for client in clients:
            client.milestone(session)
    return sorted(client.client_id for client in clients)


def all_of(database: Database, **options: object) -> list[Replanned]:
    """Re-plan to the end, and return what each chunk brought."""
    return list(replan(database, everyone, actor="operator", **options))  # type: ignore[arg-type]


def planned(session: Session, client_id: UUID) -> list[tables.Message]:
    """Return the letters that the plan has waiting for a client, in the order of their keys."""
    mine = (
        tables.Message.recipient_id == client_id,
        tables.Message.state == "planned",
        tables.Message.family != TRANSACTIONAL,
    )
    return list(session.scalars(select(tables.Message).where(*mine).order_by(tables.Message.slot_key)))


def test_all_clients_are_brought_in_line_in_chunks(database: Database, secrets: Secrets) -> None:
    """Each chunk holds the next clients by id, and every client has what the rules want for them."""
    with database.transaction() as session:
        now = database.now(session)
    ids = put_many(database, secrets, 5, now)
    done = all_of(database, chunk=2)
    assert [(one.clients, one.last) for one in done] == [(2, ids[1]), (2, ids[3]), (1, ids[4])]
    with database.transaction() as session:
        kept = {client_id: len(planned(session, client_id)) for client_id in ids}
    assert set(kept) == set(ids)
    assert min(kept.values()) > 0
    assert sum(one.planned for one in done) == sum(kept.values())


def test_a_second_run_changes_nothing(database: Database, secrets: Secrets) -> None:
    """It goes through all once more, finds nothing, and leaves no further note of itself."""
    with database.transaction() as session:
        now = database.now(session)
    ids = put_many(database, secrets, 3, now)
    all_of(database)
    assert all_of(database) == [Replanned(3, last=ids[2])]
    with database.transaction() as session:
        (note,) = session.scalars(select(tables.Audit)).all()
    assert (note.actor, note.action, note.data["clients"]) == ("operator", "clients_replanned", 3)


def test_what_no_longer_fits_is_moved_or_called_off(database: Database, secrets: Secrets) -> None:
    """A letter at another time than the rules want moves to it, one that nothing calls for goes."""
    with database.transaction() as session:
        now = database.now(session)
    (client_id,) = put_many(database, secrets, 1, now)
    all_of(database)
    with database.transaction() as session:
        first, second, *_ = planned(session, client_id)
        meant = first.due_at
        first.due_at, first.look_at = first.due_at - DAY, first.look_at - DAY
        key, second.slot_key = second.slot_key, "an-old-rule:1"
    assert [replace(one, last=None) for one in all_of(database)] == [Replanned(1, 1, 1, 1)]
    with database.transaction() as session:
        found = {row.slot_key: row.due_at for row in planned(session, client_id)}
        gone = session.get_one(tables.Message, second.id)
    assert (gone.state, gone.outcome) == ("cancelled", "What called for this letter no longer holds.")
    assert found[first.slot_key] == meant
    assert key in found


def test_it_goes_on_behind_a_client(database: Database, secrets: Secrets) -> None:
    """With `after`, those up to it are left as they are, and only the others are counted."""
    with database.transaction() as session:
        now = database.now(session)
    ids = put_many(database, secrets, 3, now)
    with database.transaction() as session:
        assert count_clients(session, after=ids[0]) == 2
    assert [(one.clients, one.last) for one in all_of(database, after=ids[0])] == [(2, ids[2])]
    with database.transaction() as session:
        assert planned(session, ids[0]) == []


def test_an_end_between_chunks_keeps_what_is_done(database: Database, secrets: Secrets) -> None:
    """Whoever stops after a chunk has that chunk whole, and the next run finds only the rest to do."""
    with database.transaction() as session:
        now = database.now(session)
    ids = put_many(database, secrets, 3, now)
    first = next(iter(replan(database, everyone, chunk=2, actor="operator")))
    with database.transaction() as session:
        assert [bool(planned(session, one)) for one in ids] == [True, True, False]
    rest = sum(all_of(database, after=first.last), Replanned())
    again = sum(all_of(database), Replanned())
    assert (rest.clients, again.planned) == (1, 0)
    assert rest.planned > 0


def test_one_client_alone(session: Session, secrets: Secrets, now: datetime) -> None:
    """One is brought in line and nobody else; a client who doesn't exist is said so."""
    ana = put_underway(session, secrets, now)
    bo = put_underway(session, secrets, now, email="bo@example.test")
    for one in (ana, bo):
        one.milestone(session)
    done = replan_client(session, everyone, ana.client_id, actor="operator", now=now)
    assert (done.clients, done.planned) == (1, len(planned(session, ana.client_id)))
    assert done.planned > 0
    assert planned(session, bo.client_id) == []
    with pytest.raises(NotFound):
        replan_client(session, everyone, uuid4(), actor="operator", now=now)


def test_a_slot_that_is_taken_is_not_planned(
    session: Session, secrets: Secrets, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """A letter too old to be remembered keeps its slot: nothing is counted, and the log says whose it is."""
    ana = put_underway(session, secrets, now)
    ana.milestone(session)
    (slot, *_) = schedule_client(session, ana.client_id, may_write_to=everyone, now=now).inserts
    old = now - REMEMBERED - DAY
    taken = update(tables.Message).where(tables.Message.slot_key == slot.key)
    session.execute(taken.values(state="expired", due_at=old, look_at=old, outcome="Its time was over."))
    done = replan_client(session, everyone, ana.client_id, actor="operator", now=now)
    assert (done.planned, done.moved, done.called_off) == (0, 0, 0)
    assert count(session, tables.Audit) == 0
    (told,) = [one for one in caplog.records if one.levelname == "WARNING"]
    assert (told.message, told.client_id, told.slot) == (  # type: ignore[attr-defined]  # what came with it
        "letter not planned: slot taken",
        str(ana.client_id),
        slot.key,
    )
