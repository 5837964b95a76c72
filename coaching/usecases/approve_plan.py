"""Approves a plan: a draft begins to run, or a running plan takes what a newer score proposes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_differences import Difference
from coaching.usecases.facts import record
from coaching.usecases.plan_proposals import (
    carry_over,
    lay_aside,
    moved_cadences,
    moves_with_start,
    proposed,
    take,
)
from coaching.usecases.plan_rows import drafts_of, lock_client, milestones_of, running_plan, today_of, waited
from coaching.usecases.plan_versions import is_kept, keep_as_it_was, keep_version, note_change


@dataclass(frozen=True)
class Approved:
    """The plan that runs, and what was proposed for it and not taken: nobody is asked about that again."""

    plan_id: UUID
    laid_aside: tuple[Difference, ...] = ()


def approve_plan(
    session: Session,
    client_id: UUID,
    *,
    differences: Collection[str] | None,
    actor: str,
    now: datetime,
) -> Approved:
    """Start the draft, or take these differences (None: all, none of them: leave it) into the running plan.

    Raises NotFound, Conflict where nothing waits, Refused for differences that aren't proposed.
    """
    client = lock_client(session, client_id)
    plan, drafts = running_plan(session, client_id), drafts_of(session, client_id)
    if not drafts:
        raise Conflict("There is no plan to approve.")
    if plan is None:
        if differences is not None:
            raise Refused({"differences": ["No plan runs yet: approve the draft as a whole."]})
        start_plan(session, client, drafts[0], actor=actor, now=now)
        return Approved(drafts[0].id)
    draft = drafts[0]
    offered = proposed(session, client, plan, draft, now=now)
    if not offered:
        raise Conflict("There is nothing to approve: the newer answers ask for nothing else.")
    taken = _chosen(offered, differences)
    keep_as_it_was(session, plan)
    take(session, client, plan, draft, taken, now=now)
    lay_aside(session, drafts, now=now)
    _note_taken(session, plan, taken, actor=actor, now=now)
    return Approved(plan.id, tuple(one for one in offered if one not in taken))


def start_plan(
    session: Session, client: tables.Client, plan: tables.Plan, *, actor: str, now: datetime
) -> None:
    """Let a draft of a locked client run from today, where the client is; its days count from today."""
    later = waited(plan, client, now)
    drafts = drafts_of(session, client.id)
    carry_over(session, plan, [one for one in drafts if one.id != plan.id])
    for row in milestones_of(session, plan):
        if row.state == "proposed":
            row.state = "active"
            row.due_on += later if moves_with_start(row) else timedelta(0)
    plan.cadences = moved_cadences(plan.cadences, later)
    plan.state, plan.starts_on, plan.look_at = "active", today_of(client, now), None
    plan.approved_at, plan.approved_by = now, actor
    if is_kept(session, plan):  # it was worked on as a draft, and those versions stay as they were
        plan.version += 1
    keep_version(session, plan, actor=actor, now=now)
    older = [one for one in drafts if one.id != plan.id and one.created_at <= plan.created_at]
    lay_aside(session, older, now=now)
    record(session, EventKind.PLAN_APPROVED, plan.id, client_id=client.id, now=now, version=plan.version)
    session.add(tables.Audit(actor=actor, action="plan_approved", subject_id=plan.id, at=now))
    session.flush()


def _chosen(offered: Collection[Difference], ids: Collection[str] | None) -> list[Difference]:
    known = {one.id for one in offered}
    faults = {
        f"differences.{place}": ["This isn't proposed (any more)."]
        for place, one in enumerate(ids or ())
        if one not in known
    }
    if faults:
        raise Refused(faults)
    return [one for one in offered if ids is None or one.id in ids]


def _note_taken(
    session: Session, plan: tables.Plan, taken: Collection[Difference], *, actor: str, now: datetime
) -> None:
    names = [one.id for one in taken]
    if taken:
        note_change(session, plan, actor=actor, now=now)
    action = "plan_proposal_taken" if taken else "plan_proposal_left"
    session.add(
        tables.Audit(actor=actor, action=action, subject_id=plan.id, data={"differences": names}, at=now)
    )
    session.flush()
