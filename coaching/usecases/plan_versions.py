"""Keeps how a plan stood after each change, and who made it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import focus_of, milestones_of

_KEPT = (
    "kind", "ref", "dimension", "title", "detail", "service", "why",
    "state", "ahead_days", "decides", "decision",
)  # fmt: skip


def keep_version(session: Session, plan: tables.Plan, *, actor: str, now: datetime) -> None:
    """Write down the whole plan as it stands, under its present version."""
    session.flush()
    milestones = [_milestone(one) for one in milestones_of(session, plan)]
    content = {"focus": focus_of(plan), "cadences": list(plan.cadences), "milestones": milestones}
    session.add(
        tables.PlanVersion(plan_id=plan.id, version=plan.version, content=content, actor=actor, at=now)
    )
    session.flush()


def keep_as_it_was(session: Session, plan: tables.Plan) -> None:
    """Write down how the plan stands before it is changed, where that wasn't done: the first of a draft."""
    if not is_kept(session, plan):
        actor, at = plan.approved_by or "rule", plan.approved_at or plan.created_at
        keep_version(session, plan, actor=actor, now=at)


def is_kept(session: Session, plan: tables.Plan) -> bool:
    """Tell whether the plan's present version is written down."""
    kept = select(tables.PlanVersion.id).where(
        tables.PlanVersion.plan_id == plan.id, tables.PlanVersion.version == plan.version
    )
    return session.scalar(kept) is not None


def note_change(session: Session, plan: tables.Plan, *, actor: str, now: datetime) -> None:
    """Keep the plan as its next version, and tell that it was changed."""
    plan.version += 1
    keep_version(session, plan, actor=actor, now=now)
    if plan.state == "active":  # a draft is nobody's yet: there is nothing to tell
        record(
            session, EventKind.PLAN_CHANGED, plan.id, client_id=plan.client_id, now=now, version=plan.version
        )


def _milestone(row: tables.Milestone) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in _KEPT}
    return {"id": str(row.id), **kept, "due_on": row.due_on.isoformat()}
