"""What can happen to a client and their letters, as the engine counts on it; `apply` says what follows."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coaching.domain.engine.state import (
    EnrollmentFacts,
    LetterFacts,
    LifeFact,
    MilestoneFacts,
    Pause,
    PlanFacts,
    RelationshipFacts,
)


@dataclass(frozen=True)
class LetterQueued:
    """A letter is on its way as of `at`, and with it what it carries."""

    id: UUID
    at: datetime


@dataclass(frozen=True)
class LetterMerged:
    """A letter rides in another."""

    id: UUID
    into: UUID


@dataclass(frozen=True)
class LetterEnded:
    """A letter was skipped, expired, cancelled or failed at `at`; what it carried is planned again."""

    id: UUID
    state: str
    at: datetime | None = None


@dataclass(frozen=True)
class LetterReturned:
    """A letter on its way is planned again; what it carries stays with it."""

    id: UUID


@dataclass(frozen=True)
class LetterPlanned:
    """A letter stands planned from now on."""

    letter: LetterFacts


@dataclass(frozen=True)
class Acted:
    """The client did something: letters before count as answered."""

    at: datetime


@dataclass(frozen=True)
class PlanStarted:
    """A draft began to run, in place of whatever ran before; `focus`: its dimensions in order of need."""

    plan: PlanFacts
    milestones: tuple[MilestoneFacts, ...]
    focus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stopped:
    """Letters of this scope are stopped: a family, 'letters' or 'all'."""

    scope: str


@dataclass(frozen=True)
class MilestoneChanged:
    """A milestone has another state or date."""

    id: UUID
    state: str | None = None
    due_on: date | None = None
    reached_at: datetime | None = None


@dataclass(frozen=True)
class ContactMade:
    """There was real contact with somebody on a date."""

    relationship_id: UUID
    on: date


@dataclass(frozen=True)
class Snoozed:
    """The client asked to be reminded of somebody no earlier than on a date."""

    relationship_id: UUID
    not_before: date


@dataclass(frozen=True)
class StandsOtherwise:
    """It stands with somebody as these facts say: went quiet, or the rhythm moved."""

    relationship: RelationshipFacts


@dataclass(frozen=True)
class Paused:
    """Letters rest."""

    pause: Pause


@dataclass(frozen=True)
class Resumed:
    """The pause is over as of `at`."""

    at: datetime


@dataclass(frozen=True)
class EnrollmentStarted:
    """A client was let into a sequence, or belongs to the share that is left alone."""

    enrollment: EnrollmentFacts


@dataclass(frozen=True)
class EnrollmentEnded:
    """A client's way through a sequence is over."""

    id: UUID
    reason: str
    at: datetime


@dataclass(frozen=True)
class EnrollmentMoved:
    """A client goes on in the version that was meant for them."""

    id: UUID


@dataclass(frozen=True)
class Lived:
    """Something happened that sequences may wait for."""

    fact: LifeFact


Happening = (
    LetterQueued
    | LetterMerged
    | LetterEnded
    | LetterReturned
    | LetterPlanned
    | Acted
    | PlanStarted
    | Stopped
    | MilestoneChanged
    | ContactMade
    | Snoozed
    | StandsOtherwise
    | Paused
    | Resumed
    | EnrollmentStarted
    | EnrollmentEnded
    | EnrollmentMoved
    | Lived
)
