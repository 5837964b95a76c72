"""Makes a milestone of what a coach, or a program of the firm, asks for."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.domain.plan_edits import OWN_KIND
from coaching.domain.plan_rules import days_ahead
from coaching.usecases.facts import record

ADDED_WHY = "This step was added to your plan for you."


def new_milestone(
    plan: tables.Plan, given: Mapping[str, Any], position: int, *, today: date, now: datetime
) -> tables.Milestone:
    """Return its row: active in a plan that runs, else proposed; it isn't added yet."""
    return tables.Milestone(
        plan_id=plan.id,
        client_id=plan.client_id,
        kind=given.get("kind") or OWN_KIND,
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


def add_row(session: Session, row: tables.Milestone, *, now: datetime) -> None:
    """Add the row, and the fact that there is this milestone now."""
    session.add(row)
    session.flush()
    record(session, EventKind.MILESTONE_ADDED, row.id, client_id=row.client_id, now=now)
