"""Keeps how a plan stood after each change, and who made it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.usecases.plan_rows import milestones_of

_KEPT = (
    "kind", "ref", "dimension", "title", "detail", "service", "why",
    "state", "ahead_days", "decides", "decision",
)  # fmt: skip


def keep_version(session: Session, plan: tables.Plan, *, actor: str, now: datetime) -> None:
    """Write down the whole plan as it stands, under its present version."""
    session.flush()
    milestones = [_milestone(one) for one in milestones_of(session, plan)]
    content = {"cadences": list(plan.cadences), "milestones": milestones}
    session.add(
        tables.PlanVersion(plan_id=plan.id, version=plan.version, content=content, actor=actor, at=now)
    )
    session.flush()


def _milestone(row: tables.Milestone) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in _KEPT}
    return {"id": str(row.id), **kept, "due_on": row.due_on.isoformat()}
