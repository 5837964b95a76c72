"""What a pause does: the local days that it takes, the dates that move with it, what becomes of letters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from coaching.domain import local_time

LONGEST = timedelta(days=366)
Becomes = Literal["skipped", "moved", "held"]


@dataclass(frozen=True)
class Span:
    """The local dates of a pause, from the one on which it began to the one on which it ends, if it does."""

    first_on: date
    end_on: date | None

    @staticmethod
    def of(began_at: datetime, end_at: datetime | None, zone: str) -> "Span":
        """Return the dates by the clock where the client is."""
        first_on = local_time.local(began_at, zone).date()
        return Span(first_on, None if end_at is None else local_time.local(end_at, zone).date())

    def days_since(self, on: date) -> int | None:
        """Return how many of its days lie after this date: so many are lost to what counts from there.

        None while nobody knows when it ends.
        """
        if self.end_on is None:
            return None
        return max(0, (self.end_on - max(self.first_on, on)).days)

    def holds(self, on: date) -> bool:
        """Tell whether a date falls into it; the day on which it ends no longer does."""
        return self.first_on <= on and (self.end_on is None or on < self.end_on)


def days_lost(due_on: date, starts_on: date | None, span: Span) -> int | None:
    """Return by how many days a pause moves a milestone; 0 for one that was due before it.

    A plan that started during the pause lost only the rest of it. None while nobody knows when it ends.
    """
    return 0 if due_on < span.first_on else span.days_since(starts_on or span.first_on)


@dataclass(frozen=True)
class Waiting:
    """A letter that stands planned; `about`: the milestone or relationship that its date hangs on."""

    message_id: UUID
    family: str
    template: str
    due_at: datetime
    expires_at: datetime
    about: UUID | None = None


@dataclass(frozen=True)
class LetterEffect:
    """What becomes of one letter; `moves_to` is None where it stays, or nobody knows yet."""

    message_id: UUID
    family: str
    template: str
    due_at: datetime
    moves_to: datetime | None = None


@dataclass(frozen=True)
class MilestoneEffect:
    """A date that falls into a pause, or moves because of it; `moves_to` as with letters."""

    id: UUID
    title: str
    due_on: date
    moves_to: date | None = None


@dataclass(frozen=True)
class Effect:
    """What a pause does, or its end; `sentence` says it in a line or two. `rhythms`: how many move."""

    letters: Mapping[Becomes, tuple[LetterEffect, ...]]
    milestones: tuple[MilestoneEffect, ...]
    sentence: str = ""
    rhythms: int = 0


def letter_effect(
    letter: Waiting, ending: str, end_at: datetime | None, moving: Mapping[UUID, int | None], zone: str
) -> tuple[Becomes, LetterEffect]:
    """Say what becomes of a letter that falls due in a pause until `end_at`.

    `moving`: by how many days each milestone and relationship moves, None where that isn't known yet.
    """
    told = LetterEffect(letter.message_id, letter.family, letter.template, letter.due_at)
    if ending == "skip":
        return "skipped", told
    if ending == "shift" and letter.about is not None and letter.about in moving:
        days = moving[letter.about]
        moves_to = None if days is None else _days_later(letter.due_at, days, zone)
        return "moved", replace(told, moves_to=moves_to)
    too_late = end_at is not None and letter.expires_at <= end_at
    return "skipped" if too_late else "held", told


def _days_later(at: datetime, days: int, zone: str) -> datetime:
    wall = local_time.local(at, zone) + timedelta(days=days)
    return local_time.instant_of(wall.date(), wall.time(), zone)
