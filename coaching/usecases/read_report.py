"""What the report page shows: one submission, its score and the first draft of the plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.instruments import Instrument
from coaching.domain.links import Purpose
from coaching.domain.plans import PlanDraft, plan_draft_from_json
from coaching.domain.scoring import Score, score_from_json
from coaching.domain.words import ReportWords
from coaching.usecases.tokens import open_token


@dataclass(frozen=True)
class ReportView:
    """A report as far as it is made; 'waiting' until the score and the draft are there.

    `accepted`: somebody who reads the mailbox said that this submission is theirs.
    """

    state: Literal["waiting", "ready"]
    name: str
    first_name: str
    question: str | None
    instrument: Instrument
    words: ReportWords
    score: Score | None
    plan: PlanDraft | None
    accepted: bool
    letters: bool
    known_address: bool
    submitted_at: datetime
    time_zone: str


def read_report(
    session: Session, content: Content, secrets: Secrets, token: str, *, now: datetime
) -> ReportView:
    """Return the report that a token opens: this submission only, as its form named the person.

    Raises NotFound.
    """
    row = open_token(session, secrets, token, Purpose.REPORT, now=now)
    submission = session.get_one(tables.Submission, row.submission_id)
    score, plan = _results(session, submission.id)
    name = submission.claimed["name"]
    return ReportView(
        state="ready" if score is not None and plan is not None else "waiting",
        name=name,
        first_name=name.split()[0] if name.split() else "",
        question=submission.question,
        instrument=content.instrument(submission.instrument, submission.version),
        words=content.report_words(submission.instrument),
        score=score,
        plan=plan,
        accepted=submission.accepted_at is not None,
        letters=submission.letters_wanted,
        known_address=submission.known_address,
        submitted_at=submission.at,
        time_zone=submission.claimed["time_zone"],
    )


def _results(session: Session, submission_id: UUID) -> tuple[Score | None, PlanDraft | None]:
    found = session.execute(
        select(tables.Score.result, tables.Plan.draft)
        .outerjoin(tables.Plan, tables.Plan.score_id == tables.Score.id)
        .where(tables.Score.submission_id == submission_id)
        .order_by(tables.Score.at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None, None
    result, draft = found
    return score_from_json(result), plan_draft_from_json(draft) if draft is not None else None
