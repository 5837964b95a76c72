"""Wall-clock time where the client lives, through every clock change."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import available_timezones

from whenever import Instant, PlainDateTime

_HOURS = re.compile(r"([1-7]+) ([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")
_DAY = timedelta(days=1)
_DAYS_OF_WEEK = frozenset(range(1, 8))


@dataclass(frozen=True)
class Hours:
    """When letters may come: on these days of the week (1 is Monday), from `opens` until before `closes`."""

    days: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Refuse hours that never come."""
        if not self.days or not self.days <= _DAYS_OF_WEEK:
            raise ValueError("letters need at least one day of the week, 1 (Monday) to 7 (Sunday)")
        if any(at.second or at.microsecond or at.tzinfo for at in (self.opens, self.closes)):
            raise ValueError("the hours for letters are whole minutes of the client's own clock")
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
        while not self.has_day(on):
            on += _DAY
        return on

    def last_day(self, on: date) -> date:
        """Return the last date, not after this one, on which letters may come."""
        return next(day for day in (on - _DAY * back for back in range(7)) if self.has_day(day))

    def next_opening(self, wall: datetime) -> datetime:
        """Return the wall-clock time, not before this one, at which they begin next."""
        on = wall.date() if wall.time() <= self.opens else wall.date() + _DAY
        return datetime.combine(self.first_day(on), self.opens)


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


@lru_cache(maxsize=65536)
def instant_of(on: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time.

    A time that a clock change skips moves forward by the size of the gap; one that occurs twice means the
    first (RFC 5545, 'compatible').
    """
    plain = PlainDateTime(on.year, on.month, on.day, at.hour, at.minute, at.second)
    return plain.assume_tz(zone, disambiguation="compatible").to_instant().to_stdlib()


@lru_cache(maxsize=65536)
def local(instant: datetime, zone: str) -> datetime:
    """Return the naive wall-clock time of an aware instant in this zone."""
    return Instant(instant).to_tz(zone).to_plain().to_stdlib()


def zoned(instant: datetime, zone: str) -> datetime:
    """Return the same instant with the wall-clock time and the offset that hold in this zone then."""
    return Instant(instant).to_tz(zone).to_fixed_offset().to_stdlib()


def in_window(instant: datetime, zone: str, hours: Hours = DEFAULT_HOURS) -> bool:
    """Tell whether letters may go now, by the clock where the client is."""
    wall = local(instant, zone)
    return hours.has_day(wall.date()) and hours.opens <= wall.time() < hours.closes


def next_window(instant: datetime, zone: str, hours: Hours = DEFAULT_HOURS) -> datetime:
    """Return the first UTC instant, not before the given one, at which letters may go.

    Exact also where a clock change lets the hours begin late, swallows them, or brings them a second time.
    """
    while not in_window(instant, zone, hours):
        # Until the next clock change the wall clock runs evenly; from there on the question is asked anew.
        wall = local(instant, zone)
        opens = instant + (hours.next_opening(wall) - wall)
        change = _next_change(instant, zone)
        instant = opens if change is None or opens < change else change
    return instant


def _next_change(instant: datetime, zone: str) -> datetime | None:
    change = Instant(instant).to_tz(zone).next_transition()
    return None if change is None else change.to_instant().to_stdlib()


def next_window_on(on: date, zone: str, hours: Hours = DEFAULT_HOURS) -> datetime:
    """Return the first UTC instant of this local date or later at which letters may go."""
    opens = next_window(instant_of(on, time(0), zone), zone, hours)
    if local(opens, zone).date() >= on:
        return opens
    # A clock that was set back over midnight brings the evening before once more; the day comes again too.
    midnight = PlainDateTime(on.year, on.month, on.day).assume_tz(zone, disambiguation="later")
    return next_window(midnight.to_instant().to_stdlib(), zone, hours)


def add_working_days(on: date, days: int) -> date:
    """Return the date so many working days (Monday to Friday) after this one."""
    for _ in range(days):
        on += _DAY
        while on.isoweekday() not in WORKING_DAYS:
            on += _DAY
    return on
