"""Everything that a coach, or a program of the firm, may know of a client's plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound
from coaching.domain.plan_differences import Difference
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.plan_proposals import proposed
from coaching.usecases.plan_rows import drafts_of, milestones_of, running_plan, today_of


@dataclass(frozen=True)
class MilestoneView:
    """A milestone; `overdue`: it is still open although its day has passed where the client is."""

    row: tables.Milestone
    overdue: bool


@dataclass(frozen=True)
class VersionLine:
    """One change of the plan: its number, when, and by whom."""

    number: int
    at: datetime
    actor: str


@dataclass(frozen=True)
class PlanView:
    """The plan that runs, else the draft that waits, else the one completed last, with all that hangs on it.

    `focus`: dimensions in order of need, as the rules saw them. `proposed`: what newer answers would change.
    """

    row: tables.Plan
    focus: tuple[str, ...]
    cadences: Sequence[Mapping[str, Any]]
    milestones: tuple[MilestoneView, ...]
    relationships: Sequence[tables.Relationship]
    proposed: tuple[Difference, ...] | None
    versions: tuple[VersionLine, ...]


def read_plan(session: Session, client_id: UUID, *, now: datetime) -> PlanView:
    """Return a client's plan. Raises NotFound if there is no such client, or no plan yet."""
    client = session.get(tables.Client, client_id, populate_existing=True)
    if client is None:
        raise NotFound("There is no client of this id.")
    running, drafts = running_plan(session, client_id), drafts_of(session, client_id)
    plan = running or next(iter(drafts), None) or _completed(session, client_id)
    if plan is None:
        raise NotFound("This client has no plan yet.")
    today = today_of(client, now)
    changes = proposed(session, client, running, drafts[0], now=now) if running and drafts else ()
    return PlanView(
        row=plan,
        focus=tuple(plan.draft.get("focus", ())),
        cadences=plan.cadences,
        milestones=tuple(MilestoneView(row, _is_overdue(row, today)) for row in milestones_of(session, plan)),
        relationships=_relationships(session, client_id),
        proposed=changes or None,
        versions=_versions(session, plan),
    )


def _is_overdue(row: tables.Milestone, today: date) -> bool:
    return row.state in OPEN_MILESTONES and row.due_on < today


def _completed(session: Session, client_id: UUID) -> tables.Plan | None:
    return session.scalars(
        select(tables.Plan)
        .where(tables.Plan.client_id == client_id, tables.Plan.state == "completed")
        .order_by(tables.Plan.completed_at.desc().nulls_last(), tables.Plan.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _relationships(session: Session, client_id: UUID) -> Sequence[tables.Relationship]:
    return session.scalars(
        select(tables.Relationship)
        .where(tables.Relationship.client_id == client_id, tables.Relationship.state != "ended")
        .order_by(tables.Relationship.id)
        .execution_options(populate_existing=True)
    ).all()


def _versions(session: Session, plan: tables.Plan) -> tuple[VersionLine, ...]:
    rows = session.execute(
        select(tables.PlanVersion.version, tables.PlanVersion.at, tables.PlanVersion.actor)
        .where(tables.PlanVersion.plan_id == plan.id)
        .order_by(tables.PlanVersion.version)
    )
    return tuple(VersionLine(*row) for row in rows)
