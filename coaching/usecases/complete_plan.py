"""Completes a plan that runs: a person says that it has served its purpose."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Conflict
from coaching.domain.events import EventKind
from coaching.usecases.facts import record
from coaching.usecases.plan_proposals import lay_aside
from coaching.usecases.plan_rows import drafts_of, lock_client, running_plan


def complete_plan(session: Session, client_id: UUID, *, actor: str, now: datetime) -> UUID:
    """Complete the running plan and return its id; what was still open in it stays as it is.

    What newer answers had proposed for it is laid aside: only answers that come later make another plan.
    Raises NotFound, or Conflict where no plan runs.
    """
    lock_client(session, client_id)
    plan = running_plan(session, client_id)
    if plan is None:
        raise Conflict("There is no plan that runs.")
    lay_aside(session, drafts_of(session, client_id), now=now)
    plan.state, plan.completed_at = "completed", now
    record(session, EventKind.PLAN_COMPLETED, plan.id, client_id=client_id, now=now)
    session.add(tables.Audit(actor=actor, action="plan_completed", subject_id=plan.id, at=now))
    session.flush()
    return plan.id
