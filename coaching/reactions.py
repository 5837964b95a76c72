"""What follows from what: every fact and the use cases that it sets off, on one screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters.content import Content
from coaching.domain.events import Event, EventKind
from coaching.usecases.client_states import MayWriteTo
from coaching.usecases.draft_plan import draft_plan_for_score
from coaching.usecases.enrollments import let_in
from coaching.usecases.find_mentor import seek_after, settle_finding
from coaching.usecases.milestones import match_waiting
from coaching.usecases.schedule import schedule_clients
from coaching.usecases.score import score_submission


@dataclass(frozen=True)
class Reactions:
    """Answers facts; holds what the use cases need beside the session.

    A fact of any kind may also let clients into a sequence: which ones do, the sequences themselves say.
    """

    content: Content
    may_write_to: MayWriteTo

    def __call__(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        """Run, in order, all that follows from these facts; letters are planned last, for all at once."""
        this = _Round(session, self.content, now)
        for event in events:
            for reaction in REACTIONS[event.kind]:
                reaction(this, event)
        known = let_in(session, events, may_write_to=self.may_write_to, now=now)
        if this.to_schedule:
            schedule_clients(session, this.to_schedule, may_write_to=self.may_write_to, now=now, known=known)


@dataclass(frozen=True)
class _Round:
    """Some facts while they are answered, and the clients whose letters are to be planned anew."""

    session: Session
    content: Content
    now: datetime
    to_schedule: set[UUID] = field(default_factory=set)


Reaction = Callable[[_Round, Event], None]


def _score(this: _Round, event: Event) -> None:
    score_submission(this.session, this.content, event.subject_id, now=this.now)


def _draft_plan(this: _Round, event: Event) -> None:
    draft_plan_for_score(this.session, this.content, UUID(event.data["score_id"]), now=this.now)


def _schedule(this: _Round, event: Event) -> None:
    if event.client_id is not None:
        this.to_schedule.add(event.client_id)


def _match_waiting(this: _Round, event: Event) -> None:
    if event.client_id is not None:
        match_waiting(this.session, this.content, event.client_id, now=this.now)


def _settle_finding(this: _Round, event: Event) -> None:
    if event.client_id is not None:
        settle_finding(this.session, this.content, event.client_id, now=this.now)


def _seek_mentor_again(this: _Round, event: Event) -> None:
    seek_after(this.session, this.content, event.subject_id, now=this.now)


REACTIONS: Mapping[EventKind, tuple[Reaction, ...]] = {
    EventKind.CLIENT_ADDED: (_match_waiting,),
    EventKind.CLIENT_CHANGED: (_match_waiting, _schedule),
    EventKind.ASSESSMENT_SUBMITTED: (_score,),
    EventKind.ASSESSMENT_SCORED: (_draft_plan, _schedule),
    EventKind.PLAN_DRAFTED: (_match_waiting,),
    EventKind.PLAN_APPROVED: (_match_waiting, _settle_finding, _schedule),
    EventKind.PLAN_CHANGED: (_match_waiting, _settle_finding, _schedule),
    EventKind.PLAN_LEFT_WAITING: (),
    EventKind.PLAN_COMPLETED: (_schedule,),
    EventKind.MILESTONE_ADDED: (_match_waiting, _schedule),
    EventKind.MILESTONE_STARTED: (_schedule,),
    EventKind.MILESTONE_REACHED: (_schedule,),
    EventKind.MILESTONE_POSTPONED: (_schedule,),
    EventKind.MILESTONE_DROPPED: (_schedule,),
    EventKind.MILESTONE_RESTORED: (_schedule,),
    EventKind.MILESTONE_REPORT_UNMATCHED: (_schedule,),
    EventKind.RELATIONSHIP_ADDED: (_schedule,),
    EventKind.RELATIONSHIP_CHANGED: (_schedule,),
    EventKind.RELATIONSHIP_ENDED: (_seek_mentor_again, _schedule),
    EventKind.RELATIONSHIP_WENT_QUIET: (_schedule,),
    EventKind.CONTACT_MADE: (_schedule,),
    EventKind.CONTACT_TAKEN_BACK: (_schedule,),
    EventKind.CLIENT_ACTED: (_schedule,),
    EventKind.CLIENT_WENT_QUIET: (),
    EventKind.CLIENT_PAUSED: (_schedule,),
    EventKind.CLIENT_RESUMED: (_schedule,),
    EventKind.ADDRESS_CONFIRMED: (_schedule,),
    EventKind.SUBMISSION_ACCEPTED: (_schedule,),
    EventKind.SUBMISSION_DISOWNED: (_schedule,),
    EventKind.LETTERS_UNSUBSCRIBED: (_schedule,),
    EventKind.LETTERS_RESUMED: (_schedule,),
    EventKind.ADDRESS_SUPPRESSED: (_schedule,),
    EventKind.CLIENT_REPLIED: (_schedule,),
    EventKind.CONTACT_REQUESTED: (_schedule,),
    EventKind.TOPIC_SUGGESTED: (_schedule,),
    EventKind.SEQUENCE_STARTED: (_schedule,),
    EventKind.SEQUENCE_HELD_OUT: (),
    EventKind.SEQUENCE_ENDED: (_schedule,),
}
