"""What other plan rules would make of the plans that run: for a rehearsal, nothing is changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import Cadence, ClientState, MilestoneFacts
from coaching.domain.instruments import Instrument
from coaching.domain.local_time import local
from coaching.domain.plan_differences import (
    Difference,
    PlanContent,
    PlanMilestone,
    differences,
    is_left_to_rules,
)
from coaching.domain.plan_rules import PlanRules
from coaching.domain.plans import PlanDraft, draft_plan, leave_out_finding, plan_draft_to_json, seek_mentor
from coaching.domain.scoring import score_from_json
from coaching.usecases.about_facts import COUNTS
from coaching.usecases.plan_facts import cadence_facts
from coaching.usecases.plan_proposals import plan_milestone
from coaching.usecases.plan_rows import focus_of

_MENTOR = "mentor"


@dataclass(frozen=True)
class NewRules:
    """Plan rules as they might become, and the instrument's versions that there are answers to.

    `live`: those of the same instrument that plans are drafted by now.
    """

    rules: PlanRules
    instruments: Mapping[int, Instrument]
    live: PlanRules


@dataclass(frozen=True)
class ChangedPlan:
    """What differs, and what the plan would hold: the rhythms, and the steps that would be new in it."""

    differences: tuple[Difference, ...]
    cadences: tuple[Cadence, ...]
    added: tuple[MilestoneFacts, ...]
    left_to_rules: frozenset[UUID]
    focus: tuple[str, ...]

    def applied_to(self, state: ClientState) -> ClientState:
        """Return the state with the plan as these rules would have it."""
        assert state.plan is not None
        days = {one.about: one.due_on for one in self.differences if one.kind == "move"}
        gone = {one.about for one in self.differences if one.kind == "drop"}
        steps = [self._changed(one, days, gone) for one in state.milestones]
        return replace(
            state,
            plan=replace(state.plan, cadences=self.cadences),
            milestones=tuple(sorted((*steps, *self.added), key=lambda one: (one.due_on, one.id))),
            about=replace(state.about, focus=self.focus),
        )

    def _changed(self, one: MilestoneFacts, days: Mapping[str, Any], gone: set[str]) -> MilestoneFacts:
        if one.id not in self.left_to_rules:
            return one
        if one.kind in gone:
            return replace(one, state="dropped")
        return replace(one, due_on=days.get(one.kind) or one.due_on)


def changed_plans(
    session: Session, new: NewRules, states: Mapping[UUID, ClientState], *, now: datetime
) -> dict[UUID, ChangedPlan]:
    """Return by client what these rules would change in the plan that runs, where they would change anything.

    They draft from the answers that count, and change what they may: as a newer score's draft would.
    """
    ids = [one for one, state in states.items() if state.plan is not None and state.plan.state == "active"]
    plans = {
        row.client_id: row
        for row in session.scalars(
            select(tables.Plan).where(
                tables.Plan.client_id.in_(ids),
                tables.Plan.state == "active",
                tables.Plan.rules == new.rules.name,
            )
        )
    }
    steps = _steps(session, [plan.id for plan in plans.values()])
    found = {}
    for client_id, submission, score in _scored(session, list(plans)):
        instrument = new.instruments.get(submission.version)
        if submission.instrument == new.rules.name and instrument is not None and score.result:
            draft = _draft(new.rules, instrument, submission, score, states[client_id], now)
            plan = plans[client_id]
            changed = _changed(plan, steps[plan.id], draft, states[client_id], now)
            if changed.differences:
                found[client_id] = changed
    return found


def _scored(
    session: Session, client_ids: Iterable[UUID]
) -> list[tuple[UUID, tables.Submission, tables.Score]]:
    rows = session.execute(
        select(tables.Submission.client_id, tables.Submission, tables.Score)
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(tables.Submission.client_id.in_(list(client_ids)), *COUNTS)
        .order_by(
            tables.Submission.client_id,
            tables.Submission.at.desc(),
            tables.Submission.id.desc(),
            tables.Score.at.desc(),
            tables.Score.id.desc(),
        )
        .ext(distinct_on(tables.Submission.client_id))
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _steps(session: Session, plan_ids: Iterable[UUID]) -> dict[UUID, list[tables.Milestone]]:
    rows = session.scalars(
        select(tables.Milestone)
        .where(tables.Milestone.plan_id.in_(list(plan_ids)))
        .order_by(tables.Milestone.position, tables.Milestone.id)
    )
    found: dict[UUID, list[tables.Milestone]] = defaultdict(list)
    for row in rows:
        found[row.plan_id].append(row)
    return found


def _draft(  # noqa: PLR0917 - all that a draft is made of
    rules: PlanRules,
    instrument: Instrument,
    submission: tables.Submission,
    score: tables.Score,
    state: ClientState,
    now: datetime,
) -> PlanDraft:
    today = local(now, state.time_zone).date()
    draft = draft_plan(
        rules, instrument, score_from_json(score.result), submission.importance, starts_on=today
    )
    if any(one.kind == _MENTOR for one in state.relationships):
        return leave_out_finding(draft)
    return seek_mentor(rules, draft, starts_on=today)


def _changed(
    plan: tables.Plan, rows: Iterable[tables.Milestone], draft: PlanDraft, state: ClientState, now: datetime
) -> ChangedPlan:
    standing = tuple(plan_milestone(row) for row in rows)
    kinds = {one["kind"] for one in plan.cadences}
    drafted = plan_draft_to_json(draft)
    found = differences(
        PlanContent(
            standing,
            tuple(plan.cadences),
            frozenset(one["kind"] for one in plan.draft.get("cadences", ())) - kinds,
            focus_of(plan),
        ),
        PlanContent(_proposed(draft), tuple(drafted["cadences"]), focus=draft.focus),
        today=local(now, state.time_zone).date(),
    )
    other = {one.about for one in found if one.kind == "cadence"}
    rhythms = [
        *(one for one in plan.cadences if one["kind"] not in other),
        *(one for one in drafted["cadences"] if one["kind"] in other),
    ]
    return ChangedPlan(
        differences=found,
        cadences=tuple(cadence_facts(one) for one in rhythms),
        added=tuple(_added(plan, draft, found)),
        left_to_rules=frozenset(row.id for row in rows if is_left_to_rules(plan_milestone(row))),
        focus=draft.focus if any(one.kind == "focus" for one in found) else focus_of(plan),
    )


def _proposed(draft: PlanDraft) -> tuple[PlanMilestone, ...]:
    return tuple(
        PlanMilestone(one.kind, one.title, one.due_on, "proposed", one.why) for one in draft.milestones
    )


def _added(plan: tables.Plan, draft: PlanDraft, found: Iterable[Difference]) -> Iterable[MilestoneFacts]:
    new = {one.about for one in found if one.kind == "add"}
    for one in draft.milestones:
        if one.kind in new:
            yield MilestoneFacts(
                uuid5(plan.id, one.kind),
                one.kind,
                "active",
                one.due_on,
                one.ahead_days,
                one.decides,
                dimension=one.dimension,
            )
