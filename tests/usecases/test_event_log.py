"""The event log: numbers in order, none missed, none twice, whoever writes, numbers and reads at once."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.domain.events import EventKind
from coaching.usecases.event_log import number_events, read_events
from coaching.usecases.facts import drain, record

PATIENCE_S = 30.0
Done = TypeVar("Done")


def put(session: Session, at: datetime, kind: EventKind = EventKind.CLIENT_CHANGED) -> UUID:
    """Record a fact and return the id of what it is about."""
    subject = uuid4()
    record(session, kind, subject, now=at)
    return subject


def log(session: Session, after: int = 0) -> list[tuple[int | None, UUID]]:
    """Return number and subject of what the log holds."""
    page, _ = read_events(session, after=after, limit=1000)
    return [(row.number, row.subject_id) for row in page]


def test_facts_are_numbered_in_the_order_of_their_time(session: Session, now: datetime) -> None:
    """Oldest first, in the order of recording within one moment; what is new goes on behind."""
    late = put(session, now + timedelta(seconds=1))
    early = [put(session, now) for _ in range(3)]
    assert log(session) == []
    assert number_events(session) == 4
    assert log(session) == list(enumerate([*early, late], start=1))
    before_all = put(session, now - timedelta(days=1))
    assert number_events(session) == 1
    assert log(session, after=4) == [(5, before_all)]
    assert number_events(session) == 0


def test_a_great_heap_is_numbered_bit_by_bit(session: Session, now: datetime) -> None:
    """Each call takes the oldest that are left, up to its limit."""
    subjects = [put(session, now - timedelta(seconds=place)) for place in range(7)]
    assert [number_events(session, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert log(session) == list(enumerate(reversed(subjects), start=1))


def test_pages_follow_each_other(session: Session, now: datetime) -> None:
    """`after` begins behind a number, and a page that just fits promises nothing more."""
    subjects = [put(session, now) for _ in range(5)]
    number_events(session)
    pages: list[UUID] = []
    after: int | None = 0
    while after is not None:
        page, after = read_events(session, after=after, limit=2)
        pages += [row.subject_id for row in page]
    assert pages == subjects
    assert read_events(session, after=3, limit=2)[1] is None
    assert read_events(session, after=5)[0] == []


def test_one_kind_can_be_read_alone(session: Session, now: datetime) -> None:
    """Other facts are left out, and keep their numbers."""
    kinds = [EventKind.CLIENT_ADDED, EventKind.CLIENT_CHANGED, EventKind.PLAN_DRAFTED] * 2
    for kind in kinds:
        put(session, now, kind)
    number_events(session)
    page, following = read_events(session, kinds=[EventKind.CLIENT_ADDED, EventKind.PLAN_DRAFTED], limit=3)
    assert [row.number for row in page] == [1, 3, 4]
    assert following == 4


def test_numbering_waits_for_nobody(database: Database, now: datetime) -> None:
    """A fact that is being followed up holds up those behind it, so that order is kept, and no worker."""
    with database.transaction() as session:
        first, second, third = (put(session, now + timedelta(seconds=place)) for place in range(3))
    held = select(tables.Event).where(tables.Event.subject_id == second).with_for_update()
    with database.transaction() as busy:
        busy.execute(held)
        with database.transaction() as session:
            assert number_events(session) == 1
            assert number_events(session) == 0
            assert log(session) == [(1, first)]
    with database.transaction() as session:
        assert number_events(session) == 2
        assert log(session) == [(1, first), (2, second), (3, third)]


def test_one_numbers_at_a_time(database: Database, now: datetime) -> None:
    """The second waits for the commit of the first, and goes on from its numbers."""
    with database.transaction() as session:
        first = put(session, now)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            assert number_events(session) == 1
            with database.transaction() as other:
                older = put(other, now - timedelta(seconds=1))
            second = pool.submit(numbered_apart, database)
            waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            give_up = time.monotonic() + PATIENCE_S
            while not session.scalar(waiting):
                assert not second.done()
                assert time.monotonic() < give_up
        assert second.result(PATIENCE_S) == 1
    with database.transaction() as session:
        assert log(session) == [(1, first), (2, older)]


def numbered_apart(database: Database) -> int:
    """Number in a transaction of its own."""
    with database.transaction() as session:
        return number_events(session)


def test_numbers_of_a_transaction_that_fails_are_given_again(database: Database, now: datetime) -> None:
    """The log has no holes."""
    with database.transaction() as session:
        subject = put(session, now)
    with database.transaction() as session:
        assert number_events(session) == 1
        session.rollback()
    with database.transaction() as session:
        number_events(session)
        assert log(session) == [(1, subject)]


@dataclass
class Turns:
    """Counts how often something happened, so that a thread can wait for that instead of for a time."""

    over: threading.Event
    count: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def tick(self) -> None:
        """It happened once more."""
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until it has happened so many times more, or nothing more is to come."""
        with self.changed:
            until = self.count + more
            assert self.changed.wait_for(lambda: self.count >= until or self.over.is_set(), PATIENCE_S)


