"""Coaches with clients, and what a morning list tells of them, put straight into the tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.digests import Morning
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.facts import record
from coaching.usecases.read_digest import read_digest
from tests.support.drain import Firm
from tests.support.underway import Underway, put_underway

DAY = timedelta(days=1)
# So late that a first list looks back three days, the weekend and Friday, and no further.
JOINED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def put_coach(
    session: Session,
    email: str = "maren@firm.example.test",
    *,
    zone: str = "UTC",
    admin: bool = False,
    joined_at: datetime = JOINED_AT,
) -> UUID:
    """Add a coach who lives there."""
    values: dict[str, Any] = {"email": email, "email_key": email, "name": "Maren Okafor"}
    coach = tables.Coach(**values, admin=admin, time_zone=zone, created_at=joined_at)
    session.add(coach)
    session.flush()
    return coach.id


def digests(session: Session) -> list[tables.Message]:
    """Return the morning lists in the order in which they were planned."""
    return list(
        session.scalars(
            select(tables.Message)
            .where(tables.Message.recipient_kind == "coach")
            .order_by(tables.Message.id)
            .execution_options(populate_existing=True)
        )
    )


@dataclass(frozen=True)
class Caseload:
    """One client of one coach; each call makes something true that the coach is told of."""

    session: Session
    underway: Underway

    def fact(self, kind: EventKind, at: datetime, subject: UUID | None = None, **data: Any) -> None:
        """Record a fact about the client."""
        client_id = self.underway.client_id
        record(self.session, kind, subject or client_id, client_id=client_id, now=at, **data)
        self.session.flush()

    def draft(self, at: datetime, *, told_at: datetime | None = None, **score: Any) -> tables.Plan:
        """Add a draft from a score of that moment; by default nothing is wrong with its answers."""
        submission = tables.Submission(
            client_id=self.underway.client_id,
            instrument="job-career",
            version=1,
            answers={},
            claimed={},
            letters_wanted=True,
            known_address=True,
            source="test",
            trust="public",
            at=at,
            accepted_at=at,
        )
        self.session.add(submission)
        self.session.flush()
        values: dict[str, Any] = {"profile": "in transition", "certainty": "clear", "result": {}, **score}
        row = tables.Score(submission_id=submission.id, rule_version="1", norms_version="1", at=at, **values)
        self.session.add(row)
        self.session.flush()
        plan = tables.Plan(
            client_id=self.underway.client_id,
            submission_id=submission.id,
            score_id=row.id,
            rules="job-career",
            rules_version=1,
            coach_confirms_first=False,
            draft={},
            created_at=at,
            told_at=told_at,
        )
        self.session.add(plan)
        self.session.flush()
        return plan

    def overdue(self, days: int, title: str = "A map of two routes") -> UUID:
        """Add a step that was due so many days ago."""
        due_on = self.underway.now.date() - days * DAY
        return self.underway.milestone(self.session, title=title, due_on=due_on)

    def gone_quiet(self, at: datetime) -> UUID:
        """Let a mentor go quiet."""
        tie = self.underway.relationship(self.session, state="quiet")
        self.fact(EventKind.RELATIONSHIP_WENT_QUIET, at, tie)
        return tie

    def not_useful(self, at: datetime, about: UUID | None = None, *, undone: bool = False) -> None:
        """Let the client say by a letter's link that something is not useful."""
        self.click(at, Purpose.NOT_USEFUL, "not_useful", about, undone=undone)

    def click(
        self,
        at: datetime,
        purpose: Purpose,
        what: str,
        about: UUID | None = None,
        *,
        template: str = "milestone-ahead",
        undone: bool = False,
    ) -> None:
        """Let the client tell something by a letter's link."""
        named: dict[str, Any] = {"about": str(about)} if about else {}
        self.fact(EventKind.CLIENT_ACTED, at, what=what, **named)
        letter = self.underway.letter(self.session, template, milestone=about or at)
        self.session.add(
            tables.Deed(
                client_id=self.underway.client_id,
                message_id=letter,
                purpose=purpose,
                about=about,
                at=at,
                undone_at=at if undone else None,
            )
        )
        self.session.flush()

    def decided(self, at: datetime, decision: str = "leave") -> UUID:
        """Let the client reach the step at which one stays, shifts or leaves."""
        step = self.underway.milestone(
            self.session, decides=True, decision=decision, state="reached", reached_at=at
        )
        report = tables.MilestoneReport(
            milestone_id=step,
            client_id=self.underway.client_id,
            kind="reached",
            decision=decision,
            at=at,
            recorded_at=at,
            actor="client",
        )
        self.session.add(report)
        self.session.flush()
        return step

    def noted(self, at: datetime, note: str | None = "Ask about the trial.", **changes: Any) -> None:
        """Let the client write something down about a talk with their mentor."""
        line = tables.Interaction(
            relationship_id=self.underway.relationship(self.session),
            **{"contact_on": at.date(), "kind": "met", "note": note, "actor": "client"} | changes,
            created_at=at,
        )
        self.session.add(line)
        self.session.flush()

    def asked(self, at: datetime, text: str = "How do I ask for a raise?") -> UUID:
        """Let the client ask for a talk."""
        request = tables.ContactRequest(client_id=self.underway.client_id, text=text, at=at)
        self.session.add(request)
        self.session.flush()
        return request.id

    def suggested(self, at: datetime, text: str = "Writing to someone famous") -> None:
        """Let the client suggest a topic."""
        wish = tables.Suggestion(client_id=self.underway.client_id, topic="resume", text=text, at=at)
        self.session.add(wish)
        self.session.flush()

    def reported(self, at: datetime, *, known: bool = True) -> None:
        """Let another program report a milestone that nobody has."""
        client = self.underway.client_id if known else None
        self.session.add(
            tables.MilestoneReport(
                client_id=client,
                kind="reached",
                at=at,
                recorded_at=at,
                given={"milestone": {"ref": "cert-1"}, "client": {"email": "eve@example.test"}},
                actor="key:wp_1",
            )
        )
        self.session.flush()


