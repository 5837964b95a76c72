"""What follows from what: every fact and the use cases that it sets off, on one screen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters.content import Content
from coaching.domain.events import Event, EventKind
from coaching.usecases.client_states import MayWriteTo
from coaching.usecases.draft_plan import draft_plan_for_score
from coaching.usecases.milestones import match_waiting
from coaching.usecases.relationships import settle_finding
from coaching.usecases.schedule import schedule_client
from coaching.usecases.score import score_submission


@dataclass(frozen=True)
class Reactions:
    """Answers facts; holds what the use cases need beside the session."""

    content: Content
    may_write_to: MayWriteTo

    def __call__(self, session: Session, event: Event, now: datetime) -> None:
        """Run, in order, everything that follows from this fact."""
        for reaction in REACTIONS[event.kind]:
            reaction(self, session, event, now)


Reaction = Callable[[Reactions, Session, Event, datetime], None]


def _score(house: Reactions, session: Session, event: Event, now: datetime) -> None:
    score_submission(session, house.content, event.subject_id, now=now)


def _draft_plan(house: Reactions, session: Session, event: Event, now: datetime) -> None:
    draft_plan_for_score(session, house.content, UUID(event.data["score_id"]), now=now)


def _schedule(house: Reactions, session: Session, event: Event, now: datetime) -> None:
    if event.client_id is not None:
        schedule_client(session, event.client_id, may_write_to=house.may_write_to, now=now)


def _match_waiting(house: Reactions, session: Session, event: Event, now: datetime) -> None:
    if event.client_id is not None:
        match_waiting(session, house.content, event.client_id, now=now)


def _settle_finding(house: Reactions, session: Session, event: Event, now: datetime) -> None:
    if event.client_id is not None:
        settle_finding(session, house.content, event.client_id, now=now)


REACTIONS: Mapping[EventKind, tuple[Reaction, ...]] = {
    EventKind.CLIENT_ADDED: (_match_waiting,),
    EventKind.CLIENT_CHANGED: (_match_waiting, _schedule),
    EventKind.ASSESSMENT_SUBMITTED: (_score,),
    EventKind.ASSESSMENT_SCORED: (_draft_plan, _schedule),
    EventKind.PLAN_DRAFTED: (_match_waiting,),
    EventKind.PLAN_APPROVED: (_match_waiting, _settle_finding, _schedule),
    EventKind.PLAN_CHANGED: (_match_waiting, _schedule),
    EventKind.PLAN_LEFT_WAITING: (),
    EventKind.PLAN_COMPLETED: (_schedule,),
    EventKind.MILESTONE_ADDED: (_match_waiting, _schedule),
    EventKind.MILESTONE_STARTED: (_schedule,),
    EventKind.MILESTONE_REACHED: (_schedule,),
    EventKind.MILESTONE_POSTPONED: (_schedule,),
    EventKind.MILESTONE_DROPPED: (_schedule,),
    EventKind.MILESTONE_RESTORED: (_schedule,),
    EventKind.MILESTONE_REPORT_UNMATCHED: (),
    EventKind.RELATIONSHIP_ADDED: (_schedule,),
    EventKind.RELATIONSHIP_CHANGED: (_schedule,),
    EventKind.RELATIONSHIP_ENDED: (_schedule,),
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
}
