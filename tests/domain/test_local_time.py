"""Wall-clock time through clock changes at odd hours, skipped days and half-hour shifts."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain import local_time

ZONES = (
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Paris", (2026, 3, 29, 2, 30), (2026, 3, 29, 1, 30)),  # skipped: 03:30 summer time
        ("Europe/Paris", (2026, 10, 25, 2, 30), (2026, 10, 25, 0, 30)),  # twice: the first
        ("America/Sao_Paulo", (2018, 11, 4, 0, 0), (2018, 11, 4, 3, 0)),  # midnight skipped
        ("Asia/Beirut", (2022, 3, 27, 0, 0), (2022, 3, 26, 22, 0)),  # midnight skipped
        ("Australia/Lord_Howe", (2026, 10, 4, 2, 15), (2026, 10, 3, 15, 45)),  # half an hour skipped
        ("Australia/Lord_Howe", (2026, 4, 5, 1, 45), (2026, 4, 4, 14, 45)),  # half an hour twice
        ("Pacific/Apia", (2011, 12, 30, 9, 0), (2011, 12, 30, 19, 0)),  # a whole day skipped
        ("Asia/Kathmandu", (2026, 11, 23, 9, 30), (2026, 11, 23, 3, 45)),
    ],
)
def test_instants_of_wall_clock_times(
    zone: str, wall: tuple[int, int, int, int, int], instant: tuple[int, ...]
) -> None:
    """Skipped times move forward by the gap, repeated ones mean the first."""
    on, at = date(*wall[:3]), time(*wall[3:])
    assert local_time.instant_of(on, at, zone) == datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_the_next_window_is_a_window_and_not_in_the_past(moment: datetime, zone: str) -> None:
    """Letters may go at the time that is named, which never lies before the question or far after it."""
    opens = local_time.next_window(moment, zone)
    assert local_time.in_window(opens, zone)
    assert moment <= opens <= moment + timedelta(days=4)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_the_next_window_is_the_first(moment: datetime, zone: str) -> None:
    """A minute before the time that is named no letter may go, unless one could go at once."""
    opens = local_time.next_window(moment, zone)
    if opens > moment:
        assert not local_time.in_window(max(moment, opens - timedelta(minutes=1)), zone)


@pytest.mark.parametrize(
    ("instant", "opens"),
    [
        ((2026, 11, 23, 7, 29, 59), (2026, 11, 23, 7, 30)),  # Monday, a second too early in Paris
        ((2026, 11, 23, 7, 30), (2026, 11, 23, 7, 30)),
        ((2026, 11, 23, 16, 59, 59), (2026, 11, 23, 16, 59, 59)),
        ((2026, 11, 23, 17, 0), (2026, 11, 24, 7, 30)),  # 18:00 sharp is over
        ((2026, 11, 27, 17, 0), (2026, 11, 30, 7, 30)),  # Friday evening
        ((2026, 11, 28, 10, 0), (2026, 11, 30, 7, 30)),  # Saturday
        ((2026, 3, 27, 18, 0), (2026, 3, 30, 6, 30)),  # over the change to summer time
    ],
)
def test_windows_in_paris(instant: tuple[int, ...], opens: tuple[int, ...]) -> None:
    """Monday to Friday, half past eight to six, edges and weekends included."""
    at = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]
    assert local_time.next_window(at, "Europe/Paris") == datetime(*opens, tzinfo=UTC)  # type: ignore[misc, arg-type]


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_every_moment_lies_within_its_own_day(moment: datetime, zone: str) -> None:
    """The bounds of a local date hold every instant that bears this date."""
    begins, ends = local_time.day_bounds(local_time.local(moment, zone).date(), zone)
    assert begins <= moment < ends


def test_a_day_of_a_clock_change_has_its_true_length() -> None:
    """The last Sunday of March has 23 hours in Paris, that of October 25."""
    for on, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        begins, ends = local_time.day_bounds(on, "Europe/Paris")
        assert ends - begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Paris", True),
        ("UTC", True),
        ("Europe/Nowhere", False),
        ("", False),
        ("../../etc/passwd", False),
        ("/etc/localtime", False),
        ("Europe/Paris\0", False),
        ("{{ zone }}", False),
        ("x" * 5000, False),
    ],
)
def test_only_names_of_the_database_are_zones(name: str, known: bool) -> None:
    """Whatever is typed is answered with yes or no, paths and control characters with no."""
    assert local_time.is_zone(name) is known


def test_only_aware_times_become_utc() -> None:
    """An offset is turned into UTC; a time without one is refused."""
    there = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert local_time.as_utc(there).isoformat() == "2026-11-23T03:15:00+00:00"
    with pytest.raises(ValueError, match="without a zone"):
        local_time.as_utc(datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001 - that it is naive is the point
