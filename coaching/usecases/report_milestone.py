"""Lets a report change a milestone, and puts the milestone back as it was before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.events import EventKind
from coaching.domain.milestones import (
    Day,
    Report,
    Standing,
    after_report,
    check_report,
    standing_from_json,
    standing_to_json,
)
from coaching.domain.undo import Undo
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.next_milestones import open_next, take_back
from coaching.usecases.plan_rows import COMPLETED, lock_client, today_of

_FACT = {
    "started": EventKind.MILESTONE_STARTED,
    "reached": EventKind.MILESTONE_REACHED,
    "postponed": EventKind.MILESTONE_POSTPONED,
    "dropped": EventKind.MILESTONE_DROPPED,
}


@dataclass(frozen=True)
class Held:
    """A milestone that nobody else can change before the commit: its client is locked."""

    row: tables.Milestone
    plan: tables.Plan
    client: tables.Client


def report_on(
    session: Session, content: Content, milestone_id: UUID, report: Report, *, actor: str, now: datetime
) -> Undo:
    """Let a report change the milestone; what is known already changes nothing and leaves no trace.

    Returns how it stood before and after; `after` also names the milestone that was opened, if one was.
    Raises NotFound; Refused by field; Conflict where the state doesn't allow it.
    """
    check_report(report, now=now)
    held = hold_milestone(session, milestone_id)
    return tell(session, content, held, new_line(report, held, actor=actor, now=now), actor=actor, now=now)


def restore(session: Session, milestone_id: UUID, undo: Undo, *, actor: str, now: datetime) -> bool:
    """Put the milestone back as it stood before; False, and nothing changed, if it was changed since.

    In a plan that is completed nothing changes any more.

    What its being reached had opened is dropped, unless somebody has changed that.
    """
    held = hold_milestone(session, milestone_id)
    before, after = standing_from_json(undo.before), standing_from_json(undo.after)
    if _standing(held.row) != after or (held.plan.state == "completed" and before != after):
        return False
    if before == after:
        return True
    _put(held.row, before)
    record(session, EventKind.MILESTONE_RESTORED, milestone_id, client_id=held.client.id, now=now)
    session.add(tables.Audit(actor=actor, action="milestone_restored", subject_id=milestone_id, at=now))
    if "opened" in undo.after:
        take_back(session, UUID(undo.after["opened"]), now=now)
    session.flush()
    return True


def hold_milestone(session: Session, milestone_id: UUID) -> Held:
    """Lock the client, then the milestone, and return both as they are now. Raises NotFound, Conflict."""
    client_id = session.scalar(select(tables.Milestone.client_id).where(tables.Milestone.id == milestone_id))
    if client_id is None:
        raise NotFound("There is no milestone of this id.")
    client = lock_client(session, client_id)
    row = session.get(tables.Milestone, milestone_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotFound("There is no milestone of this id.")
    plan = session.get_one(tables.Plan, row.plan_id, populate_existing=True)
    if plan.state == "superseded":
        raise Conflict("This milestone was only proposed, in a plan that another has taken the place of.")
    return Held(row, plan, client)


def new_line(
    report: Report, held: Held | None = None, *, actor: str, now: datetime, **given: Any
) -> tables.MilestoneReport:
    """Return the row that keeps a report; it isn't added yet. given: the names that it came with."""
    return tables.MilestoneReport(
        milestone_id=held and held.row.id,
        client_id=held and held.client.id,
        kind=report.kind,
        at=report.at or now,
        due_on=report.due_on,
        note=report.note,
        decision=report.decision,
        given=given,
        actor=actor,
        recorded_at=now,
    )


def tell(
    session: Session,
    content: Content,
    held: Held,
    line: tables.MilestoneReport,
    *,
    actor: str,
    now: datetime,
) -> Undo:
    """Let a report change a held milestone, and write down all that goes with it.

    Where it changes nothing, a new line isn't added. Raises as `report_on` does, before anything is changed.
    """
    before = _standing(held.row)
    day = Day(now=now, today=today_of(held.client, now), drafted_at=held.plan.created_at)
    after = after_report(before, _report(line), decides=held.row.decides, day=day)
    undo = Undo(standing_to_json(before), standing_to_json(after))
    if after == before:
        return undo
    if held.plan.state == "completed":
        raise Conflict(COMPLETED)
    _put(held.row, after)
    session.add(line)
    session.flush()
    note_act(session, held.client.id, now=line.recorded_at)
    _note(session, held, line, before, actor=actor, now=now)
    if after.state == "reached" != before.state:
        opened = open_next(session, content, held.row, held.plan, today=day.today, now=now)
        undo.after.update({"opened": str(opened)} if opened else {})
    return undo


def _note(
    session: Session,
    held: Held,
    line: tables.MilestoneReport,
    before: Standing,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Write the fact and who told it."""
    row, told = held.row, {"report": str(line.id)}
    said: dict[str, Any] = {"at": line.at.isoformat()}
    if line.kind == "postponed":
        said = {"due_on": row.due_on.isoformat(), "from": before.due_on.isoformat()}
    if row.dimension is not None:
        said["dimension"] = row.dimension
    record(session, _FACT[line.kind], row.id, client_id=held.client.id, now=now, **told, **said)
    session.add(
        tables.Audit(actor=actor, action=f"milestone_{line.kind}", subject_id=row.id, data=told, at=now)
    )
    session.flush()


def _report(line: tables.MilestoneReport) -> Report:
    return Report(line.kind, at=line.at, due_on=line.due_on, note=line.note, decision=line.decision)


def _standing(row: tables.Milestone) -> Standing:
    return Standing(**{name: getattr(row, name) for name in Standing.__dataclass_fields__})


def _put(row: tables.Milestone, standing: Standing) -> None:
    for name in Standing.__dataclass_fields__:
        setattr(row, name, getattr(standing, name))
