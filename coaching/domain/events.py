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
    ADDRESS_CONFIRMED = "address_confirmed"
    SUBMISSION_ACCEPTED = "submission_accepted"
    SUBMISSION_DISOWNED = "submission_disowned"
    LETTERS_UNSUBSCRIBED = "letters_unsubscribed"
    LETTERS_RESUMED = "letters_resumed"
    ADDRESS_SUPPRESSED = "address_suppressed"


@dataclass(frozen=True)
class Event:
    """One fact. `data` holds ids and plain values, nothing personal: it is read by integrators."""

    id: UUID
    kind: EventKind
    subject_id: UUID
    client_id: UUID | None
    data: dict[str, Any]
    at: datetime
