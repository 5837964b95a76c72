"""Drafts a plan from a score: milestones proposed, cadences named, each with its why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain import local_time
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.plans import PlanDraft, draft_plan, plan_draft_to_json
from coaching.domain.scoring import score_from_json
from coaching.usecases.facts import record


def draft_plan_for_score(session: Session, content: Content, score_id: UUID, *, now: datetime) -> None:
    """Store the draft that the plan rules make of this score; a second call changes nothing.

    Dates count from the day of the submission where the client is.
    """
    score_row = session.get(tables.Score, score_id)
    if score_row is None:
        raise NotFound(f"no score {score_id}")
    submission = session.get_one(tables.Submission, score_row.submission_id)
    draft = draft_plan(
        content.plan_rules(submission.instrument),
        content.instrument(submission.instrument, submission.version),
        score_from_json(score_row.result),
        submission.importance,
        starts_on=local_time.local(submission.at, submission.claimed["time_zone"]).date(),
    )
    plan_id = session.scalar(
        insert(tables.Plan)
        .values(
            client_id=submission.client_id,
            submission_id=submission.id,
            score_id=score_row.id,
            rules=draft.rules,
            rules_version=draft.rules_version,
            coach_confirms_first=draft.coach_confirms_first,
            draft=plan_draft_to_json(draft),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["score_id"])
        .returning(tables.Plan.id)
    )
    if plan_id is not None:
        _propose_milestones(session, plan_id, submission.client_id, draft, now)
        record(session, EventKind.PLAN_DRAFTED, plan_id, client_id=submission.client_id, now=now)


def _propose_milestones(
    session: Session, plan_id: UUID, client_id: UUID, draft: PlanDraft, now: datetime
) -> None:
    session.add_all(
        tables.Milestone(
            plan_id=plan_id,
            client_id=client_id,
            kind=milestone.kind,
            dimension=milestone.dimension,
            position=position,
            title=milestone.title,
            detail=milestone.detail,
            service=list(milestone.service),
            why=milestone.why,
            due_on=milestone.due_on,
            created_at=now,
        )
        for position, milestone in enumerate(draft.milestones, start=1)
    )
