"""What the report page shows: one submission, its score, and the plan: its draft, or how it stands since."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.instruments import Instrument
from coaching.domain.links import Purpose
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.plans import PlanDraft, plan_draft_from_json
from coaching.domain.scoring import Score, score_from_json
from coaching.domain.words import ReportWords
from coaching.usecases.plan_rows import milestones_of, running_plan
from coaching.usecases.read_plan import completed_plan
from coaching.usecases.tokens import open_token


@dataclass(frozen=True)
class Rhythm:
    """One rhythm of a plan that was approved."""

    kind: str
    text: str
    why: str
    optional: bool


@dataclass(frozen=True)
class Step:
    """A milestone of a plan that was approved. `reached_at` None: it is still open."""

    title: str
    detail: str
    due_on: date
    why: str
    reached_at: datetime | None


@dataclass(frozen=True)
class LivingPlan:
    """A plan that runs, or is completed: its steps by their days, without those that fell away."""

    completed: bool
    steps: tuple[Step, ...]
    cadences: tuple[Rhythm, ...]


@dataclass(frozen=True)
class ReportView:
    """A report as far as it is made; 'waiting' until the score and the draft are there.

    `plan` is the draft that these answers brought; `living` the client's plan, once one was approved and
    somebody who reads the mailbox has said that this submission is theirs (`accepted`). `proposes`: the
    draft waits beside it, for a coach to take something over.
    """

    state: Literal["waiting", "ready"]
    name: str
    first_name: str
    question: str | None
    instrument: Instrument
    words: ReportWords
    score: Score | None
    plan: PlanDraft | None
    living: LivingPlan | None
    proposes: bool
    accepted: bool
    letters: bool
    known_address: bool
    submitted_at: datetime
    time_zone: str


def read_report(
    session: Session, content: Content, secrets: Secrets, token: str, *, now: datetime
) -> ReportView:
    """Return the report that a token opens: this submission only, as its form named the person.

    How the plan stands since is shown once the submission is accepted: before that, whoever holds the link
    may be a stranger. Raises NotFound.
    """
    row = open_token(session, secrets, token, Purpose.REPORT, now=now)
    submission = session.get_one(tables.Submission, row.submission_id)
    score, plan = _results(session, submission.id)
    shown = _approved(session, submission, plan) if submission.accepted_at is not None else None
    name = submission.claimed["name"]
    return ReportView(
        state="ready" if score is not None and plan is not None else "waiting",
        name=name,
        first_name=name.split()[0] if name.split() else "",
        question=submission.question,
        instrument=content.instrument(submission.instrument, submission.version),
        words=content.report_words(submission.instrument),
        score=score,
        plan=plan_draft_from_json(plan.draft) if plan is not None else None,
        living=_living(session, shown) if shown is not None else None,
        proposes=shown is not None and plan is not None and plan.state == "draft",
        accepted=submission.accepted_at is not None,
        letters=submission.letters_wanted,
        known_address=submission.known_address,
        submitted_at=submission.at,
        time_zone=submission.claimed["time_zone"],
    )


def _approved(
    session: Session, submission: tables.Submission, plan: tables.Plan | None
) -> tables.Plan | None:
    """Return the plan that these answers began if it was approved, else the one they may add to, if any."""
    if plan is None or plan.state in {"active", "completed"}:
        return plan
    return running_plan(session, submission.client_id) or (
        completed_plan(session, submission.client_id) if plan.state == "superseded" else None
    )


def _living(session: Session, plan: tables.Plan) -> LivingPlan:
    rows = sorted(milestones_of(session, plan), key=lambda row: (row.due_on, row.position))
    return LivingPlan(
        completed=plan.state == "completed",
        steps=tuple(
            Step(row.title, row.detail, row.due_on, row.why, row.reached_at)
            for row in rows
            if row.state in {*OPEN_MILESTONES, "reached"}
        ),
        cadences=tuple(
            Rhythm(one["kind"], one["text"], one.get("why", ""), bool(one.get("optional")))
            for one in plan.cadences
        ),
    )


def _results(session: Session, submission_id: UUID) -> tuple[Score | None, tables.Plan | None]:
    found = session.execute(
        select(tables.Score.result, tables.Plan)
        .outerjoin(tables.Plan, tables.Plan.score_id == tables.Score.id)
        .where(tables.Score.submission_id == submission_id)
        .order_by(tables.Score.at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None, None
    result, plan = found
    return score_from_json(result), plan
