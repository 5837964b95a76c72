"""What a newer score's draft proposes for the plan that runs, and how a proposal is taken or laid aside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.plan_differences import (
    Difference,
    PlanContent,
    PlanMilestone,
    differences,
    is_left_to_rules,
)
from coaching.usecases.plan_rows import milestones_of, today_of, waited


def proposed(
    session: Session, client: tables.Client, plan: tables.Plan, draft: tables.Plan, *, now: datetime
) -> tuple[Difference, ...]:
    """Return what the draft would change in the plan, its days counted from today."""
    drafted = _content(session, draft, later=waited(draft, client, now))
    return differences(_content(session, plan), drafted, today=today_of(client, now))


def take(
    session: Session,
    client: tables.Client,
    plan: tables.Plan,
    draft: tables.Plan,
    taken: Collection[Difference],
    *,
    now: datetime,
) -> None:
    """Change the plan as proposed; what is added moves over from the draft."""
    standing, drafted = milestones_of(session, plan), milestones_of(session, draft)
    days = {one.about: one.due_on for one in taken if one.due_on is not None}
    kinds = {
        kind: {one.about for one in taken if one.kind == kind} for kind in ("add", "move", "drop", "cadence")
    }
    for row in standing:
        if is_left_to_rules(plan_milestone(row)):
            _settle(row, kinds, days, now)
    place = max((row.position for row in standing), default=0)
    for row in drafted:
        if row.kind in kinds["add"] and row.state == "proposed":
            place += 1
            row.plan_id, row.position, row.state, row.due_on = plan.id, place, "active", days[row.kind]
    rhythms = moved_cadences(draft.cadences, waited(draft, client, now))
    plan.cadences = _with_rhythms(plan.cadences, rhythms, kinds["cadence"])
    session.flush()


def lay_aside(session: Session, drafts: Sequence[tables.Plan], *, now: datetime) -> None:
    """Supersede drafts: nobody takes them up any more, and what they proposed is dropped."""
    for draft in drafts:
        draft.state, draft.look_at = "superseded", None
        for row in milestones_of(session, draft):
            if row.state == "proposed":
                row.state, row.dropped_at = "dropped", now
    session.flush()


def plan_milestone(row: tables.Milestone, later: timedelta = timedelta(0)) -> PlanMilestone:
    """Return a row as the rules look at it; its day moves unless a person set it."""
    return PlanMilestone(
        kind=row.kind,
        title=row.title,
        due_on=row.due_on if row.touched_at is not None else row.due_on + later,
        state=row.state,
        why=row.why,
        touched=row.touched_at is not None,
        opened=row.opened_by is not None,
    )


def moved_cadences(cadences: Sequence[Mapping[str, Any]], later: timedelta) -> list[dict[str, Any]]:
    """Return rhythms whose days, unless a person set them, come so much later."""
    return [
        {**one, "first_by_on": (date.fromisoformat(one["first_by_on"]) + later).isoformat()}
        if one.get("first_by_on") and not one.get("touched_at")
        else dict(one)
        for one in cadences
    ]


def _content(session: Session, plan: tables.Plan, *, later: timedelta = timedelta(0)) -> PlanContent:
    rows = [row for row in milestones_of(session, plan) if plan.state != "draft" or row.state == "proposed"]
    kinds = {one["kind"] for one in plan.cadences}
    return PlanContent(
        milestones=tuple(plan_milestone(row, later) for row in rows),
        cadences=tuple(plan.cadences),
        left_out=frozenset(one["kind"] for one in plan.draft.get("cadences", ())) - kinds,
    )


def _settle(
    row: tables.Milestone, kinds: Mapping[str, set[str]], days: Mapping[str, date], now: datetime
) -> None:
    if row.kind in kinds["move"]:
        row.due_on = days[row.kind]
    elif row.kind in kinds["drop"]:
        row.state, row.dropped_at = "dropped", now


def _with_rhythms(
    standing: Sequence[dict[str, Any]], drafted: Sequence[dict[str, Any]], kinds: set[str]
) -> list[dict[str, Any]]:
    """The standing rhythms with those of these kinds as drafted, each where its kind stood."""
    new = [one for one in drafted if one["kind"] in kinds]
    order = dict.fromkeys(one["kind"] for one in (*standing, *new))
    kept = [one for one in standing if one["kind"] not in kinds]
    return [one for kind in order for one in (*kept, *new) if one["kind"] == kind]
