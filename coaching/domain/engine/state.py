"""Everything that the rules may look at for one client, frozen at one moment."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID


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

    `ignore_window`: whoever sent it had the right to let it go at any hour.
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


@dataclass(frozen=True)
class LocalIntent:
    """When a letter is meant for, on the client's wall clock."""

    on: date
    at: time
    zone: str


@dataclass(frozen=True)
class ClientState:
    """One client as of one moment. Suppression scopes are those of `coaching.domain.ledger`."""

    client_id: UUID
    time_zone: str
    confirmed_at: datetime | None
    letters_agreed: bool
    suppressed: frozenset[str] = frozenset()
    address_allowed: bool = True
    submissions: tuple[SubmissionFacts, ...] = ()
    letters: tuple[LetterFacts, ...] = ()


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
