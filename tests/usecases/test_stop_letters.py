"""Stopping letters holds from its answer on: a request that is under way is waited for."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Condition
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.usecases.letter_choices import Choices, save_choices
from coaching.usecases.suppressions import pass_fence
from coaching.usecases.unsubscribe import UnsubscribeView, stop_letters
from tests.support.ledger import put_client, put_letter

PATIENCE_S = 30.0


class Watched(Database):
    """Counts the transactions that have ended, so that a test can wait for one more."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ended = 0
        self.changed = Condition()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a transaction as usual, and count it."""
        try:
            with super().transaction() as session:
                yield session
        finally:
            with self.changed:
                self.ended += 1
                self.changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many more transactions have ended."""
        with self.changed:
            until = self.ended + more
            assert self.changed.wait_for(lambda: self.ended >= until, PATIENCE_S)


@pytest.fixture
def watched(postgres_url: str, database: Database) -> Iterator[Watched]:
    """Connections of the one who unsubscribes; `database` has those of everybody else."""
    pool = Watched(postgres_url)
    yield pool
    pool.close()


@pytest.fixture
def letter(database: Database, secrets: Secrets) -> tables.Message:
    """A letter to Ana in a batch that is claimed."""
    with database.transaction() as session:
        return put_in_claimed_batch(session, put_client(session, secrets))


def put_in_claimed_batch(session: Session, client_id: UUID) -> tables.Message:
    """Queue a letter in a batch of its own, and claim that."""
    at = datetime.now(UTC)
    batch = tables.Batch(template="report", sender="x@y", family="transactional", size=1, not_before=at)
    session.add(batch)
    row = put_letter(session, client_id, at)
    row.state, row.batch_id = "queued", batch.id
    batch.state, batch.lease_token, batch.lease_until = "claimed", uuid4(), at + timedelta(hours=1)
    session.flush()
    return row


def move(session: Session, letter: tables.Message, state: str) -> None:
    """Move the letter's batch on, as delivering does."""
    done: dict[str, object] = {"lease_token": None, "lease_until": None}
    if state == "accepted":
        done["accepted_at"] = func.now()
    session.execute(
        update(tables.Batch)
        .where(tables.Batch.id == letter.batch_id)
        .values(state=state, **({} if state == "posting" else done))
    )


def link_in(secrets: Secrets, letter: tables.Message) -> str:
    """Return the link that stands in the letter."""
    return links.sign(secrets.keys, Purpose.UNSUBSCRIBE, letter.id)


def is_stopped(database: Database) -> bool:
    """Tell whether a suppression has been committed."""
    with database.transaction() as session:
        return bool(session.scalars(select(tables.Suppression.scope)).all() == ["letters"])


def stopping(
    pool: ThreadPoolExecutor, watched: Watched, secrets: Secrets, letter: tables.Message
) -> Future[UnsubscribeView]:
    """Begin to unsubscribe in a thread of its own."""
    patience = timedelta(seconds=PATIENCE_S)
    return pool.submit(stop_letters, watched, secrets, link_in(secrets, letter), patience=patience)


@pytest.mark.parametrize("outcome", ["accepted", "uncertain", "ready"])
def test_a_stop_waits_for_the_request_under_way(
    database: Database, watched: Watched, secrets: Secrets, letter: tables.Message, outcome: str
) -> None:
    """The no is safe at once; the answer comes when nothing is under way, holding nothing meanwhile."""
    with database.transaction() as session:
        move(session, letter, "posting")
    with ThreadPoolExecutor(1) as pool:
        stopped = stopping(pool, watched, secrets, letter)
        watched.wait_for(3)
        assert not stopped.done()
        assert is_stopped(database)
        with database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '20s'"))
            pass_fence(session)
            move(session, letter, outcome)
        assert stopped.result(PATIENCE_S).state == "off"


def test_a_stop_waits_for_a_request_that_begins_at_this_moment(
    database: Database, watched: Watched, secrets: Secrets, letter: tables.Message
) -> None:
    """An attempt that has passed the fence but isn't committed yet is seen, and waited for."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as beginning:
            pass_fence(beginning)
            move(beginning, letter, "posting")
            stopped = stopping(pool, watched, secrets, letter)
            at_the_fence = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            give_up = time.monotonic() + PATIENCE_S
            while not beginning.scalar(at_the_fence):
                assert not stopped.done()
                assert time.monotonic() < give_up
        watched.wait_for(2)
        assert not stopped.done()
        assert is_stopped(database)
        with database.transaction() as session:
            move(session, letter, "accepted")
        assert stopped.result(PATIENCE_S).state == "off"


def test_leaving_a_kind_out_waits_likewise(
    database: Database, watched: Watched, secrets: Secrets, letter: tables.Message
) -> None:
    """Who chooses fewer letters has the answer when none of what is stopped is just leaving."""
    with database.transaction() as session:
        move(session, letter, "posting")
    wish = Choices(frozenset({"milestone"}), "weekly")
    patience = timedelta(seconds=PATIENCE_S)
    with ThreadPoolExecutor(1) as pool:
        saved = pool.submit(save_choices, watched, secrets, link_in(secrets, letter), wish, patience=patience)
        watched.wait_for(5)
        assert not saved.done()
        with database.transaction() as session:
            standing = set(session.scalars(select(tables.Suppression.scope)))
            move(session, letter, "accepted")
        assert standing == {"campaign", "drip", "mentoring", "networking"}
        assert saved.result(PATIENCE_S)


def test_patience_ends(
    database: Database, watched: Watched, secrets: Secrets, letter: tables.Message
) -> None:
    """Letters are stopped even if a request never comes to an end."""
    with database.transaction() as session:
        move(session, letter, "posting")
    stopped = stop_letters(watched, secrets, link_in(secrets, letter), patience=timedelta(0))
    assert stopped.state == "off"
    assert is_stopped(database)


def test_nobody_waits_for_somebody_elses_letter(
    database: Database, watched: Watched, secrets: Secrets, letter: tables.Message
) -> None:
    """Neither for a request with other people in it, nor for one of theirs that hasn't begun."""
    with database.transaction() as session:
        other = put_in_claimed_batch(session, put_client(session, secrets, "bo@example.test"))
        move(session, other, "posting")
    assert stop_letters(watched, secrets, link_in(secrets, letter)).state == "off"
    assert watched.ended == 2
