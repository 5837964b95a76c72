"""Moves what a pause moves: dates of milestones that are still open, and the rhythms of relationships."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.domain.pauses import Span
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.facts import Fact, record_many

Days = int | None


def open_milestones(session: Session, client_id: UUID, began_at: datetime) -> Sequence[tables.Milestone]:
    """Return the client's open milestones whose dates were set before the pause, in order of their dates.

    Whoever set a date during the pause knew of it: that date stands.
    """
    set_meanwhile = (
        select(tables.MilestoneReport.id)
        .where(
            tables.MilestoneReport.milestone_id == tables.Milestone.id,
            tables.MilestoneReport.kind == "postponed",
            tables.MilestoneReport.recorded_at > began_at,
            tables.MilestoneReport.due_on == tables.Milestone.due_on,
        )
        .exists()
    )
    return session.scalars(
        select(tables.Milestone)
        .where(
            tables.Milestone.client_id == client_id,
            tables.Milestone.state.in_(OPEN_MILESTONES),
            tables.Milestone.created_at <= began_at,
            ~set_meanwhile,
        )
        .order_by(tables.Milestone.due_on, tables.Milestone.id)
        .execution_options(populate_existing=True)
    ).all()


def moving_milestones(
    session: Session, milestones: Sequence[tables.Milestone], span: Span
) -> list[tuple[tables.Milestone, Days]]:
    """Return those that were due on or after the pause's first day, and by how many days each moves.

    A plan that started during the pause lost only the rest of it.
    """
    plans = {milestone.plan_id for milestone in milestones}
    starts = dict(
        session.execute(select(tables.Plan.id, tables.Plan.starts_on).where(tables.Plan.id.in_(plans))).all()
    )
    found = [
        (one, span.days_since(starts[one.plan_id] or span.first_on))
        for one in milestones
        if one.due_on >= span.first_on
    ]
    return [(one, days) for one, days in found if days != 0]


def moving_relationships(session: Session, client_id: UUID, span: Span) -> Mapping[UUID, Days]:
    """Return by how many days each rhythm moves: so many of the pause's days came after the last contact."""
    counts_from = func.coalesce(tables.Relationship.last_contact_on, tables.Relationship.starts_on)
    rows = session.execute(
        select(tables.Relationship.id, counts_from).where(
            tables.Relationship.client_id == client_id,
            tables.Relationship.state == "active",
            tables.Relationship.kind != "event",
            tables.Relationship.cadence_days.is_not(None),
        )
    )
    moving = {one: span.days_since(since) for one, since in rows}
    return {one: days for one, days in moving.items() if days != 0}


def shift_dates(session: Session, pause: tables.Pause, span: Span, *, now: datetime) -> None:
    """Move everything by the days that the pause took from it. The client's row is locked."""
    milestones = open_milestones(session, pause.client_id, pause.began_at)
    facts = []
    for milestone, days in moving_milestones(session, milestones, span):
        milestone.due_on = _later(milestone.due_on, days)
        told = {"pause": str(pause.id), "due_on": milestone.due_on.isoformat()}
        facts.append(Fact(EventKind.MILESTONE_POSTPONED, milestone.id, pause.client_id, told))
    for relationship_id, days in moving_relationships(session, pause.client_id, span).items():
        session.execute(
            update(tables.Relationship)
            .where(tables.Relationship.id == relationship_id)
            .values(
                shifted_days=tables.Relationship.shifted_days + days,
                quiet_on=tables.Relationship.quiet_on + days,
            )
            .execution_options(synchronize_session=False)
        )
    record_many(session, facts, now=now)


def _later(on: date, days: Days) -> date:
    assert days is not None, "a pause that has ended has a length"
    return on + timedelta(days=days)
