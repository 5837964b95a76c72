"""Adds a milestone of a coach's, or of a program of the firm, to a client's plan."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_edits import milestone_faults
from coaching.domain.plan_rules import days_ahead
from coaching.usecases.facts import record
from coaching.usecases.plan_changes import ADDED_WHY
from coaching.usecases.plan_rows import drafts_of, lock_client, running_plan, today_of
from coaching.usecases.plan_versions import keep_version

NO_PLAN = (
    "This client has no plan that a milestone could stand in. A plan is drafted once an assessment of theirs "
    "is scored (POST /v1/assessments)."
)


def add_milestone(
    session: Session, client_id: UUID, given: Mapping[str, Any], *, actor: str, now: datetime
) -> UUID:
    """Add a milestone to the running plan, else proposed to the draft; return its id.

    given: kind, title, due_on, and if wanted detail, ahead_days, decides, ref, dimension, service, why.
    Raises NotFound, Conflict where there is no plan, Refused by field.
    """
    client = lock_client(session, client_id)
    plan = running_plan(session, client_id) or next(iter(drafts_of(session, client_id)), None)
    if plan is None:
        raise Conflict(NO_PLAN)
    today = today_of(client, now)
    _refuse_faults(session, client_id, given, today)
    row = _row(plan, given, _last_position(session, plan.id) + 1, today=today, now=now)
    session.add(row)
    plan.version += 1
    keep_version(session, plan, actor=actor, now=now)
    record(session, EventKind.MILESTONE_ADDED, row.id, client_id=client_id, now=now)
    session.add(tables.Audit(actor=actor, action="milestone_added", subject_id=row.id, at=now))
    session.flush()
    return row.id


def _refuse_faults(session: Session, client_id: UUID, given: Mapping[str, Any], today: date) -> None:
    faults = {field: [said] for field, said in milestone_faults(given, None, today=today)}
    known = select(tables.Milestone.id).where(
        tables.Milestone.client_id == client_id, tables.Milestone.ref == given.get("ref")
    )
    if given.get("ref") is not None and session.scalar(known) is not None:
        faults["ref"] = ["Another milestone of this client has this ref."]
    if faults:
        raise Refused(faults)


def _last_position(session: Session, plan_id: UUID) -> int:
    last = select(func.max(tables.Milestone.position)).where(tables.Milestone.plan_id == plan_id)
    return session.scalar(last) or 0


def _row(
    plan: tables.Plan, given: Mapping[str, Any], position: int, *, today: date, now: datetime
) -> tables.Milestone:
    return tables.Milestone(
        plan_id=plan.id,
        client_id=plan.client_id,
        kind=given["kind"],
        ref=given.get("ref"),
        dimension=given.get("dimension"),
        position=position,
        title=given["title"],
        detail=given.get("detail", ""),
        service=list(given.get("service", ())),
        why=given.get("why") or ADDED_WHY,
        state="active" if plan.state == "active" else "proposed",
        due_on=given["due_on"],
        ahead_days=given.get("ahead_days") or days_ahead((given["due_on"] - today).days),
        decides=given.get("decides", False),
        touched_at=now,
        created_at=now,
    )
