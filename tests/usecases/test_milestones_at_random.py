"""Milestones under random reports: the table of moves holds, undo is exact, and the log misses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_words import DECISIONS, MILESTONE_EVENT_KINDS, MILESTONE_MOVES
from coaching.domain.undo import Undo
from coaching.usecases.milestones import Report, report_on, restore
from tests.support.underway import Underway, put_underway

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
# Two that open others, the choice to stay, shift or leave, and one that no rule knows.
KINDS = ("route-map", "values-sort", "stay-shift-leave-decision", "own")
CAUSES = {
    EventKind.MILESTONE_ADDED,
    EventKind.MILESTONE_STARTED,
    EventKind.MILESTONE_REACHED,
    EventKind.MILESTONE_POSTPONED,
    EventKind.MILESTONE_DROPPED,
    EventKind.MILESTONE_RESTORED,
}


@dataclass(frozen=True)
class Step:
    """One report on the milestone at this place among those there are, and whether it is undone at once."""

    place: int
    report: Report
    undone: bool


def reports(now: datetime) -> some.SearchStrategy[Report]:
    """Return reports of every kind, most of which could be."""
    return some.builds(
        Report,
        kind=some.sampled_from(MILESTONE_EVENT_KINDS),
        at=some.none() | some.integers(-400, 2).map(lambda days: now + days * DAY),
        due_on=some.none() | some.integers(-1, 60).map(lambda days: TODAY + days * DAY),
        decision=some.none() | some.sampled_from(DECISIONS),
    ).map(_mostly_fitting)


def _mostly_fitting(report: Report) -> Report:
    due_on = report.due_on or TODAY + 5 * DAY
    return Report(
        report.kind,
        at=report.at,
        due_on=due_on if report.kind == "postponed" else None,
        decision=report.decision if report.kind == "reached" else None,
    )


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    """Leave nothing of this example behind."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        session.expunge_all()


def rows(session: Session) -> dict[UUID, dict[str, Any]]:
    """Return every milestone by its id, whole."""
    columns = tables.Milestone.__table__.columns
    found = session.execute(select(*columns)).mappings()
    return {row["id"]: dict(row) for row in found}


def log_length(session: Session) -> int:
    """Return how many facts about milestones there are."""
    query = select(func.count()).select_from(tables.Event).where(tables.Event.kind.in_(CAUSES))
    return session.scalar(query) or 0


def changed(before: dict[UUID, dict[str, Any]], after: dict[UUID, dict[str, Any]]) -> list[UUID]:
    """Return the milestones that are new or not as they were."""
    return [one for one, row in after.items() if before.get(one) != row]


def follows_the_moves(before: dict[UUID, dict[str, Any]], after: dict[UUID, dict[str, Any]]) -> bool:
    """Tell whether each state is as it was, or one that may follow; what is new is active."""
    for one, row in after.items():
        if one not in before:
            if row["state"] != "active" or row["opened_by"] is None:
                return False
        elif row["state"] != before[one]["state"]:
            revived = before[one]["touched_at"] is None and before[one]["state"] == "dropped"
            may_follow = MILESTONE_MOVES[before[one]["state"]]
            if row["state"] not in may_follow and not (revived and row["state"] == "active"):
                return False
    return True


def report_once(session: Session, content: Content, step: Step, now: datetime) -> tuple[UUID, Undo | None]:
    """Report it of one of the milestones there are; None if that can't be."""
    ids = sorted(rows(session))
    about = ids[step.place % len(ids)]
    try:
        return about, report_on(session, content, about, step.report, actor="key:1", now=now)
    except (Conflict, Refused):
        return about, None


def take(session: Session, content: Content, step: Step, now: datetime) -> None:
    """Take one step and hold it against all that must be so."""
    before, log = rows(session), log_length(session)
    about, undo = report_once(session, content, step, now)
    after = rows(session)
    moved = changed(before, after)
    assert log_length(session) == log + len(moved)
    assert follows_the_moves(before, after)
    if undo is None:
        assert moved == []
        return
    assert (about in moved) == (undo.before != undo.after)
    if step.undone:
        assert restore(session, about, undo, actor="key:1", now=now)
        undone = rows(session)
        assert undone[about] == before[about]
        assert log_length(session) == log + len(moved) + len(changed(after, undone))
        assert all(undone[one]["state"] == "dropped" for one in moved if one != about)


@given(data=some.data())
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_reported(
    session: Session, content: Content, secrets: Secrets, now: datetime, data: some.DataObject
) -> None:
    """States follow the table, undo right after gives the same row back, and each change has one fact."""
    steps = some.builds(Step, place=some.integers(0, 5), report=reports(now), undone=some.booleans())
    with taken_back(session):
        underway: Underway = put_underway(session, secrets, now)
        for kind in KINDS:
            decides = kind == "stay-shift-leave-decision"
            underway.milestone(session, kind=kind, decides=decides)
        for place, step in enumerate(data.draw(some.lists(steps, max_size=12))):
            take(session, content, step, now + place * timedelta(minutes=1))
