"""The coach's morning list: when it is written, which days it looks back on, what stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from coaching.domain.local_time import WORKING_DAYS, instant_of, local

WRITTEN_FROM = time(8, 0)
WRITTEN_UNTIL = time(12, 0)
OVER_AT = time(18, 0)
# What clients asked for goes before it.
RANK = 20
MOST_LINES = 10
# A client was reminded once when the day had passed; so much later it is the coach's turn.
OVERDUE_AFTER = timedelta(days=7)
_LOOKED_BACK = timedelta(days=3)
# A fact is dated when its transaction begins, and seen once that ends: within two minutes.
_SETTLED_AFTER = timedelta(minutes=2)
_MONDAY = 1

Kind = Literal[
    "asked",
    "to_approve",
    "unsure",
    "decided",
    "overdue",
    "silent",
    "quiet",
    "not_useful",
    "said",
    "noted",
    "suggested",
    "unmatched",
]


@dataclass(frozen=True)
class Morning:
    """One working morning, on the coach's clock."""

    on: date
    zone: str

    @property
    def due_at(self) -> datetime:
        """When the list is due."""
        return instant_of(self.on, WRITTEN_FROM, self.zone)

    @property
    def expires_at(self) -> datetime:
        """From when on a list of the morning makes no sense any more."""
        return instant_of(self.on, OVER_AT, self.zone)

    @property
    def slot_key(self) -> str:
        """The name under which it can be written only once."""
        return f"digest:{self.on.isoformat()}"


@dataclass(frozen=True)
class Span:
    """What a list covers: facts after `after` and until `until`; `since_on`: the day of the list before."""

    after: datetime
    until: datetime
    since_on: date


@dataclass(frozen=True)
class Thing:
    """One line: whom it is about, and what there is to know, with its day."""

    client: str
    what: str


@dataclass(frozen=True)
class Listing:
    """All of one kind; `things` are the first few of `total`."""

    kind: Kind
    things: tuple[Thing, ...]
    total: int

    @property
    def left_out(self) -> int:
        """How many are not on the list by name."""
        return self.total - len(self.things)


def morning_of(now: datetime, zone: str) -> Morning | None:
    """Return the morning on which a list may be written now; None at night, from noon on, on a weekend."""
    on = local(now, zone).date()
    begins, ends = instant_of(on, WRITTEN_FROM, zone), instant_of(on, WRITTEN_UNTIL, zone)
    return Morning(on, zone) if on.isoweekday() in WORKING_DAYS and begins <= now < ends else None


def span_of(morning: Morning, last_due_at: datetime | None, *, joined_at: datetime) -> Span:
    """Return what the list of this morning covers, after the last list that went out.

    Where none ever did, all since the coach joined, and three days at least: Friday's facts are there on
    Monday.
    """
    looked_back = instant_of(morning.on - _LOOKED_BACK, WRITTEN_FROM, morning.zone)
    last = last_due_at or min(looked_back, joined_at)
    return Span(
        after=last - _SETTLED_AFTER,
        until=morning.due_at - _SETTLED_AFTER,
        since_on=local(last, morning.zone).date(),
    )


def overdue_days(morning: Morning, span: Span) -> tuple[date | None, date]:
    """Return after which day, and up to which, a milestone must have been due to be listed as overdue.

    Each is listed on the day on which it becomes so and then on Mondays, when there is no first day (None).
    """
    last = morning.on - OVERDUE_AFTER
    return (None if morning.on.isoweekday() == _MONDAY else span.since_on - OVERDUE_AFTER), last


def count_things(listings: Sequence[Listing]) -> int:
    """Return how many things there are to tell, those left out included."""
    return sum(listing.total for listing in listings)
