"""Scores a submission; the same submission and rules always give the same row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.scoring import score_answers, score_to_json
from coaching.usecases.facts import record


def score_submission(session: Session, content: Content, submission_id: UUID, *, now: datetime) -> None:
    """Score the submission by the instrument version that it was made for; a second call changes nothing."""
    submission = session.get(tables.Submission, submission_id)
    if submission is None:
        raise NotFound(f"no submission {submission_id}")
    instrument = content.instrument(submission.instrument, submission.version)
    score = score_answers(instrument, submission.answers)
    score_id = session.scalar(
        insert(tables.Score)
        .values(
            submission_id=submission.id,
            rule_version=score.rule_version,
            norms_version=score.norms_version,
            composite=score.composite,
            profile=score.profile.name if score.profile else None,
            certainty=score.profile.certainty if score.profile else None,
            result=score_to_json(score),
            at=now,
        )
        .on_conflict_do_nothing(index_elements=["submission_id", "rule_version", "norms_version"])
        .returning(tables.Score.id)
    )
    if score_id is not None:
        record(
            session,
            EventKind.ASSESSMENT_SCORED,
            submission.id,
            client_id=submission.client_id,
            now=now,
            score_id=str(score_id),
        )
