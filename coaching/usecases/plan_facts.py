"""Loads clients' plans, milestones and relationships as the engine sees them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import Cadence, MilestoneFacts, PlanFacts, RelationshipFacts
from coaching.usecases.plan_rows import focus_of


def load_plans(session: Session, client_ids: Collection[UUID]) -> dict[UUID, PlanFacts]:
    """Return by client the plan that runs, else the one completed last; drafts are nobody's yet."""
    kept = tables.PlanVersion
    # What the client changed by a letter's link is told on its page.
    changed, version = (
        select(func.max(newest))
        .where(kept.plan_id == tables.Plan.id, kept.at > tables.Plan.approved_at, kept.actor != "client")
        .scalar_subquery()
        for newest in (kept.at, kept.version)
    )
    rows = session.execute(
        select(tables.Plan, changed, func.coalesce(version, tables.Plan.version))
        .where(tables.Plan.client_id.in_(client_ids), tables.Plan.state.in_(("active", "completed")))
        # 'active' sorts before 'completed'.
        .order_by(tables.Plan.client_id, tables.Plan.state, tables.Plan.completed_at.desc())
        .ext(distinct_on(tables.Plan.client_id))
        .execution_options(populate_existing=True)
    )
    return {
        row.client_id: PlanFacts(
            id=row.id,
            state=row.state,
            version=told_version,
            approved_at=row.approved_at,
            starts_on=row.starts_on,
            cadences=tuple(cadence_facts(one) for one in row.cadences),
            completed_at=row.completed_at,
            changed_at=changed_at,
        )
        for row, changed_at, told_version in rows
    }


def load_focus(session: Session, plans: Iterable[PlanFacts]) -> dict[UUID, tuple[str, ...]]:
    """Return by client the focus of these plans, first things first."""
    rows = session.scalars(select(tables.Plan).where(tables.Plan.id.in_([plan.id for plan in plans])))
    return {row.client_id: focus_of(row) for row in rows}


def load_milestones(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, list[MilestoneFacts]]:
    """Return by client the milestones of these plans."""
    rows = session.execute(
        select(
            tables.Milestone.client_id,
            tables.Milestone.id,
            tables.Milestone.kind,
            tables.Milestone.state,
            tables.Milestone.due_on,
            tables.Milestone.ahead_days,
            tables.Milestone.decides,
            tables.Milestone.reached_at,
            tables.Milestone.dimension,
        )
        .where(tables.Milestone.plan_id.in_(plan_ids))
        .order_by(tables.Milestone.due_on, tables.Milestone.id)
    )
    found: dict[UUID, list[MilestoneFacts]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(MilestoneFacts(*row[1:]))
    return found


def load_relationships(session: Session, client_ids: Collection[UUID]) -> dict[UUID, list[RelationshipFacts]]:
    """Return by client the relationships that have not ended."""
    rows = session.execute(
        select(
            tables.Relationship.client_id,
            tables.Relationship.id,
            tables.Relationship.kind,
            tables.Relationship.state,
            tables.Relationship.cadence_days,
            tables.Relationship.starts_on,
            tables.Relationship.last_contact_on,
            tables.Relationship.shifted_days,
            tables.Relationship.not_before,
            tables.Relationship.registered_on,
            tables.Relationship.created_at,
            tables.Relationship.quiet_on,
        )
        .where(tables.Relationship.client_id.in_(client_ids), tables.Relationship.state != "ended")
        .order_by(tables.Relationship.id)
    )
    found: dict[UUID, list[RelationshipFacts]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(RelationshipFacts(*row[1:]))
    return found


def cadence_facts(given: Mapping[str, Any]) -> Cadence:
    """Return one rhythm of a plan's row as the rules see it."""
    first_by = given.get("first_by_on")
    return Cadence(
        kind=given["kind"],
        every_days=given.get("every_days"),
        times=given.get("times"),
        then_every_days=given.get("then_every_days"),
        count=given.get("count", 1),
        first_by_on=date.fromisoformat(first_by) if first_by else None,
        not_before=date.fromisoformat(given["not_before"]) if given.get("not_before") else None,
    )
