"""Wall-clock time through clock changes at odd hours, skipped days and half-hour shifts."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whenever import Instant

from coaching.domain import local_time
from coaching.domain.local_time import DEFAULT_HOURS, Hours

Numbers = tuple[int, ...]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(1, 8))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by contract
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[datetime, str]:
    """A zone, and a moment within two days of one of its clock changes, if it has any."""
    moment, zone = draw(MOMENTS), draw(ZONES)
    change = Instant(moment).to_tz(zone).next_transition()
    if change is not None:
        moment = change.to_instant().to_stdlib()
    return moment + draw(st.timedeltas(-2 * DAY, 2 * DAY)), zone


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    """Hours of whole minutes on any days, as short as one minute."""
    first, last = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=2)))
    return Hours(draw(st.frozensets(st.integers(1, 7), min_size=1)), _at(first), _at(last))


def _at(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def utc(*numbers: int) -> datetime:
    """Return an instant."""
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Paris", (2026, 3, 29, 2, 30), (2026, 3, 29, 1, 30)),  # skipped: 03:30 summer time
        ("Europe/Paris", (2026, 10, 25, 2, 30), (2026, 10, 25, 0, 30)),  # twice: the first
        ("Europe/Dublin", (2026, 3, 29, 1, 30), (2026, 3, 29, 1, 30)),  # its winter time is the odd one
        ("Europe/Dublin", (2026, 10, 25, 1, 30), (2026, 10, 25, 0, 30)),
        ("America/Sao_Paulo", (2018, 11, 4, 0, 0), (2018, 11, 4, 3, 0)),  # midnight skipped
        ("America/Santiago", (2026, 9, 6, 0, 0), (2026, 9, 6, 4, 0)),  # midnight skipped
        ("America/Santiago", (2026, 4, 4, 23, 30), (2026, 4, 5, 2, 30)),  # the last hour of a day twice
        ("America/Asuncion", (2023, 10, 1, 0, 30), (2023, 10, 1, 4, 30)),  # midnight skipped
        ("America/Asuncion", (2026, 10, 4, 0, 30), (2026, 10, 4, 3, 30)),  # summer time for good
        ("Africa/Cairo", (2026, 4, 24, 0, 0), (2026, 4, 23, 22, 0)),  # midnight skipped
        ("Africa/Cairo", (2026, 10, 29, 23, 59), (2026, 10, 29, 20, 59)),  # the last hour twice
        ("Asia/Beirut", (2022, 3, 27, 0, 0), (2022, 3, 26, 22, 0)),  # midnight skipped
        ("Asia/Gaza", (2016, 3, 26, 1, 30), (2016, 3, 25, 23, 30)),  # on a Saturday at one
        ("Asia/Gaza", (2014, 10, 23, 23, 30), (2014, 10, 23, 20, 30)),  # a day's last hour twice
        ("Australia/Lord_Howe", (2026, 10, 4, 2, 15), (2026, 10, 3, 15, 45)),  # half an hour skipped
        ("Australia/Lord_Howe", (2026, 4, 5, 1, 45), (2026, 4, 4, 14, 45)),  # half an hour twice
        ("Antarctica/Troll", (2026, 3, 29, 2, 0), (2026, 3, 29, 2, 0)),  # two hours skipped
        ("Antarctica/Troll", (2026, 10, 25, 1, 30), (2026, 10, 24, 23, 30)),  # two hours twice
        ("America/St_Johns", (2006, 4, 2, 0, 30), (2006, 4, 2, 4, 0)),  # a minute past midnight
        ("America/St_Johns", (2006, 10, 28, 23, 30), (2006, 10, 29, 2, 0)),  # back over midnight
        ("America/St_Johns", (2006, 10, 29, 0, 0), (2006, 10, 29, 2, 30)),  # so midnight came twice
        ("Africa/Casablanca", (2026, 2, 15, 2, 30), (2026, 2, 15, 1, 30)),  # back for Ramadan
        ("Africa/Casablanca", (2026, 3, 22, 2, 30), (2026, 3, 22, 2, 30)),  # and forth after it
        ("Pacific/Apia", (2011, 12, 30, 9, 0), (2011, 12, 30, 19, 0)),  # a whole day skipped
        ("Asia/Kathmandu", (2026, 11, 23, 9, 30), (2026, 11, 23, 3, 45)),
    ],
)
def test_instants_of_wall_clock_times(zone: str, wall: Numbers, instant: Numbers) -> None:
    """Skipped times move forward by the gap, repeated ones mean the first."""
    year, month, day, hour, minute = wall
    on, at = date(year, month, day), time(hour, minute)
    assert local_time.instant_of(on, at, zone) == utc(*instant)


@given(moment=MOMENTS | near_changes().map(lambda drawn: drawn[0]), zone=ZONES)
def test_local_time_is_that_of_the_standard_library(moment: datetime, zone: str) -> None:
    """In every zone both read the same clock."""
    assert local_time.local(moment, zone) == moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(near=near_changes())
def test_a_time_that_was_on_the_clock_comes_back(near: tuple[datetime, str]) -> None:
    """What a wall clock showed is found again: at that instant, or the first time that it showed it."""
    moment, zone = near[0].replace(microsecond=0), near[1]
    wall = local_time.local(moment, zone)
    back = local_time.instant_of(wall.date(), wall.time(), zone)
    assert local_time.local(back, zone) == wall
    assert back == moment or moment - DAY <= back < moment


@given(near=near_changes())
def test_a_time_that_a_change_skips_is_moved_forward(near: tuple[datetime, str]) -> None:
    """Whatever wall time is asked for, the clock shows it, or a later one by what was skipped."""
    moment, zone = near
    asked = moment.replace(tzinfo=None, second=0, microsecond=0)
    found = local_time.local(local_time.instant_of(asked.date(), asked.time(), zone), zone)
    assert asked <= found <= asked + DAY


@given(moment=MOMENTS, zone=ZONES)
def test_the_next_window_comes_after_a_weekend_at_most(moment: datetime, zone: str) -> None:
    """Letters may go at the time that is named, which never lies before the question or far after it."""
    opens = local_time.next_window(moment, zone)
    assert local_time.in_window(opens, zone)
    assert moment <= opens <= moment + 4 * DAY


@given(near=near_changes(), hours=any_hours())
def test_the_next_window_is_the_first(near: tuple[datetime, str], hours: Hours) -> None:
    """It is never early, always inside, and no minute before it is inside, whatever the clocks do."""
    moment, zone = near
    opens = local_time.next_window(moment, zone, hours)
    assert moment <= opens <= moment + 15 * DAY
    assert _is_inside(opens, zone, hours)
    before = max(moment, opens - timedelta(hours=5))
    while before < opens:
        assert not _is_inside(before, zone, hours)
        before += MINUTE
    before = moment
    while before < opens:
        assert not _is_inside(before, zone, hours)
        before += 29 * MINUTE


def _is_inside(instant: datetime, zone: str, hours: Hours) -> bool:
    """Tell by the standard library's clock."""
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return wall.isoweekday() in hours.days and hours.opens <= wall.time() < hours.closes


