"""What the firm's programs may know of one submission."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.errors import NotFound
from coaching.domain.instruments import Instrument
from coaching.domain.scoring import Score, score_from_json


@dataclass(frozen=True)
class AssessmentView:
    """A submission and its newest score; None while it waits."""

    id: UUID
    client_id: UUID
    instrument: Instrument
    accepted: bool
    submitted_at: datetime
    score: Score | None


def read_assessment(session: Session, content: Content, submission_id: UUID) -> AssessmentView:
    """Return a submission with its newest score. Raises NotFound."""
    submission = session.get(tables.Submission, submission_id)
    if submission is None:
        raise NotFound("There is no assessment of this id.")
    result = session.scalar(
        select(tables.Score.result)
        .where(tables.Score.submission_id == submission_id)
        .order_by(tables.Score.at.desc())
        .limit(1)
    )
    return AssessmentView(
        id=submission.id,
        client_id=submission.client_id,
        instrument=content.instrument(submission.instrument, submission.version),
        accepted=submission.accepted_at is not None,
        submitted_at=submission.at,
        score=score_from_json(result) if result is not None else None,
    )
