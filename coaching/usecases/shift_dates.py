"""Moves what a pause moves: dates of milestones that are still open, and the rhythms of relationships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, Integer, bindparam, func, select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.domain.pauses import Span, days_lost
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.facts import Fact, record_many

Days = int | None


@dataclass(frozen=True)
class Shift:
    """A pause that has ended so, and the days that it took."""

    pause: tables.Pause
    span: Span


def open_milestones(session: Session, began: Mapping[UUID, datetime]) -> Sequence[tables.Milestone]:
    """Return clients' open milestones whose dates were set before their pause, in order of their dates.

    Whoever set a date during the pause knew of it: that date stands. `began`: when it began, by client.
    """
    set_at = (
        select(func.max(tables.MilestoneReport.recorded_at))
        .where(
            tables.MilestoneReport.milestone_id == tables.Milestone.id,
            tables.MilestoneReport.kind == "postponed",
            tables.MilestoneReport.due_on == tables.Milestone.due_on,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(tables.Milestone, func.coalesce(set_at, tables.Milestone.created_at))
        .where(tables.Milestone.client_id.in_(began), tables.Milestone.state.in_(OPEN_MILESTONES))
        .order_by(tables.Milestone.due_on, tables.Milestone.id)
        .execution_options(populate_existing=True)
    )
    return [row for row, at in rows if max(row.created_at, at) <= began[row.client_id]]


def moving_milestones(
    session: Session, milestones: Sequence[tables.Milestone], spans: Mapping[UUID, Span]
) -> list[tuple[tables.Milestone, Days]]:
    """Return those that were due on or after their pause's first day, and by how many days each moves.

    `spans`: the pause's days, by client.
    """
    plans = {milestone.plan_id for milestone in milestones}
    starts = dict(
        session.execute(select(tables.Plan.id, tables.Plan.starts_on).where(tables.Plan.id.in_(plans))).all()
    )
    found = [(one, days_lost(one.due_on, starts[one.plan_id], spans[one.client_id])) for one in milestones]
    return [(one, days) for one, days in found if days != 0]


def moving_relationships(session: Session, spans: Mapping[UUID, Span]) -> Mapping[UUID, Days]:
    """Return by how many days each rhythm moves: so many of the pause's days came after the last contact."""
    counts_from = func.coalesce(tables.Relationship.last_contact_on, tables.Relationship.starts_on)
    rows = session.execute(
        select(tables.Relationship.id, tables.Relationship.client_id, counts_from).where(
            tables.Relationship.client_id.in_(spans),
            tables.Relationship.state == "active",
            tables.Relationship.kind != "event",
            tables.Relationship.cadence_days.is_not(None),
        )
    )
    moving = {one: spans[client_id].days_since(since) for one, client_id, since in rows}
    return {one: days for one, days in moving.items() if days != 0}


def shift_dates(session: Session, shifts: Mapping[UUID, Shift], *, now: datetime) -> None:
    """Move everything by the days that pauses took from it, by client. The clients' rows are locked."""
    if not shifts:
        return
    spans = {client_id: shift.span for client_id, shift in shifts.items()}
    milestones = open_milestones(session, {one: shift.pause.began_at for one, shift in shifts.items()})
    facts = []
    for milestone, days in moving_milestones(session, milestones, spans):
        milestone.due_on = _later(milestone.due_on, days)
        told = {"pause": str(shifts[milestone.client_id].pause.id), "due_on": milestone.due_on.isoformat()}
        facts.append(Fact(EventKind.MILESTONE_POSTPONED, milestone.id, milestone.client_id, told))
    _shift_rhythms(session, moving_relationships(session, spans))
    record_many(session, facts, now=now)


def _shift_rhythms(session: Session, moving: Mapping[UUID, Days]) -> None:
    by: BindParameter[int] = bindparam("by", type_=Integer)
    shifted = (
        update(tables.Relationship)
        .where(tables.Relationship.id == bindparam("one"))
        .values(
            shifted_days=tables.Relationship.shifted_days + by, quiet_on=tables.Relationship.quiet_on + by
        )
    )
    if moving:
        # Past the ORM, which takes many sets of values for rows by their keys and reckons with none of them.
        session.connection().execute(shifted, [{"one": one, "by": days} for one, days in moving.items()])


def _later(on: date, days: Days) -> date:
    assert days is not None, "a pause that has ended has a length"
    return on + timedelta(days=days)
