"""Two posts about the same letters at the same moment, held so that they meet in the middle."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.usecases.receipts import read_reports, record_receipts
from tests.support.ledger import count, put_client, put_letter
from tests.support.system import until

AT = 1_795_424_400
LETTERS = 40


@pytest.fixture
def letters(database: Database, secrets: Secrets, now: datetime) -> list[UUID]:
    """Letters to Ana, in the order of their ids."""
    with database.transaction() as session:
        ana = put_client(session, secrets)
        stored = [put_letter(session, ana, now, slot_key=f"drip:{place}") for place in range(LETTERS)]
        return sorted(one.id for one in stored)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two threads."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


class Recorder:
    """Records reports in a transaction of its own."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    def __call__(self, kind: str, letters: list[UUID]) -> int:
        """Record one report a letter; return how many were new."""
        with self._database.transaction() as session:
            return self.record(session, kind, letters)

    def record(self, session: Session, kind: str, letters: list[UUID]) -> int:
        """Do the same in a transaction that is under way."""
        raw: list[dict[str, Any]] = [
            {
                "event": kind,
                "timestamp": AT,
                "email": "ana@example.test",
                "message_id": str(one),
                "url": "https://x.test/",
            }
            for one in letters
        ]
        return record_receipts(
            session, read_reports(raw, self._secrets.pepper), now=self._database.now(session)
        )


@pytest.fixture
def record(database: Database, secrets: Secrets) -> Recorder:
    """What records."""
    return Recorder(database, secrets)


def wait_for(database: Database, waiting: int) -> None:
    """Wait until so many transactions wait for another."""

    def enough() -> bool:
        with database.transaction() as session:
            held_up = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return (session.scalar(held_up) or 0) >= waiting

    until(enough, f"{waiting} transactions to wait", patience_s=10)


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """Give a transaction that comes to nothing."""
    with database.transaction() as session:
        yield session
        session.rollback()


def test_the_same_reports_in_opposite_order_are_no_deadlock(
    database: Database, letters: list[UUID], record: Recorder, pool: ThreadPoolExecutor
) -> None:
    """Both posts have begun to write when they meet; the second finds that the first has kept everything."""
    with undone(database) as session:
        record.record(session, "delivered", [letters[LETTERS // 2]])
        posts = [pool.submit(record, "delivered", order) for order in (letters, letters[::-1])]
        wait_for(database, 2)
    assert sorted(post.result(timeout=20) for post in posts) == [0, LETTERS]


def test_different_reports_of_the_same_letters_are_no_deadlock(
    database: Database, letters: list[UUID], record: Recorder, pool: ThreadPoolExecutor
) -> None:
    """They meet at the letters themselves, which everybody locks in the order of ids."""
    with undone(database) as session:
        session.execute(
            select(tables.Message.id).where(tables.Message.id == letters[LETTERS // 2]).with_for_update()
        )
        posts: list[Future[int]] = [
            pool.submit(record, "processed", letters),
            pool.submit(record, "delivered", letters[::-1]),
        ]
        wait_for(database, 2)
    assert [post.result(timeout=20) for post in posts] == [LETTERS, LETTERS]
    with database.transaction() as session:
        assert set(session.scalars(select(tables.Message.fate))) == {"delivered"}


@pytest.mark.parametrize("kinds", [("click", "delivered"), ("delivered", "click"), ("click", "processed")])
def test_a_click_and_its_delivery_find_each_other(
    database: Database,
    letters: list[UUID],
    record: Recorder,
    pool: ThreadPoolExecutor,
    kinds: tuple[str, str],
) -> None:
    """The second waits for the first and then sees it, so that no machine's click goes unmarked."""
    with database.transaction() as session:
        record.record(session, kinds[0], letters)
        second = pool.submit(record, kinds[1], letters)
        wait_for(database, 1)
    second.result(timeout=20)
    with database.transaction() as session:
        marks = session.scalars(select(tables.Receipt.machine).where(tables.Receipt.kind == "click")).all()
        assert count(session, tables.Receipt) == 2 * LETTERS
    assert marks == [True] * LETTERS
