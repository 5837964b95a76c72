"""Adds a milestone of a coach's, or of a program of the firm, to a client's plan."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.plan_edits import milestone_faults
from coaching.usecases.new_milestones import add_row, new_milestone
from coaching.usecases.plan_rows import lock_client, plan_to_change, today_of
from coaching.usecases.plan_versions import keep_as_it_was, note_change

NO_PLAN = (
    "This client has no plan that a milestone could stand in. A plan is drafted once an assessment of theirs "
    "is scored (POST /v1/assessments)."
)


def add_milestone(
    session: Session,
    content: Content,
    client_id: UUID,
    given: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> UUID:
    """Add a milestone to the running plan, else proposed to the draft; return its id.

    given: kind, title, due_on, and if wanted detail, ahead_days, decides, ref, dimension, service, why.
    Raises NotFound, Conflict where there is no plan or it is completed, Refused by field.
    """
    client = lock_client(session, client_id)
    try:
        plan = plan_to_change(session, client_id)
    except NotFound as error:
        raise Conflict(NO_PLAN) from error
    today = today_of(client, now)
    _refuse_faults(session, content, plan, given, today)
    keep_as_it_was(session, plan)
    row = new_milestone(plan, given, _last_position(session, plan.id) + 1, today=today, now=now)
    add_row(session, row, now=now)
    note_change(session, plan, actor=actor, now=now)
    session.add(tables.Audit(actor=actor, action="milestone_added", subject_id=row.id, at=now))
    session.flush()
    return row.id


def _refuse_faults(
    session: Session, content: Content, plan: tables.Plan, given: Mapping[str, Any], today: date
) -> None:
    faults = {field: [said] for field, said in milestone_faults(given, None, today=today)}
    known = select(tables.Milestone.id).where(
        tables.Milestone.client_id == plan.client_id, tables.Milestone.ref == given.get("ref")
    )
    dimensions = _dimensions(session, content, plan)
    if given.get("dimension") not in {None, *dimensions}:
        faults["dimension"] = [f"Say one of {', '.join(dimensions)}, or leave it out."]
    if given.get("ref") is not None and session.scalar(known) is not None:
        faults["ref"] = ["Another milestone of this client has this ref."]
    if faults:
        raise Refused(faults)


def _last_position(session: Session, plan_id: UUID) -> int:
    last = select(func.max(tables.Milestone.position)).where(tables.Milestone.plan_id == plan_id)
    return session.scalar(last) or 0


def _dimensions(session: Session, content: Content, plan: tables.Plan) -> tuple[str, ...]:
    """The dimensions of the instrument that the plan was drafted from."""
    submission = session.get_one(tables.Submission, plan.submission_id)
    instrument = content.instrument(submission.instrument, submission.version)
    return tuple(one.key for one in instrument.dimensions)