@given(near=near_changes(), hours=any_hours())
def test_the_window_of_a_date_is_not_before_it(near: tuple[datetime, str], hours: Hours) -> None:
    """The first time for letters from a local date on bears this date or a later one, and is inside."""
    on = near[0].date()
    opens = local_time.next_window_on(on, near[1], hours)
    assert local_time.in_window(opens, near[1], hours)
    assert local_time.local(opens, near[1]).date() >= on


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
def test_windows_in_paris(instant: Numbers, opens: Numbers) -> None:
    """Monday to Friday, half past eight to six, edges and weekends included."""
    assert local_time.next_window(utc(*instant), "Europe/Paris") == utc(*opens)


@pytest.mark.parametrize(
    ("zone", "code", "instant", "opens"),
    [
        # The hour in which they begin is skipped: they begin when the clock jumps into them.
        ("Europe/Paris", "7 02:15-04:00", (2026, 3, 29, 0, 0), (2026, 3, 29, 1, 0)),
        ("Australia/Lord_Howe", "7 02:15-03:00", (2026, 10, 3, 12, 0), (2026, 10, 3, 15, 30)),
        ("Antarctica/Troll", "7 02:30-03:30", (2026, 3, 29, 0, 0), (2026, 3, 29, 1, 0)),
        ("Africa/Cairo", "5 00:30-02:00", (2026, 4, 23, 20, 0), (2026, 4, 23, 22, 0)),
        # Skipped whole: next week.
        ("Europe/Paris", "7 02:00-03:00", (2026, 3, 28, 12, 0), (2026, 4, 5, 0, 0)),
        ("America/Santiago", "7 00:00-00:45", (2026, 9, 5, 12, 0), (2026, 9, 13, 3, 0)),
        # A Friday that never was.
        ("Pacific/Apia", "5 08:30-18:00", (2011, 12, 30, 5, 0), (2012, 1, 5, 18, 30)),
        ("Pacific/Apia", "12345 08:30-18:00", (2011, 12, 30, 5, 0), (2012, 1, 1, 18, 30)),
        # They come twice: the second time is as good.
        ("Europe/Paris", "7 02:15-02:45", (2026, 10, 25, 0, 45), (2026, 10, 25, 1, 15)),
        ("Europe/Paris", "7 01:30-02:30", (2026, 10, 25, 0, 30), (2026, 10, 25, 1, 0)),
        ("Australia/Lord_Howe", "7 01:00-01:40", (2026, 4, 4, 14, 40), (2026, 4, 4, 15, 0)),
        # Back over midnight: Sunday has begun, and Saturday's last hour comes once more.
        ("America/St_Johns", "6 23:00-23:30", (2006, 10, 29, 2, 30, 30), (2006, 10, 29, 2, 31)),
        # Changes on days that nobody counts on.
        ("Africa/Casablanca", "12345 08:30-18:00", (2026, 2, 13, 18, 0), (2026, 2, 16, 8, 30)),
        ("Africa/Casablanca", "12345 08:30-18:00", (2026, 3, 20, 19, 0), (2026, 3, 23, 7, 30)),
        ("Asia/Gaza", "6 01:30-02:30", (2016, 3, 25, 12, 0), (2016, 3, 25, 23, 0)),
        ("Asia/Kathmandu", "12345 08:30-18:00", (2026, 11, 23, 0, 0), (2026, 11, 23, 2, 45)),
        ("Europe/Dublin", "12345 08:30-18:00", (2026, 10, 23, 20, 0), (2026, 10, 26, 8, 30)),
    ],
)
def test_windows_through_odd_changes(zone: str, code: str, instant: Numbers, opens: Numbers) -> None:
    """Each kind of clock change, where it falls into the hours for letters or beside them."""
    assert local_time.next_window(utc(*instant), zone, Hours.of(code)) == utc(*opens)


