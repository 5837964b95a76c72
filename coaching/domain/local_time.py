"""Wall-clock time where the client lives, through every clock change."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from whenever import Instant, PlainDateTime

_HOURS = re.compile(r"([1-7]+) ([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")
_DAY = timedelta(days=1)
_LOOK_AHEAD_DAYS = 22


@dataclass(frozen=True)
class Hours:
    """When letters may come: on these days of the week (1 is Monday), from `opens` until before `closes`."""

    days: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Refuse hours that never come."""
        if not self.days or not self.days <= frozenset(range(1, 8)):
            raise ValueError("letters need at least one day of the week, 1 (Monday) to 7 (Sunday)")
        if self.closes <= self.opens:
            raise ValueError("the hours for letters have to end later on the day than they begin")

    @staticmethod
    def of(code: str) -> "Hours":
        """Return the hours that `code` wrote. Raises ValueError."""
        return _hours(code)

    @property
    def code(self) -> str:
        """One line, such as '12345 08:30-18:00'; equal hours have equal lines."""
        return f"{''.join(map(str, sorted(self.days)))} {self.opens:%H:%M}-{self.closes:%H:%M}"

    def has_day(self, on: date) -> bool:
        """Tell whether letters may come on this date."""
        return on.isoweekday() in self.days

    def first_day(self, on: date) -> date:
        """Return the first date, not before this one, on which letters may come."""
        return next(day for day in (on + _DAY * ahead for ahead in range(7)) if self.has_day(day))


@cache
def _hours(code: str) -> Hours:
    found = _HOURS.fullmatch(code)
    if found is None:
        raise ValueError(f"{code!r} are no hours; some would be '12345 08:30-18:00'")
    days, opens, closes = found.groups()
    return Hours(frozenset(map(int, days)), time.fromisoformat(opens), time.fromisoformat(closes))


DEFAULT_HOURS = Hours(frozenset(range(1, 6)), time(8, 30), time(18, 0))
# Monday to Friday: what a firm counts in when it promises an answer in so many working days.
WORKING_DAYS = frozenset(range(1, 6))


@cache
def _zones() -> frozenset[str]:
    # 'localtime' is whatever the server is set to, 'Factory' is no place at all.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def is_zone(name: str) -> bool:
    """Tell whether this is the exact name of a zone in the time-zone database."""
    return name in _zones()


def instant_of(on: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time.

    A time that a clock change skips moves forward by the size of the gap; one that occurs twice means the
    first (RFC 5545, 'compatible').
    """
    plain = PlainDateTime(on.year, on.month, on.day, at.hour, at.minute, at.second)
    return plain.assume_tz(zone, disambiguation="compatible").to_instant().to_stdlib()


def local(instant: datetime, zone: str) -> datetime:
    """Return the naive wall-clock time of an aware instant in this zone."""
    return Instant(instant).to_tz(zone).to_plain().to_stdlib()


def in_window(instant: datetime, zone: str, hours: Hours = DEFAULT_HOURS) -> bool:
    """Tell whether letters may go now, by the clock where the client is."""
    wall = local(instant, zone)
    return hours.has_day(wall.date()) and hours.opens <= wall.time() < hours.closes


def next_window(instant: datetime, zone: str, hours: Hours = DEFAULT_HOURS) -> datetime:
    """Return the first UTC instant, not before the given one, at which letters may go."""
    if in_window(instant, zone, hours):
        return instant
    on = local(instant, zone).date()
    # A clock change can swallow a whole day or a whole window, and a zone can go back to a day: look further.
    for ahead in range(_LOOK_AHEAD_DAYS):
        opens = instant_of(on + _DAY * ahead, hours.opens, zone)
        if opens >= instant and in_window(opens, zone, hours):
            return opens
    raise AssertionError("three weeks always hold a day on which letters may come")


def next_window_on(on: date, zone: str, hours: Hours = DEFAULT_HOURS) -> datetime:
    """Return the first UTC instant of this local date or later at which letters may go."""
    return next_window(instant_of(on, time(0), zone), zone, hours)


def add_working_days(on: date, days: int) -> date:
    """Return the date so many working days (Monday to Friday) after this one."""
    while days:
        on += _DAY
        days -= on.isoweekday() in WORKING_DAYS
    return on


def day_bounds(on: date, zone: str) -> tuple[datetime, datetime]:
    """Return the UTC instants at which a local date begins and ends."""
    return instant_of(on, time(0), zone), instant_of(on + timedelta(days=1), time(0), zone)


def as_utc(value: datetime) -> datetime:
    """Return the same instant in UTC; naive values are refused, since nobody knows what they mean."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    return value.astimezone(UTC)
