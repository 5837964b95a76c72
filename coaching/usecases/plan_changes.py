"""Changes a plan as a coach edits it, whole, running or still a draft; each change is a version."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import plan_edits
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_rules import days_ahead
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import drafts_of, lock_client, milestones_of, running_plan, today_of
from coaching.usecases.plan_versions import keep_version

ADDED_WHY = "Your coach added this step to your plan."
RHYTHM_WHY = "Your coach settled this rhythm with you."
_ROW = ("kind", "why", "title", "detail", "due_on", "ahead_days", "state")


def change_plan(
    session: Session, client_id: UUID, given: Mapping[str, Any], *, actor: str, now: datetime
) -> UUID:
    """Change the running plan, else the draft, to what is given; milestones left out stay as they are.

    given: `milestones` (with an id: changed or dropped; without: new), `cadences` (all of them, in place of
    those that stand), `if_version`. Returns the plan's id. Raises NotFound, Conflict where nothing can be
    changed or the version is another, Refused naming the place (`milestones.2.due_on`).
    """
    client = lock_client(session, client_id)
    plan = _plan_to_change(session, client_id)
    if given.get("if_version", plan.version) != plan.version:
        raise Conflict(f"The plan is at version {plan.version} by now; read it again, then change it.")
    rows = {row.id: row for row in milestones_of(session, plan)}
    milestones, cadences = given.get("milestones", ()), given.get("cadences")
    _refuse_faults(rows, milestones, cadences, today_of(client, now))
    changed = _change_milestones(session, plan, rows, milestones, today_of(client, now), now)
    if cadences is not None:
        changed |= _change_cadences(plan, cadences, now)
    if changed:
        _note_change(session, plan, actor=actor, now=now)
    return plan.id


def _plan_to_change(session: Session, client_id: UUID) -> tables.Plan:
    plan = running_plan(session, client_id) or next(iter(drafts_of(session, client_id)), None)
    if plan is not None:
        return plan
    completed = select(tables.Plan.id).where(
        tables.Plan.client_id == client_id, tables.Plan.state == "completed"
    )
    if session.scalar(completed.limit(1)) is not None:
        raise Conflict("This plan is completed: nothing in it changes any more.")
    raise NotFound("This client has no plan yet.")


def _refuse_faults(
    rows: Mapping[UUID, tables.Milestone],
    milestones: Sequence[Mapping[str, Any]],
    cadences: Sequence[Mapping[str, Any]] | None,
    today: date,
) -> None:
    """Look at every field before anything is changed. Raises Refused."""
    faults: dict[str, list[str]] = {}
    seen: set[object] = set()
    for place, given in enumerate(milestones):
        for field, said in _milestone_faults(rows, given, seen, today):
            faults.setdefault(f"milestones.{place}.{field}", []).append(said)
        seen.add(given.get("id"))
    kinds: set[str] = set()
    for place, given in enumerate(cadences or ()):
        for field, said in plan_edits.cadence_faults(given, today=today):
            faults.setdefault(f"cadences.{place}.{field}", []).append(said)
        if given["kind"] in kinds:
            faults.setdefault(f"cadences.{place}.kind", []).append("There is one of this kind already.")
        kinds.add(given["kind"])
    if faults:
        raise Refused(faults)


def _milestone_faults(
    rows: Mapping[UUID, tables.Milestone], given: Mapping[str, Any], seen: set[object], today: date
) -> Sequence[plan_edits.Fault]:
    known = given.get("id")
    if known is None:
        return list(plan_edits.milestone_faults(given, None, today=today))
    if known not in rows:
        return [("id", "There is no milestone of this id in the plan.")]
    if known in seen:
        return [("id", "This milestone stands here twice.")]
    return list(plan_edits.milestone_faults(given, _standing(rows[known]), today=today))


def _standing(row: tables.Milestone) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _ROW}


def _change_milestones(  # noqa: PLR0917 - one step of the function above
    session: Session,
    plan: tables.Plan,
    rows: Mapping[UUID, tables.Milestone],
    milestones: Sequence[Mapping[str, Any]],
    today: date,
    now: datetime,
) -> bool:
    place = max((row.position for row in rows.values()), default=0)
    changed = False
    for given in milestones:
        row = rows.get(given.get("id"))  # type: ignore[arg-type]  # nothing has the id None
        if row is None:
            place += 1
            session.add(_new_milestone(plan, given, place, today, now))
        elif plan_edits.has_changed(given, _standing(row)):
            _edit(row, given, now)
        else:
            continue
        changed = True
    session.flush()
    return changed


def _edit(row: tables.Milestone, given: Mapping[str, Any], now: datetime) -> None:
    for name in plan_edits.EDITABLE:
        setattr(row, name, given.get(name, getattr(row, name)))
    if given.get("state", row.state) == "dropped":
        row.state, row.dropped_at = "dropped", now
    row.touched_at = now


def _new_milestone(
    plan: tables.Plan, given: Mapping[str, Any], place: int, today: date, now: datetime
) -> tables.Milestone:
    return tables.Milestone(
        plan_id=plan.id,
        client_id=plan.client_id,
        kind=given.get("kind") or plan_edits.OWN_KIND,
        position=place,
        title=given["title"],
        detail=given.get("detail", ""),
        why=given.get("why") or ADDED_WHY,
        state="active" if plan.state == "active" else "proposed",
        due_on=given["due_on"],
        ahead_days=given.get("ahead_days") or days_ahead((given["due_on"] - today).days),
        touched_at=now,
        created_at=now,
    )


def _change_cadences(plan: tables.Plan, cadences: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    """Put these rhythms in place of those that stand; one that is the same keeps its reason."""
    standing = {_beat(one): one for one in plan.cadences}
    living = []
    for given in cadences:
        beat = plan_edits.cadence_as_kept(given)
        living.append(standing.get(_beat(beat)) or {**beat, "why": RHYTHM_WHY, "touched_at": now.isoformat()})
    if living == list(plan.cadences):
        return False
    plan.cadences = living
    return True


def _beat(cadence: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(cadence.get(name) for name in plan_edits.CADENCE_FIELDS)


def _note_change(session: Session, plan: tables.Plan, *, actor: str, now: datetime) -> None:
    plan.version += 1
    keep_version(session, plan, actor=actor, now=now)
    if plan.state == "active":  # a draft is nobody's yet: there is nothing to tell
        record(
            session, EventKind.PLAN_CHANGED, plan.id, client_id=plan.client_id, now=now, version=plan.version
        )
    session.add(tables.Audit(actor=actor, action="plan_changed", subject_id=plan.id, at=now))
    session.flush()
