"""Keeps finding a mentor a step of the plan until one is there, and makes it one again when none is left."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.events import EventKind
from coaching.domain.milestones import Report
from coaching.domain.plan_words import FIND_A_MENTOR, OPEN_MILESTONES
from coaching.domain.plans import mentor_again
from coaching.usecases.facts import record
from coaching.usecases.next_milestones import drafted_row
from coaching.usecases.plan_rows import lock_client, milestones_of, running_plan, today_of
from coaching.usecases.relationship_rows import MENTOR, has_mentor
from coaching.usecases.report_milestone import report_on


def settle_finding(
    session: Session, content: Content, client_id: UUID, *, actor: str = "rule", now: datetime
) -> None:
    """Reach the step of finding a mentor, if the plan that runs has one open and somebody is there."""
    plan = running_plan(session, client_id)
    if plan is None or not has_mentor(session, client_id):
        return
    for row in milestones_of(session, plan):
        if row.kind == FIND_A_MENTOR and row.state in OPEN_MILESTONES:
            report_on(session, content, row.id, Report("reached"), actor=actor, now=now)


def seek_after(session: Session, content: Content, relationship_id: UUID, *, now: datetime) -> None:
    """Open the step of finding a mentor again, if this one was the last. A second call changes nothing."""
    row = session.get(tables.Relationship, relationship_id, populate_existing=True)
    if row is not None and row.kind == MENTOR:
        seek_again(session, content, row.client_id, now=now)


def seek_again(session: Session, content: Content, client_id: UUID, *, now: datetime) -> None:
    """Open the step of finding a mentor anew in the plan that runs; the one that was reached stays reached.

    Not where somebody is there, or it is open, or where the plan asks for no mentor (any more).
    """
    client = lock_client(session, client_id)
    plan = running_plan(session, client_id)
    if plan is None or plan.rules not in content.plans or has_mentor(session, client_id):
        return
    rows = milestones_of(session, plan)
    draft = mentor_again(content.plans[plan.rules], starts_on=today_of(client, now))
    if draft is None or not _asks_for_mentor(plan, [row for row in rows if row.kind == FIND_A_MENTOR]):
        return
    step = drafted_row(plan, draft, max((row.position for row in rows), default=0) + 1, now)
    step.state = "active"
    session.add(step)
    session.flush()
    record(session, EventKind.MILESTONE_ADDED, step.id, client_id=client_id, now=now)


def _asks_for_mentor(plan: tables.Plan, steps: list[tables.Milestone]) -> bool:
    """Tell whether the last step of finding one was reached, or there was none and the rhythm has a mentor.

    One that somebody dropped stays dropped.
    """
    last = steps[-1] if steps else None
    if last is not None and (last.state != "dropped" or last.touched_at is not None):
        return last.state == "reached"
    return any(one["kind"] == MENTOR for one in plan.cadences)