def test_a_day_whose_midnight_comes_twice_does_not_begin_the_evening_before() -> None:
    """In St John's, 29 October 2006 had begun when the clock went back to the evening of the 28th."""
    evenings = Hours(EVERY_DAY, time(23, 5), time(23, 30))
    opens = local_time.next_window_on(date(2006, 10, 29), "America/St_Johns", evenings)
    assert local_time.local(opens, "America/St_Johns") == datetime(2006, 10, 29, 23, 5)  # noqa: DTZ001 - a wall clock


@pytest.mark.parametrize(
    ("on", "days", "expected"),
    [
        ((2026, 11, 23), 0, (2026, 11, 23)),
        ((2026, 11, 23), 3, (2026, 11, 26)),
        ((2026, 11, 25), 3, (2026, 11, 30)),  # Wednesday: over a weekend
        ((2026, 11, 27), 1, (2026, 11, 30)),  # Friday
        ((2026, 11, 28), 1, (2026, 11, 30)),  # Saturday: the first working day after it
        ((2026, 11, 29), 3, (2026, 12, 2)),  # Sunday
        ((2026, 11, 23), 5, (2026, 11, 30)),
    ],
)
def test_working_days_leave_weekends_out(on: Numbers, days: int, expected: Numbers) -> None:
    """Three working days after a Wednesday are a Monday."""
    assert local_time.add_working_days(date(*on), days) == date(*expected)


@given(hours=any_hours())
def test_hours_are_read_as_they_are_written(hours: Hours) -> None:
    """Whatever hours there can be, their line gives them back, and equal hours have equal lines."""
    assert Hours.of(hours.code) == hours
    assert Hours.of(hours.code).code == hours.code


@pytest.mark.parametrize(
    "code",
    [
        "",
        "12345",
        "08:30-18:00",
        "12345 18:00-08:30",
        "12345 09:00-09:00",
        "12348 08:30-18:00",
        "12345 08:30-24:00",
        "12345 08:60-18:00",
        "12345 08:30-18:00 ",
        "12345  08:30-18:00",
        "\u0661 08:30-18:00",
    ],
)
def test_what_is_no_hours_is_refused(code: str) -> None:
    """No days, no hours, an end that isn't after the beginning, times that no clock shows."""
    with pytest.raises(ValueError):  # noqa: PT011 - that it is refused is the point; several words may say why
        Hours.of(code)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (time(8, 30, 1), time(18)),
        (time(8, 30), time(18, 0, 0, 1)),
        (time(8, 30, tzinfo=UTC), time(18, tzinfo=UTC)),
    ],
)
def test_hours_are_whole_minutes_of_ones_own_clock(opens: time, closes: time) -> None:
    """What the line of the hours could not say is no hours."""
    with pytest.raises(ValueError, match="whole minutes"):
        Hours(EVERY_DAY, opens, closes)


def test_hours_know_their_days() -> None:
    """Monday to Friday by default; from a Saturday on, the first day is Monday."""
    assert DEFAULT_HOURS.code == "12345 08:30-18:00"
    assert DEFAULT_HOURS.has_day(date(2026, 11, 27))
    assert not DEFAULT_HOURS.has_day(date(2026, 11, 28))
    assert DEFAULT_HOURS.first_day(date(2026, 11, 28)) == date(2026, 11, 30)
    assert DEFAULT_HOURS.first_day(date(2026, 11, 30)) == date(2026, 11, 30)


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
