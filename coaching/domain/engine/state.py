"""Everything that the rules may look at for one client, frozen at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from coaching.domain.local_time import DEFAULT_HOURS, Hours

if TYPE_CHECKING:
    from coaching.domain.sequences import Sequence


@dataclass(frozen=True)
class SubmissionFacts:
    """What the rules need to know of one submission."""

    id: UUID
    at: datetime
    trust: str
    known_address: bool
    letters_wanted: bool
    scored: bool
    accepted: bool
    disowned: bool


@dataclass(frozen=True)
class LetterFacts:
    """One message row as the rules see it. `queued_at`: when it was put into a batch, sent or about to be.

    `ignore_window`, `ignore_budget`: whoever sent it had the right to let it go at any hour, or on top of
    what the client's attention allows. `slot_on`: the local date whose attention it took, at `taken_at`.
    `ended_at`: when it was skipped or expired, or failed.
    `merged_into`: the letter that carries it. `content`: letters in which it is equal say the same.
    """

    id: UUID
    slot_key: str
    family: str
    template: str
    state: str
    due_at: datetime
    expires_at: datetime
    rank: int
    intent: "LocalIntent | None" = None
    queued_at: datetime | None = None
    ignore_window: bool = False
    ignore_budget: bool = False
    slot_on: date | None = None
    taken_at: datetime | None = None
    merged_into: UUID | None = None
    content: str = ""
    ended_at: datetime | None = None

    @cached_property
    def about(self) -> str:
        """The first two words of its slot's key: which person, enrollment or week it is about."""
        return ":".join(self.slot_key.split(":", 2)[:2])


@dataclass(frozen=True)
class LocalIntent:
    """When a letter is meant for, on the client's wall clock."""

    on: date
    at: time
    zone: str


@dataclass(frozen=True)
class Pause:
    """Letters rest from `began_at` until `until_at`, or until somebody ends it: then `ended_at` is when."""

    began_at: datetime
    until_at: datetime | None
    ending: str
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Cadence:
    """A rhythm of the plan, as `coaching.domain.plans.DraftCadence` has it, without its words.

    `not_before`: the client asked that talks with the coach rest until then.
    """

    kind: str
    every_days: int | None
    times: int | None = None
    then_every_days: int | None = None
    count: int = 1
    first_by_on: date | None = None
    not_before: date | None = None


@dataclass(frozen=True)
class PlanFacts:
    """The plan that runs, or ran last. `changed_at`: a person changed it after it began to run."""

    id: UUID
    state: str
    version: int
    approved_at: datetime | None
    starts_on: date | None
    cadences: tuple[Cadence, ...] = ()
    completed_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class MilestoneFacts:
    """One milestone; the fields are those of the table. `dated_at`: when its date was set, None: long ago."""

    id: UUID
    kind: str
    state: str
    due_on: date
    ahead_days: int = 7
    decides: bool = False
    reached_at: datetime | None = None
    dimension: str | None = None
    dated_at: datetime | None = None


@dataclass(frozen=True)
class RelationshipFacts:
    """One relationship; the fields are those of the table."""

    id: UUID
    kind: str
    state: str
    cadence_days: int | None
    starts_on: date
    last_contact_on: date | None = None
    shifted_days: int = 0
    not_before: date | None = None
    registered_on: date | None = None
    created_at: datetime | None = None
    quiet_on: date | None = None


@dataclass(frozen=True)
class About:
    """What is known of a client beside plan and letters; audiences ask for it.

    `scores`: 0 to 100 by dimension, of the newest answers that count; `bands`: low, middle or high by
    dimension. `focus`: the plan's dimensions in greatest need, first things first. `quality`: high, medium
    or low, how far those answers can be trusted.
    """

    stage: str | None = None
    tags: frozenset[str] = frozenset()
    coach: str | None = None
    created_at: datetime | None = None
    submitted_at: datetime | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
    composite: float | None = None
    profile: str | None = None
    certainty: str | None = None
    quality: str | None = None
    focus: tuple[str, ...] = ()
    profiling_agreed: bool = False


@dataclass(frozen=True)
class LifeFact:
    """Something that happened to a client, as sequences wait for it; `dimension`: that of the milestone."""

    kind: str
    at: datetime
    dimension: str | None = None


@dataclass(frozen=True)
class EnrollmentFacts:
    """One client's way through one version of a sequence; `state`: active, held_out or ended.

    Of those that ended only the sequence's name, the times and the reason matter.
    """

    id: UUID
    name: str
    state: str
    started_at: datetime
    sequence: "Sequence | None" = None
    move_to: "Sequence | None" = None
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True)
class ClientState:
    """One client as of one moment. Suppression scopes are those of `coaching.domain.ledger`.

    `unanswered`: letters that took attention since `last_acted_at`, or ever if they never acted. `life`: what
    happened since the first of the enrollments that are active, oldest first. `items_seen`: items of the
    library that a letter has brought.
    """

    client_id: UUID
    time_zone: str
    confirmed_at: datetime | None
    letters_agreed: bool
    hours: Hours = DEFAULT_HOURS
    rhythm: str = "weekly"
    suppressed: frozenset[str] = frozenset()
    address_allowed: bool = True
    last_acted_at: datetime | None = None
    unanswered: int = 0
    pauses: tuple[Pause, ...] = ()
    plan: PlanFacts | None = None
    milestones: tuple[MilestoneFacts, ...] = ()
    relationships: tuple[RelationshipFacts, ...] = ()
    submissions: tuple[SubmissionFacts, ...] = ()
    letters: tuple[LetterFacts, ...] = ()
    about: About = field(default_factory=About)
    enrollments: tuple[EnrollmentFacts, ...] = ()
    life: tuple[LifeFact, ...] = ()
    items_seen: frozenset[str] = frozenset()

    @cached_property
    def letters_by_id(self) -> Mapping[UUID, LetterFacts]:
        """The same letters, each by its id."""
        return {one.id: one for one in self.letters}

    @cached_property
    def letters_about(self) -> Mapping[str, list[LetterFacts]]:
        """The same letters by what they are about."""
        found: dict[str, list[LetterFacts]] = {}
        for one in self.letters:
            found.setdefault(one.about, []).append(one)
        return found

    @cached_property
    def done_slots(self) -> frozenset[str]:
        """The slots whose letters have met their end, whichever.

        One that is planned has not, nor one that rides in a planned one: that can still be called off.
        """
        planned = {one.id for one in self.letters if one.state == "planned"}
        return frozenset(
            one.slot_key
            for one in self.letters
            if one.state not in ("planned", "cancelled")
            and not (one.state == "merged" and one.merged_into in planned)
        )


@dataclass(frozen=True)
class Slot:
    """A letter that should stand planned. `key` carries the anchor that gives it meaning."""

    key: str
    family: str
    template: str
    due_at: datetime
    expires_at: datetime
    rank: int
    why: str
    intent: LocalIntent | None = None
    detail: dict[str, Any] = field(default_factory=dict)
