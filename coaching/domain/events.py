"""The facts that the house records. Each kind is a past participle and names its subject."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventKind(StrEnum):
    """Every kind of fact; `coaching/reactions.py` says what follows from each."""

    CLIENT_ADDED = "client_added"
    CLIENT_CHANGED = "client_changed"
    ASSESSMENT_SUBMITTED = "assessment_submitted"
    ASSESSMENT_SCORED = "assessment_scored"
    PLAN_DRAFTED = "plan_drafted"
    PLAN_APPROVED = "plan_approved"
    PLAN_CHANGED = "plan_changed"
    PLAN_LEFT_WAITING = "plan_left_waiting"
    PLAN_COMPLETED = "plan_completed"
    MILESTONE_ADDED = "milestone_added"
    MILESTONE_STARTED = "milestone_started"
    MILESTONE_REACHED = "milestone_reached"
    MILESTONE_POSTPONED = "milestone_postponed"
    MILESTONE_DROPPED = "milestone_dropped"
    MILESTONE_RESTORED = "milestone_restored"
    MILESTONE_REPORT_UNMATCHED = "milestone_report_unmatched"
    RELATIONSHIP_ADDED = "relationship_added"
    RELATIONSHIP_CHANGED = "relationship_changed"
    RELATIONSHIP_ENDED = "relationship_ended"
    RELATIONSHIP_WENT_QUIET = "relationship_went_quiet"
    CONTACT_MADE = "contact_made"
    CONTACT_TAKEN_BACK = "contact_taken_back"
    CLIENT_ACTED = "client_acted"
    CLIENT_WENT_QUIET = "client_went_quiet"
    CLIENT_PAUSED = "client_paused"
    CLIENT_RESUMED = "client_resumed"
    ADDRESS_CONFIRMED = "address_confirmed"
    SUBMISSION_ACCEPTED = "submission_accepted"
    SUBMISSION_DISOWNED = "submission_disowned"
    LETTERS_UNSUBSCRIBED = "letters_unsubscribed"
    LETTERS_RESUMED = "letters_resumed"
    ADDRESS_SUPPRESSED = "address_suppressed"
    CLIENT_REPLIED = "client_replied"
    CONTACT_REQUESTED = "contact_requested"
    TOPIC_SUGGESTED = "topic_suggested"
    SEQUENCE_STARTED = "sequence_started"
    SEQUENCE_HELD_OUT = "sequence_held_out"
    SEQUENCE_ENDED = "sequence_ended"


@dataclass(frozen=True)
class Event:
    """One fact. `data` holds ids and plain values, nothing personal: it is read by integrators."""

    id: UUID
    kind: EventKind
    subject_id: UUID
    client_id: UUID | None
    data: dict[str, Any]
    at: datetime
