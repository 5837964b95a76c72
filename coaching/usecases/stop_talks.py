"""Ends talks with the coach that the plan leaves to the client, lets others rest, and takes both back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.undo import Undo
from coaching.usecases.plan_rows import running_plan
from coaching.usecases.plan_versions import keep_as_it_was, note_change

_KIND = "check_in"
Rhythms = Sequence[Mapping[str, Any]]


def talks_of(cadences: Rhythms) -> list[Mapping[str, Any]]:
    """Return the rhythms of talks with the coach."""
    return [one for one in cadences if one["kind"] == _KIND]


def may_end(talks: Rhythms) -> bool:
    """Tell whether the plan leaves all of them to the client."""
    return bool(talks) and all(one.get("optional") for one in talks)


def stop_talks(session: Session, client_id: UUID, until: date, *, actor: str, now: datetime) -> Undo:
    """End the talks that may end, else let letters about them rest until a local date. The client is locked.

    `after` says which: `ended` or `until`; it is empty where no plan runs with talks in it.
    """
    plan = running_plan(session, client_id)
    talks = talks_of(plan.cadences) if plan else []
    if plan is None or not talks:
        return Undo({}, {})
    before = list(plan.cadences)
    if may_end(talks):
        said: dict[str, Any] = {"ended": True}
        living = [one for one in before if one["kind"] != _KIND]
    else:
        said = {"until": until.isoformat()}
        living = [{**one, "not_before": said["until"]} if one["kind"] == _KIND else one for one in before]
    _change(session, plan, living, actor=actor, now=now)
    return Undo({"cadences": before}, {"plan": str(plan.id), "cadences": living, **said})


def let_talks_go(session: Session, undo: Undo, *, actor: str, now: datetime) -> bool:
    """Put the plan's rhythms back; False, and nothing changed, if they were changed since, or it is over."""
    plan = session.get(tables.Plan, UUID(undo.after["plan"]), populate_existing=True)
    if plan is None or plan.state != "active" or list(plan.cadences) != undo.after["cadences"]:
        return False
    _change(session, plan, undo.before["cadences"], actor=actor, now=now)
    return True


def _change(
    session: Session, plan: tables.Plan, living: list[dict[str, Any]], *, actor: str, now: datetime
) -> None:
    keep_as_it_was(session, plan)
    plan.cadences = living
    note_change(session, plan, actor=actor, now=now)
    session.add(tables.Audit(actor=actor, action="plan_changed", subject_id=plan.id, at=now))
    session.flush()
