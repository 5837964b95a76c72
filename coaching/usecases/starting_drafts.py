"""Finds the drafts that start by themselves in the days ahead, and what runs from then on."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from collections.abc import Sequence as Many
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.engine.happenings import Acted, Happening, Lived, MilestoneChanged, PlanStarted
from coaching.domain.engine.state import ClientState, LifeFact, MilestoneFacts, PlanFacts
from coaching.domain.plan_words import FIND_A_MENTOR, OPEN_MILESTONES
from coaching.usecases.mind_drafts import next_look
from coaching.usecases.plan_facts import cadence_facts
from coaching.usecases.plan_proposals import moved_cadences, moves_with_start
from coaching.usecases.plan_rows import focus_of, is_the_clients_own, waited
from coaching.usecases.relationship_rows import MENTOR

Start = tuple[datetime, Many[Happening]]


def starting_drafts(session: Session, states: Iterable[ClientState], *, now: datetime) -> dict[UUID, Start]:
    """Return by client when their draft starts unless somebody approves it before, and what happens then.

    As `mind_drafts` does it; what a client did in an older draft isn't carried over.
    """
    states = list(states)
    mentored = {one.client_id for one in states if any(tie.kind == MENTOR for tie in one.relationships)}
    may = [
        one.client_id
        for one in states
        if one.confirmed_at is not None and (one.plan is None or one.plan.state != "active")
    ]
    found = _drafts(session, may) if may else []
    rows = _milestones(session, [draft.id for draft, *_ in found]) if found else {}
    return {
        draft.client_id: _start(draft, client, theirs_since, rows[draft.id], draft.client_id in mentored, now)
        for draft, client, theirs_since in found
    }


def _drafts(
    session: Session, client_ids: Collection[UUID]
) -> list[tuple[tables.Plan, tables.Client, datetime]]:
    """Return the draft of each client that would be approved, if it may start alone."""
    rows = session.execute(
        select(
            tables.Plan,
            tables.Client,
            tables.Submission.accepted_at,
            tables.Score.result["quality"]["confidence"].astext,
        )
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .join(tables.Score, tables.Score.id == tables.Plan.score_id)
        .join(tables.Client, tables.Client.id == tables.Plan.client_id)
        .where(tables.Plan.client_id.in_(client_ids), tables.Plan.state == "draft", is_the_clients_own())
        .order_by(
            tables.Plan.client_id,
            (tables.Plan.version > 1).desc(),
            tables.Plan.created_at.desc(),
            tables.Plan.id.desc(),
        )
        .ext(distinct_on(tables.Plan.client_id))
    )
    return [_found(row) for row in rows if _may_start(row[0], row[3])]


def _found(row: Any) -> tuple[tables.Plan, tables.Client, datetime]:
    draft, client, accepted_at = row[0], row[1], row[2]
    moments = (draft.created_at, accepted_at, client.confirmed_at)
    return draft, client, max(one for one in moments if one is not None)


def _may_start(draft: tables.Plan, confidence: str | None) -> bool:
    return draft.look_at is not None and not draft.coach_confirms_first and confidence != "low"


def _milestones(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, list[tables.Milestone]]:
    rows = session.scalars(select(tables.Milestone).where(tables.Milestone.plan_id.in_(plan_ids)))
    found: dict[UUID, list[tables.Milestone]] = defaultdict(list)
    for row in rows:
        found[row.plan_id].append(row)
    return found


def _start(  # noqa: PLR0917 - all that a start depends on
    draft: tables.Plan,
    client: tables.Client,
    theirs_since: datetime,
    rows: Iterable[tables.Milestone],
    mentored: bool,
    now: datetime,
) -> Start:
    assert draft.look_at is not None
    waits = draft.look_at if client.coach_id is None else next_look(client, theirs_since)
    at = max(draft.look_at, waits, now)
    later = waited(draft, client, at)
    plan = PlanFacts(
        id=draft.id,
        state="active",
        version=draft.version,
        approved_at=at,
        starts_on=local_time.local(at, client.time_zone).date(),
        cadences=tuple(cadence_facts(one) for one in moved_cadences(draft.cadences, later)),
    )
    steps = sorted((_step(row, later) for row in rows), key=lambda one: (one.due_on, one.id))
    happenings: list[Happening] = [
        PlanStarted(plan, tuple(steps), focus_of(draft)),
        Lived(LifeFact("plan_approved", at)),
    ]
    for step in steps if mentored else ():
        happenings += _found_already(step, at)
    return at, happenings


def _found_already(step: MilestoneFacts, at: datetime) -> list[Happening]:
    """Finding a mentor is reached once the plan runs, where somebody is there."""
    if step.kind != FIND_A_MENTOR or step.state not in OPEN_MILESTONES:
        return []
    reached = MilestoneChanged(step.id, "reached", reached_at=at)
    return [reached, Acted(at), Lived(LifeFact("milestone_reached", at, step.dimension))]


def _step(row: tables.Milestone, later: timedelta) -> MilestoneFacts:
    begins = row.state == "proposed"
    return MilestoneFacts(
        id=row.id,
        kind=row.kind,
        state="active" if begins else row.state,
        due_on=row.due_on + (later if begins and moves_with_start(row) else timedelta(0)),
        ahead_days=row.ahead_days,
        decides=row.decides,
        reached_at=row.reached_at,
        dimension=row.dimension,
        dated_at=row.created_at,
    )
