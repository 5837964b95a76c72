"""Everything that a coach, or a program of the firm, may know of a client's plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound
from coaching.domain.milestones import is_overdue
from coaching.domain.plan_differences import Difference
from coaching.usecases.plan_proposals import proposed
from coaching.usecases.plan_rows import drafts_of, focus_of, milestones_of, running_plan, today_of

NEWEST = 20


@dataclass(frozen=True)
class MilestoneView:
    """A milestone; `overdue`: its plan runs, and its day, where the client is, has passed."""

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

    `focus`: dimensions in order of need, as agreed on. `proposed`: what newer answers would change.
    `score_rules`: the version of the scoring rules behind it. `versions`: the newest, of `version_count`.
    """

    row: tables.Plan
    focus: tuple[str, ...]
    cadences: Sequence[Mapping[str, Any]]
    milestones: tuple[MilestoneView, ...]
    relationships: Sequence[tables.Relationship]
    proposed: tuple[Difference, ...] | None
    versions: tuple[VersionLine, ...]
    version_count: int
    score_rules: str | None


def read_plan(session: Session, client_id: UUID, *, now: datetime) -> PlanView:
    """Return a client's plan. Raises NotFound if there is no such client, or no plan yet."""
    client = session.get(tables.Client, client_id, populate_existing=True)
    if client is None:
        raise NotFound("There is no client of this id.")
    running, drafts = running_plan(session, client_id), drafts_of(session, client_id)
    plan = running or next(iter(drafts), None) or completed_plan(session, client_id)
    if plan is None:
        raise NotFound("This client has no plan yet.")
    today = today_of(client, now)
    changes = proposed(session, client, running, drafts[0], now=now) if running and drafts else ()
    return PlanView(
        row=plan,
        focus=focus_of(plan),
        cadences=plan.cadences,
        milestones=tuple(milestone_view(row, plan, today=today) for row in milestones_of(session, plan)),
        relationships=_relationships(session, client_id),
        proposed=changes or None,
        versions=_versions(session, plan),
        version_count=_count_versions(session, plan),
        score_rules=plan.draft.get("score_rules"),
    )


def milestone_view(row: tables.Milestone, plan: tables.Plan, *, today: date) -> MilestoneView:
    """Return a milestone of this plan as it is seen on the client's date."""
    return MilestoneView(row, plan.state == "active" and is_overdue(row.state, row.due_on, today=today))


def read_version(session: Session, client_id: UUID, number: int) -> tables.PlanVersion:
    """Return how the plan that `read_plan` shows stood at one version. Raises NotFound."""
    if session.get(tables.Client, client_id) is None:
        raise NotFound("There is no client of this id.")
    plan = _shown(session, client_id)
    if plan is None:
        raise NotFound("This client has no plan yet.")
    rows = session.scalars(
        select(tables.PlanVersion).where(
            tables.PlanVersion.plan_id == plan.id, tables.PlanVersion.version == min(number, plan.version + 1)
        )
    )
    row = rows.one_or_none()  # a number past the present one may be too great for the database
    if row is None:
        raise NotFound(f"Version {number} of this plan isn't kept; the plan lists those that are.")
    return row


def _shown(session: Session, client_id: UUID) -> tables.Plan | None:
    drafts = drafts_of(session, client_id)
    return running_plan(session, client_id) or next(iter(drafts), None) or completed_plan(session, client_id)


def completed_plan(session: Session, client_id: UUID) -> tables.Plan | None:
    """Return the plan that was completed last."""
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
        .order_by(tables.PlanVersion.version.desc())
        .limit(NEWEST)
    ).all()
    return tuple(VersionLine(*row) for row in reversed(rows))


def _count_versions(session: Session, plan: tables.Plan) -> int:
    rows = select(func.count()).where(tables.PlanVersion.plan_id == plan.id)
    return session.scalar(rows) or 0