@dataclass
class Crowd:
    """Those who write, follow up, number and read the log at once."""

    database: Database
    all_written: threading.Event = field(default_factory=threading.Event)
    all_numbered: threading.Event = field(default_factory=threading.Event)
    broken: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.numberings = Turns(self.broken)
        self.reads = Turns(self.broken)
        self.start = threading.Barrier(8)

    def write(self, seed: int) -> list[UUID]:
        """Record facts, keeping each transaction open while some numberings go by."""
        chance = random.Random(seed)
        written = []
        self.start.wait(PATIENCE_S)
        for _ in range(25):
            with self.database.transaction() as session:
                for _ in range(chance.randint(1, 3)):
                    written.append(put(session, datetime.now(UTC)))
                    self.numberings.wait_for(chance.randint(0, 2))
        return written

    def number(self, seed: int) -> None:
        """Number again and again, sometimes committing only after the log has been read again."""
        chance = random.Random(seed)
        self.start.wait(PATIENCE_S)
        numbered = 1
        while not self.broken.is_set() and (numbered or not self.all_numbered.is_set()):
            done = self.all_written.is_set()
            with self.database.transaction() as session:
                numbered = number_events(session, limit=5)
                self.reads.wait_for(chance.randint(0, 2) if numbered else 0)
            self.numberings.tick()
            if done and not numbered:
                return

    def follow_up(self) -> None:
        """Take waiting facts as the workers do, and hold them while some numberings go by."""
        chance = random.Random(7)
        self.start.wait(PATIENCE_S)
        while not self.all_written.is_set() and not self.broken.is_set():
            with self.database.transaction() as session:
                drain(session, lambda *_: None, now=datetime.now(UTC) + timedelta(hours=1), limit=3)
                self.numberings.wait_for(chance.randint(0, 2))

    def read(self) -> list[tuple[int | None, UUID]]:
        """Poll the log to its end, going on from the last number seen."""
        seen: list[tuple[int | None, UUID]] = []
        self.start.wait(PATIENCE_S)
        while not self.broken.is_set():
            done = self.all_numbered.is_set()
            with self.database.transaction() as session:
                page, _ = read_events(session, after=seen[-1][0] or 0 if seen else 0, limit=4)
            seen += [(row.number, row.subject_id) for row in page]
            self.reads.tick()
            if done and not page:
                break
        return seen

    def run(self) -> tuple[list[UUID], Sequence[tuple[int | None, UUID]]]:
        """Let them all loose; return what was written and what was read."""
        with ThreadPoolExecutor(8) as pool, self._told_if_broken():
            reading = pool.submit(self._guarded, self.read)
            numbering = [pool.submit(self._guarded, lambda s=s: self.number(s)) for s in (1, 2)]
            writing = [pool.submit(self._guarded, lambda s=s: self.write(s)) for s in (3, 4, 5, 6)]
            following = pool.submit(self._guarded, self.follow_up)
            wait(writing, PATIENCE_S, FIRST_EXCEPTION)
            self.all_written.set()
            wait([following, *numbering], PATIENCE_S, FIRST_EXCEPTION)
            self.all_numbered.set()
            for one in (*numbering, following):
                one.result(PATIENCE_S)
            return [one for done in writing for one in done.result(PATIENCE_S)], reading.result(PATIENCE_S)

    def _guarded(self, work: Callable[[], Done]) -> Done:
        with self._told_if_broken():
            return work()

    @contextmanager
    def _told_if_broken(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.broken.set()
            for turns in (self.numberings, self.reads):
                turns.tick()
            raise


def test_a_reader_misses_nothing_and_sees_nothing_twice(database: Database) -> None:
    """While some write, some number and one follows up, a poller gets every fact once, in growing order."""
    written, seen = Crowd(database).run()
    numbers = [number for number, _ in seen]
    assert numbers == list(range(1, len(written) + 1))
    assert sorted(subject for _, subject in seen) == sorted(written)
