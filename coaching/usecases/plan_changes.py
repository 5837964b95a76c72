"""Changes a plan as a coach edits it, whole, running or still a draft; each change is a version."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import plan_edits
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.usecases.drop_milestones import drop_milestones
from coaching.usecases.facts import record
from coaching.usecases.new_milestones import add_row, new_milestone
from coaching.usecases.plan_rows import lock_client, milestones_of, plan_to_change, today_of
from coaching.usecases.plan_versions import keep_as_it_was, note_change

SAY_VERSION = (
    "A new milestone (one without id) needs the version that you have read, so that sending this again adds "
    "it only once."
)
RHYTHM_WHY = "This rhythm was settled with you."
_ROW = ("kind", "why", "title", "detail", "due_on", "ahead_days", "state")


def change_plan(
    session: Session, client_id: UUID, given: Mapping[str, Any], *, actor: str, now: datetime
) -> UUID:
    """Change the running plan, else the draft, to what is given; milestones left out stay as they are.

    given: `milestones` (with an id: changed or dropped; without: new), `cadences` (all of them, in place of
    those that stand), `if_version`. Returns the plan's id. Raises NotFound, Conflict where nothing can be
    changed or the version is another, Refused naming the place (`milestones.2.due_on`), or `if_version` where
    a new milestone comes without it.
    """
    client = lock_client(session, client_id)
    plan = plan_to_change(session, client_id)
    if given.get("if_version", plan.version) != plan.version:
        raise Conflict(f"The plan is at version {plan.version} by now; read it again, then change it.")
    rows = {row.id: row for row in milestones_of(session, plan)}
    milestones, cadences = given.get("milestones", ()), given.get("cadences")
    versioned = "if_version" in given
    _refuse_faults(rows, milestones, cadences, today_of(client, now), versioned=versioned)
    keep_as_it_was(session, plan)
    changed = _change_milestones(session, plan, rows, milestones, today_of(client, now), now)
    if cadences is not None:
        changed |= _change_cadences(plan, cadences, now)
    if changed:
        note_change(session, plan, actor=actor, now=now)
        session.add(tables.Audit(actor=actor, action="plan_changed", subject_id=plan.id, at=now))
        session.flush()
    return plan.id


def _refuse_faults(
    rows: Mapping[UUID, tables.Milestone],
    milestones: Sequence[Mapping[str, Any]],
    cadences: Sequence[Mapping[str, Any]] | None,
    today: date,
    *,
    versioned: bool,
) -> None:
    """Look at every field before anything is changed. Raises Refused."""
    faults: dict[str, list[str]] = {}
    if not versioned and any(one.get("id") is None for one in milestones):
        faults["if_version"] = [SAY_VERSION]
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
        known = given.get("id")
        row = rows.get(known) if known is not None else None
        if row is None:
            place += 1
            add_row(session, new_milestone(plan, given, place, today=today, now=now), now=now)
        elif plan_edits.has_changed(given, _standing(row)):
            _edit(session, row, given, now)
        else:
            continue
        changed = True
    session.flush()
    return changed


def _edit(session: Session, row: tables.Milestone, given: Mapping[str, Any], now: datetime) -> None:
    before = row.due_on
    for name in plan_edits.EDITABLE:
        setattr(row, name, given.get(name, getattr(row, name)))
    row.touched_at = now
    if row.due_on != before:
        said = {"due_on": row.due_on.isoformat(), "from": before.isoformat()}
        record(session, EventKind.MILESTONE_POSTPONED, row.id, client_id=row.client_id, now=now, **said)
    if given.get("state") == "dropped":
        drop_milestones(session, [row], now=now)


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
