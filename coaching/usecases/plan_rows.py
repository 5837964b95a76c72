"""Finds a client's plans: the one that runs, the draft that waits, and what stands in them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.errors import Conflict, NotFound

COMPLETED = "This plan is completed: nothing in it changes any more."


def lock_client(session: Session, client_id: UUID) -> tables.Client:
    """Lock and return the client: whoever changes a plan does this first. Raises NotFound."""
    client = session.scalars(
        select(tables.Client)
        .where(tables.Client.id == client_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if client is None:
        raise NotFound("There is no client of this id.")
    return client


def today_of(client: tables.Client, now: datetime) -> date:
    """Return the date where the client is."""
    return local_time.local(now, client.time_zone).date()


def is_the_clients_own() -> ColumnElement[bool]:
    """Return the condition that a submission is its client's, not one that a stranger may have sent in."""
    return and_(
        tables.Submission.disowned_at.is_(None),
        or_(tables.Submission.accepted_at.is_not(None), ~tables.Submission.known_address),
    )


def running_plan(session: Session, client_id: UUID) -> tables.Plan | None:
    """Return the client's active plan; there is never more than one."""
    return session.scalars(
        select(tables.Plan)
        .where(tables.Plan.client_id == client_id, tables.Plan.state == "active")
        .execution_options(populate_existing=True)
    ).one_or_none()


def drafts_of(session: Session, client_id: UUID) -> Sequence[tables.Plan]:
    """Return the drafts that may be approved: first one that a person has worked on, then the newest."""
    return session.scalars(
        select(tables.Plan)
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .where(tables.Plan.client_id == client_id, tables.Plan.state == "draft", is_the_clients_own())
        .order_by((tables.Plan.version > 1).desc(), tables.Plan.created_at.desc(), tables.Plan.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def plan_to_change(session: Session, client_id: UUID) -> tables.Plan:
    """Return the plan that runs, else the draft that would be approved.

    Raises NotFound where there is none, Conflict where the client's plan is completed.
    """
    plan = running_plan(session, client_id) or next(iter(drafts_of(session, client_id)), None)
    if plan is not None:
        return plan
    completed = select(tables.Plan.id).where(
        tables.Plan.client_id == client_id, tables.Plan.state == "completed"
    )
    if session.scalar(completed.limit(1)) is not None:
        raise Conflict(COMPLETED)
    raise NotFound("This client has no plan yet.")


def milestones_of(session: Session, plan: tables.Plan) -> Sequence[tables.Milestone]:
    """Return a plan's milestones in their order."""
    return session.scalars(
        select(tables.Milestone)
        .where(tables.Milestone.plan_id == plan.id)
        .order_by(tables.Milestone.position, tables.Milestone.id)
        .execution_options(populate_existing=True)
    ).all()


def focus_of(plan: tables.Plan) -> tuple[str, ...]:
    """Return the plan's focus, dimensions in order of need: as drafted, or as taken from newer answers."""
    return tuple(plan.draft.get("focus", ()) if plan.focus is None else plan.focus)


def waited(draft: tables.Plan, client: tables.Client, now: datetime) -> timedelta:
    """Return how many days later than drafted a draft would begin today."""
    drafted_on = draft.starts_on or local_time.local(draft.created_at, client.time_zone).date()
    return max(today_of(client, now) - drafted_on, timedelta(0))
