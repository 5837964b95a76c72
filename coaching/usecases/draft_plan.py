"""Drafts a plan from a score: milestones proposed, cadences named, each with its why."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain import local_time
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.plans import PlanDraft, draft_plan, leave_out_finding, plan_draft_to_json, seek_mentor
from coaching.domain.scoring import score_from_json
from coaching.usecases.facts import record
from coaching.usecases.mind_drafts import first_look
from coaching.usecases.next_milestones import drafted_row
from coaching.usecases.plan_proposals import lay_aside, proposed
from coaching.usecases.plan_rows import drafts_of, running_plan
from coaching.usecases.relationship_rows import has_mentor


def draft_plan_for_score(session: Session, content: Content, score_id: UUID, *, now: datetime) -> None:
    """Store the draft that the plan rules make of this score; a second call changes nothing.

    Dates count from the day of the submission where the client is. Beside a plan that runs the draft only
    proposes; one that proposes nothing is laid aside at once.
    """
    score_row = session.get(tables.Score, score_id)
    if score_row is None:
        raise NotFound(f"no score {score_id}")
    submission = session.get_one(tables.Submission, score_row.submission_id)
    client = session.get_one(tables.Client, submission.client_id)
    starts_on = local_time.local(submission.at, submission.claimed["time_zone"]).date()
    draft = _draft(session, content, submission, score_row, starts_on)
    plan = _add_plan(session, submission, score_id, draft, starts_on, first_look(client, now), now)
    if plan is not None:
        _propose_milestones(session, plan, draft, now)
        record(session, EventKind.PLAN_DRAFTED, plan.id, client_id=client.id, now=now)
        _lay_aside_if_nothing_new(session, client, plan, now)


def _draft(
    session: Session,
    content: Content,
    submission: tables.Submission,
    score_row: tables.Score,
    starts_on: date,
) -> PlanDraft:
    rules = content.plan_rules(submission.instrument)
    draft = draft_plan(
        rules,
        content.instrument(submission.instrument, submission.version),
        score_from_json(score_row.result),
        submission.importance,
        starts_on=starts_on,
    )
    if has_mentor(session, submission.client_id):
        return leave_out_finding(draft)
    return seek_mentor(rules, draft, starts_on=starts_on)


def _add_plan(  # noqa: PLR0917 - the columns of one row
    session: Session,
    submission: tables.Submission,
    score_id: UUID,
    draft: PlanDraft,
    starts_on: date,
    look_at: datetime,
    now: datetime,
) -> tables.Plan | None:
    """Add the row and return it; None if this score has its draft already."""
    as_json = plan_draft_to_json(draft)
    return session.scalar(
        insert(tables.Plan)
        .values(
            client_id=submission.client_id,
            submission_id=submission.id,
            score_id=score_id,
            rules=draft.rules,
            rules_version=draft.rules_version,
            coach_confirms_first=draft.coach_confirms_first,
            draft=as_json,
            cadences=as_json["cadences"],
            starts_on=starts_on,
            look_at=look_at,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["score_id"])
        .returning(tables.Plan)
    )


def _lay_aside_if_nothing_new(
    session: Session, client: tables.Client, draft: tables.Plan, now: datetime
) -> None:
    plan = running_plan(session, client.id)
    drafts = [one for one in drafts_of(session, client.id) if one.id == draft.id]
    if plan is not None and drafts and not proposed(session, client, plan, drafts[0], now=now):
        lay_aside(session, drafts, now=now)


def _propose_milestones(session: Session, plan: tables.Plan, draft: PlanDraft, now: datetime) -> None:
    session.add_all(
        drafted_row(plan, milestone, position, now)
        for position, milestone in enumerate(draft.milestones, start=1)
    )
