"""Opens the milestone that follows one that was reached, by the rules, and takes it back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.events import EventKind
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.plans import DraftMilestone, next_milestone
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import milestones_of

_STATE_IN = {"active": "active", "draft": "proposed"}


def open_next(
    session: Session,
    content: Content,
    reached: tables.Milestone,
    plan: tables.Plan,
    *,
    today: date,
    now: datetime,
) -> UUID | None:
    """Open what reaching this milestone of a locked client leads to; None if nothing. The plan isn't over.

    Its days count from today, not from when the one before was reached: news may come late, and nothing
    should be overdue when it begins. One that was taken back begins anew.
    """
    rules = content.plans.get(plan.rules)
    if rules is None:
        return None
    rows = milestones_of(session, plan)
    taken_back = {row.kind: row for row in rows if _was_taken_back(row, reached.id)}
    present = {row.kind for row in rows if row is not taken_back.get(row.kind)}
    draft = next_milestone(rules, reached.kind, present, reached_on=today)
    if draft is None:
        return None
    row = taken_back.get(draft.kind)
    kind = EventKind.MILESTONE_ADDED if row is None else EventKind.MILESTONE_RESTORED
    if row is None:
        row = drafted_row(plan, draft, max(one.position for one in rows) + 1, now, opened_by=reached.id)
        session.add(row)
    row.state, row.due_on, row.dropped_at = _STATE_IN[plan.state], draft.due_on, None
    session.flush()
    record(session, kind, row.id, client_id=row.client_id, now=now, opened_by=str(reached.id))
    return row.id


def take_back(session: Session, milestone_id: UUID, *, now: datetime) -> None:
    """Drop an opened milestone of a locked client, unless somebody has changed it or it is gone."""
    row = session.get(tables.Milestone, milestone_id, populate_existing=True)
    if row is None or row.touched_at is not None or row.state not in {"proposed", *OPEN_MILESTONES}:
        return
    row.state, row.dropped_at = "dropped", now
    opened_by = {"opened_by": str(row.opened_by)}
    record(session, EventKind.MILESTONE_DROPPED, row.id, client_id=row.client_id, now=now, **opened_by)


def _was_taken_back(row: tables.Milestone, opened_by: UUID) -> bool:
    return row.opened_by == opened_by and row.state == "dropped" and row.touched_at is None


def drafted_row(
    plan: tables.Plan,
    draft: DraftMilestone,
    position: int,
    now: datetime,
    *,
    opened_by: UUID | None = None,
) -> tables.Milestone:
    """Return the row of a milestone as the rules word it, proposed; it isn't added yet."""
    return tables.Milestone(
        plan_id=plan.id,
        client_id=plan.client_id,
        kind=draft.kind,
        dimension=draft.dimension,
        position=position,
        title=draft.title,
        detail=draft.detail,
        service=list(draft.service),
        why=draft.why,
        state="proposed",
        due_on=draft.due_on,
        ahead_days=draft.ahead_days,
        decides=draft.decides,
        opened_by=opened_by,
        created_at=now,
    )