def put_caseload(
    session: Session, secrets: Secrets, coach_id: UUID | None, now: datetime, **client: Any
) -> Caseload:
    """Add a client of this coach whose plan began a week ago."""
    return Caseload(session, put_underway(session, secrets, now, coach_id=coach_id, **client))


def coach_mail(firm: Firm) -> list[tuple[datetime, str]]:
    """Return when each morning list left, and its text."""
    return [(one.at, one.text) for one in firm.mailer.letters if one.subject == "Your morning list"]


Cause = Callable[[Caseload, datetime], object]
CAUSES: dict[str, Cause] = {
    "asked": lambda one, at: one.asked(at),
    "to_approve": lambda one, at: one.draft(at),
    "unsure": lambda one, at: one.draft(at, profile=None, certainty=None),
    "decided": lambda one, at: one.decided(at),
    "silent": lambda one, at: one.fact(EventKind.CLIENT_WENT_QUIET, at),
    "quiet": lambda one, at: one.gone_quiet(at),
    "not_useful": lambda one, at: one.not_useful(at),
    "said": lambda one, at: one.click(at, Purpose.MET, "check_in", template="check-in"),
    "noted": lambda one, at: one.noted(at),
    "suggested": lambda one, at: one.suggested(at),
    "unmatched": lambda one, at: one.reported(at),
}


def listed(session: Session, coach_id: object, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """Return what stands on a coach's list of the day, by kind."""
    coach = session.get_one(tables.Coach, coach_id)
    morning = Morning(now.date(), coach.time_zone)
    return {
        listing.kind: [(thing.client, thing.what) for thing in listing.things]
        for listing in read_digest(session, coach, morning)
    }


def went_out(session: Session, row: tables.Message, state: str = "accepted") -> None:
    """Let a planned list go, as far as the tables show it; or perhaps, where its batch is uncertain."""
    batch = tables.Batch(
        template=row.template,
        sender="x",
        family=row.family,
        size=1,
        not_before=row.due_at,
        state=state,
        accepted_at=row.due_at if state == "accepted" else None,
    )
    session.add(batch)
    session.flush()
    row.state, row.batch_id = "queued", batch.id
    session.flush()
