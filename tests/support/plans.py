"""Clients with a plan, for the tests of plans: drafted from a form, running, or beside newer answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.approve_plan import approve_plan
from coaching.usecases.draft_plan import draft_plan_for_score
from coaching.usecases.score import score_submission
from coaching.usecases.submit import submit_assessment
from tests.support.forms import form

COACH = "coach:01930000-0000-7000-8000-000000000001"
_COACH_ID = UUID(COACH.removeprefix("coach:"))
_MAREN = "maren@firm.example.test"


def leaning(content: Content, towards: int, **others: int) -> dict[str, int | None]:
    """Answers that all lean one way, 6 towards the career pole; `others` by dimension lean another way."""
    return {
        item.id: level if item.key == 1 else 7 - level
        for item in content.instrument("job-career").items
        for level in (others.get(item.dimension, towards),)
    }


class PlanRoom:
    """One session with the house around it, and what tests of plans ask of it again and again."""

    def __init__(self, session: Session, content: Content, secrets: Secrets, now: datetime) -> None:
        self.session, self.content, self.secrets, self.now = session, content, secrets, now

    def draft(
        self, *, at: datetime | None = None, confirmed: bool = True, coached: bool = True, **changes: Any
    ) -> tables.Plan:
        """Send in a form, score it, and return the draft that it brought; the client has a coach."""
        moment = at or self.now
        asked = {"answers": leaning(self.content, 1), "importance": {}, "trust": "firm", **changes}
        done = submit_assessment(
            self.session,
            self.content,
            self.secrets,
            form(self.content, confirmed=confirmed, **asked),
            now=moment,
        )
        if coached:
            self.session.merge(tables.Coach(id=_COACH_ID, name="Maren", email=_MAREN, email_key=_MAREN))
            self.session.flush()
            self.session.get_one(tables.Client, done.client_id).coach_id = _COACH_ID
            self.session.flush()
        score_submission(self.session, self.content, done.submission_id, now=moment)
        score = self.session.scalars(
            select(tables.Score).where(tables.Score.submission_id == done.submission_id)
        ).one()
        draft_plan_for_score(self.session, self.content, score.id, now=moment)
        return self.session.scalars(select(tables.Plan).where(tables.Plan.score_id == score.id)).one()

    def approve(self, client_id: UUID, *, at: datetime | None = None, differences: Any = None) -> UUID:
        """Approve as the coach does."""
        return approve_plan(
            self.session, client_id, differences=differences, actor=COACH, now=at or self.now
        ).plan_id

    def running(self, **changes: Any) -> tables.Plan:
        """A plan that was drafted and approved at once."""
        draft = self.draft(**changes)
        self.approve(draft.client_id)
        return draft

    def milestones(self, plan: tables.Plan) -> dict[str, tables.Milestone]:
        """The milestones of a plan by kind, in their order."""
        rows: Sequence[tables.Milestone] = self.session.scalars(
            select(tables.Milestone)
            .where(tables.Milestone.plan_id == plan.id)
            .order_by(tables.Milestone.position)
        ).all()
        return {row.kind: row for row in rows}

    def facts(self, kind: EventKind) -> int:
        """How many facts of a kind there are."""
        return self.session.scalar(select(func.count()).where(tables.Event.kind == kind)) or 0

    def versions(self, plan: tables.Plan) -> list[tuple[int, str]]:
        """The versions that are kept of a plan, each with who made it."""
        rows = self.session.execute(
            select(tables.PlanVersion.version, tables.PlanVersion.actor)
            .where(tables.PlanVersion.plan_id == plan.id)
            .order_by(tables.PlanVersion.version)
        )
        return [(row.version, row.actor) for row in rows]
