"""Reports that arrive while somebody else is at the same plan, held so that they meet in the middle."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.milestones import Report, add_milestone, match_waiting, take_report
from tests.support.underway import Underway, put_underway
from tests.usecases.test_receipts_at_once import wait_for

NAMES = {"client": {"email": "ana@example.test"}, "milestone": {"ref": "lms-7"}}
Act = Callable[[Session], None]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Another thread."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def underway(database: Database, secrets: Secrets) -> Underway:
    """Ana, whose plan is under way."""
    with database.transaction() as session:
        return put_underway(session, secrets, database.now(session))


@pytest.fixture
def acts(database: Database, content: Content, underway: Underway) -> dict[str, Act]:
    """Reporting that a milestone is reached, and adding that milestone."""

    def report(session: Session) -> None:
        now = database.now(session)
        take_report(session, content, NAMES, Report("reached"), actor="key:1", now=now)

    def add(session: Session) -> None:
        now = database.now(session)
        due_on: date = now.date() + timedelta(days=20)
        given = {"kind": "course", "title": "A course", "due_on": due_on, "ref": "lms-7"}
        add_milestone(session, content, underway.client_id, given, actor="key:1", now=now)
        match_waiting(session, content, underway.client_id, now=now)

    return {"report": report, "add": add}


def meet(database: Database, pool: ThreadPoolExecutor, first: Act, second: Act) -> None:
    """Let the second begin while what the first did isn't committed yet."""

    def alone() -> None:
        with database.transaction() as session:
            second(session)

    with database.transaction() as session:
        first(session)
        begun = pool.submit(alone)
        wait_for(database, 1)
    begun.result(timeout=20)


@pytest.mark.parametrize(("first", "second"), [("report", "add"), ("add", "report")])
def test_a_report_and_its_milestone_find_each_other(
    database: Database, pool: ThreadPoolExecutor, acts: dict[str, Act], first: str, second: str
) -> None:
    """Whichever comes first, the other waits for it and then sees it: nothing is left waiting."""
    meet(database, pool, acts[first], acts[second])
    with database.transaction() as session:
        row = session.scalars(select(tables.Milestone)).one()
        assert row.state == "reached"
        line = session.scalars(select(tables.MilestoneReport)).one()
        assert line.milestone_id == row.id


def test_the_same_report_twice_at_once(
    database: Database, pool: ThreadPoolExecutor, underway: Underway, acts: dict[str, Act]
) -> None:
    """One of them moves the milestone and is a fact; the other finds it done."""
    with database.transaction() as session:
        underway.milestone(session, ref="lms-7")
    meet(database, pool, acts["report"], acts["report"])
    with database.transaction() as session:
        kinds = session.scalars(select(tables.Event.kind)).all()
        assert kinds == [EventKind.MILESTONE_REACHED]
        assert len(session.scalars(select(tables.MilestoneReport)).all()) == 1
