"""What a newer score's draft proposes for the plan that runs, and how a proposal is taken or laid aside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
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
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.drop_milestones import drop_milestones
from coaching.usecases.plan_rows import focus_of, milestones_of, today_of, waited
from coaching.usecases.relationship_rows import has_mentor

_BEGUN = ("started", "reached")


def proposed(
    session: Session, client: tables.Client, plan: tables.Plan, draft: tables.Plan, *, now: datetime
) -> tuple[Difference, ...]:
    """Return what the draft would change in the plan, its days counted from today."""
    drafted = _content(session, draft, later=waited(draft, client, now))
    if has_mentor(session, client.id):
        wanted = tuple(one for one in drafted.milestones if one.kind != FIND_A_MENTOR)
        drafted = replace(drafted, milestones=wanted)
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
    left_to_rules = [row for row in standing if is_left_to_rules(plan_milestone(row))]
    for row in left_to_rules:
        if row.kind in kinds["move"]:
            row.due_on = days[row.kind]
    drop_milestones(session, [row for row in left_to_rules if row.kind in kinds["drop"]], now=now)
    place = max((row.position for row in standing), default=0)
    for row in drafted:
        if row.kind in kinds["add"] and row.state == "proposed":
            place += 1
            row.plan_id, row.position, row.state, row.due_on = plan.id, place, "active", days[row.kind]
    rhythms = moved_cadences(draft.cadences, waited(draft, client, now))
    plan.cadences = _with_rhythms(plan.cadences, rhythms, kinds["cadence"])
    if any(one.kind == "focus" for one in taken):
        plan.focus = list(focus_of(draft))
    session.flush()


def lay_aside(session: Session, drafts: Sequence[tables.Plan], *, now: datetime) -> None:
    """Supersede drafts: nobody takes them up any more, and what they proposed is dropped."""
    for draft in drafts:
        draft.state, draft.look_at = "superseded", None
        proposals = [row for row in milestones_of(session, draft) if row.state == "proposed"]
        drop_milestones(session, proposals, now=now)
    session.flush()


def carry_over(session: Session, plan: tables.Plan, others: Sequence[tables.Plan]) -> None:
    """Take into a draft what was begun or reached in others, and what that opened: nothing done is lost.

    Where the draft has a step of the same kind, that one changes places with it.
    """
    own = {row.kind: row for row in milestones_of(session, plan)}
    place = max((row.position for row in own.values()), default=0)
    for other in others:
        rows = milestones_of(session, other)
        done = [row for row in rows if row.state in _BEGUN]
        by = {row.id for row in done}
        opened = [row for row in rows if row.state == "proposed" and row.opened_by in by]
        for row in (*done, *(one for one in opened if one.kind not in own)):
            known = own.get(row.kind)
            if known is not None and known.state in _BEGUN:
                continue
            place += 1
            row.plan_id, row.position = plan.id, known.position if known is not None else place
            if known is not None:
                known.plan_id, row.why, row.due_on = other.id, known.why, max(row.due_on, known.due_on)
            own[row.kind] = row
    session.flush()


def moves_with_start(row: tables.Milestone) -> bool:
    """Tell whether its day counts from the day on which the plan starts.

    Not where a person set it, nor where reaching another opened it: that counts from its own day.
    """
    return row.touched_at is None and row.opened_by is None


def plan_milestone(row: tables.Milestone, later: timedelta = timedelta(0)) -> PlanMilestone:
    """Return a row as the rules look at it; its day moves as far as it counts from the start."""
    return PlanMilestone(
        kind=row.kind,
        title=row.title,
        due_on=row.due_on + later if moves_with_start(row) else row.due_on,
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
        focus=focus_of(plan),
    )


def _with_rhythms(
    standing: Sequence[dict[str, Any]], drafted: Sequence[dict[str, Any]], kinds: set[str]
) -> list[dict[str, Any]]:
    """The standing rhythms with those of these kinds as drafted, each where its kind stood."""
    new = [one for one in drafted if one["kind"] in kinds]
    order = dict.fromkeys(one["kind"] for one in (*standing, *new))
    kept = [one for one in standing if one["kind"] not in kinds]
    return [one for kind in order for one in (*kept, *new) if one["kind"] == kind]
