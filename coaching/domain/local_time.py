"""Wall-clock time where the client lives, through every clock change."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from whenever import Instant, PlainDateTime

DEFAULT_WINDOW = (time(8, 30), time(18, 0))
WORKING_DAYS = frozenset({0, 1, 2, 3, 4})


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


def in_window(instant: datetime, zone: str) -> bool:
    """Tell whether letters may go now: Monday to Friday, 08:30 to 18:00 where the client is."""
    wall = local(instant, zone)
    return wall.weekday() in WORKING_DAYS and DEFAULT_WINDOW[0] <= wall.time() < DEFAULT_WINDOW[1]


def next_window(instant: datetime, zone: str) -> datetime:
    """Return the first UTC instant, not before the given one, at which letters may go."""
    if in_window(instant, zone):
        return instant
    wall = local(instant, zone)
    for ahead in range(9):
        day = wall.date() + timedelta(days=ahead)
        if day.weekday() not in WORKING_DAYS:
            continue
        opens = instant_of(day, DEFAULT_WINDOW[0], zone)
        if opens >= instant:
            return opens
    raise AssertionError("a week always holds a working day")


def day_bounds(on: date, zone: str) -> tuple[datetime, datetime]:
    """Return the UTC instants at which a local date begins and ends."""
    return instant_of(on, time(0), zone), instant_of(on + timedelta(days=1), time(0), zone)


def as_utc(value: datetime) -> datetime:
    """Return the same instant in UTC; naive values are refused, since nobody knows what they mean."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    return value.astimezone(UTC)
