"""The morning list: when it is written, that nothing falls between two of them, and its words."""

from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain import digest_phrases as say
from coaching.domain.digests import (
    OVERDUE_AFTER,
    Kind,
    Listing,
    Morning,
    Thing,
    count_things,
    morning_of,
    overdue_days,
    span_of,
)
from coaching.domain.local_time import WORKING_DAYS, instant_of

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ZONES = st.sampled_from(["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "Africa/Cairo"])


@pytest.mark.parametrize(
    ("at", "is_one"),
    [
        (time(7, 59, 59), False),
        (time(8, 0), True),
        (time(11, 59, 59), True),
        (time(12, 0), False),
        (time(23, 0), False),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Chatham"])
def test_a_list_is_written_from_eight_until_noon(at: time, is_one: bool, zone: str) -> None:
    """A late worker still writes it before noon; later the day is left out."""
    found = morning_of(instant_of(MONDAY, at, zone), zone)
    assert found == (Morning(MONDAY, zone) if is_one else None)


@pytest.mark.parametrize("days", range(7))
def test_a_list_is_written_on_working_days(days: int) -> None:
    """Monday to Friday, where the coach is."""
    on = MONDAY + days * DAY
    assert (morning_of(instant_of(on, time(9), "UTC"), "UTC") is not None) is (days < 5)


@pytest.mark.parametrize(
    ("zone", "on", "due_at", "expires_at"),
    [
        ("Pacific/Auckland", date(2026, 9, 25), (2026, 9, 24, 20), (2026, 9, 25, 6)),
        ("Pacific/Auckland", date(2026, 9, 28), (2026, 9, 27, 19), (2026, 9, 28, 5)),
        ("America/Los_Angeles", date(2026, 10, 30), (2026, 10, 30, 15), (2026, 10, 31, 1)),
        ("America/Los_Angeles", date(2026, 11, 2), (2026, 11, 2, 16), (2026, 11, 3, 2)),
    ],
)
def test_it_is_due_at_eight_on_either_side_of_a_clock_change(
    zone: str, on: date, due_at: tuple[int, ...], expires_at: tuple[int, ...]
) -> None:
    """Eight and eighteen on the coach's wall, before the clocks change and after it."""
    morning = Morning(on, zone)
    assert morning.due_at == datetime(*due_at, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert morning.expires_at == datetime(*expires_at, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert morning_of(morning.due_at, zone) == morning
    assert morning_of(morning.due_at - timedelta(seconds=1), zone) is None


def test_the_slot_names_the_day() -> None:
    """One slot a coach and day."""
    assert Morning(MONDAY, "UTC").slot_key == "digest:2026-11-23"


@pytest.mark.parametrize(
    ("joined_at", "after"),
    [
        (datetime(2026, 11, 3, 15, 30, tzinfo=UTC), datetime(2026, 11, 3, 15, 28, tzinfo=UTC)),
        (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 20, 7, 58, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 20, 7, 58, tzinfo=UTC)),
    ],
)
def test_the_first_list_looks_back_to_where_the_coach_joined(joined_at: datetime, after: datetime) -> None:
    """Three days at least, so that Friday's facts are there on a Monday; those of the last minutes wait."""
    span = span_of(Morning(MONDAY, "UTC"), None, joined_at=joined_at)
    assert (span.after, span.since_on) == (after, after.date())
    assert span.until == datetime(2026, 11, 23, 7, 58, tzinfo=UTC)


def test_a_list_covers_what_came_after_the_one_before() -> None:
    """However long ago the coach joined."""
    last, joined_at = datetime(2026, 11, 19, 8, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    assert span_of(Morning(MONDAY, "UTC"), last, joined_at=joined_at).since_on == date(2026, 11, 19)


@given(
    zone=ZONES,
    went=st.lists(st.booleans(), min_size=3, max_size=40),
    minutes=st.integers(0, 40 * 24 * 60),
)
def test_every_fact_is_on_exactly_one_list_that_went(zone: str, went: list[bool], minutes: int) -> None:
    """Whichever lists didn't go out, nothing is told twice by those that did, and nothing falls between."""
    days = [MONDAY + n * DAY for n in range(len(went))]
    mornings = [Morning(on, zone) for on in days if on.isoweekday() in WORKING_DAYS]
    told_by, last = [], None
    for morning, goes in zip(mornings, went, strict=False):
        if goes:
            span = span_of(morning, last, joined_at=mornings[0].due_at)
            told_by.append(span)
            last = morning.due_at
    at = mornings[0].due_at + timedelta(minutes=minutes)
    covered = [span for span in told_by if span.after < at <= span.until]
    first = told_by[0].after if told_by else at
    assert len(covered) == (1 if told_by and first < at <= told_by[-1].until else 0)


@given(due=st.integers(-40, 30), zone=ZONES)
def test_an_overdue_step_is_told_once_and_then_on_mondays(due: int, zone: str) -> None:
    """On the first working morning a week after its day, then weekly: coaches aren't nagged either."""
    due_on = MONDAY + due * DAY
    told_on, last = [], None
    for n in range(60):
        on = MONDAY + n * DAY
        if on.isoweekday() not in WORKING_DAYS:
            continue
        morning = Morning(on, zone)
        after, until = overdue_days(morning, span_of(morning, last, joined_at=morning.due_at))
        last = morning.due_at
        if (after is None or due_on > after) and due_on <= until:
            told_on.append(on)
    overdue_on = due_on + OVERDUE_AFTER
    assert all(on >= overdue_on for on in told_on)
    first, *others = told_on
    expected = max(overdue_on, MONDAY)
    assert first - expected <= (2 * DAY if expected.isoweekday() > 5 else 0 * DAY)
    assert all(on.isoweekday() == 1 for on in others)
    mondays = [MONDAY + 7 * n * DAY for n in range(9)]
    assert others == [on for on in mondays if first < on < MONDAY + 60 * DAY]


def test_counts_are_of_all_there_is() -> None:
    """What doesn't stand on the list by name is counted as well."""
    listing = Listing("overdue", (Thing("Ana", "a"), Thing("Bo", "b")), 14)
    assert (listing.left_out, count_things([listing, listing])) == (12, 28)


def test_the_line_under_a_long_list_says_how_many_more() -> None:
    """In words up to twelve, then in figures."""
    assert say.more(1)[0] == "And one more"
    assert say.more(13)[0] == "And 13 more"


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "One thing may need you today."), (2, "Two things"), (24, "24 things may need you today.")],
)
def test_the_letter_opens_with_how_much_there_is(count: int, said: str) -> None:
    """One thing is one thing."""
    assert say.opening(count).startswith(said)


def test_each_line_says_what_and_since_when() -> None:
    """Every kind has its day, or says that there is none."""
    on, today = date(2026, 11, 20), MONDAY
    said = [
        say.to_approve(on, changes=False, again=True, today=today),
        say.to_approve(on, changes=True, again=False, today=today),
        say.unsure(on, trusted=True, profile="in transition", today=today),
        say.unsure(on, trusted=True, profile=None, today=today),
        say.unsure(on, trusted=False, profile=None, today=today),
        say.overdue("A map.", on, more=0, letters_off=False, today=today),
        say.overdue("A map.", on, more=2, letters_off=True, today=today),
        say.silent(on, today=today),
        say.quiet("Marie", "mentor", on, today=today),
        say.not_useful(say.step("A map"), on, today=today),
        say.unmatched("reached", {"milestone": {"ref": "cert-1"}}, on, today=today),
        say.decided("stay", on, today=today),
        say.said(say.TALKED, on, today=today),
        say.said(say.STILL_USEFUL, on, today=today),
        say.said(say.missed("Meetup"), on, today=today),
        say.noted("the group", "Ask Jo.", on, today=today),
    ]
    assert all("Friday 20 November" in one for one in said)
    assert len(set(said)) == len(said)
    assert say.quiet("", "group", None, today=today) == "The group. No contact yet."
    assert "still waits" in said[0]
    assert "hardly" in said[4]
    assert said[6].endswith("was due on Friday 20 November, and two more. Letters to them are off.")
    assert said[-1].startswith("The group: \u201cAsk Jo.\u201d, noted on")


def test_every_kind_has_its_heading() -> None:
    """What can be listed has a place among the headings, and no two are called alike."""
    assert set(say.HEADINGS) == set(get_args(Kind))
    assert len({heading for heading, _ in say.HEADINGS.values()}) == len(say.HEADINGS)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"milestone": {"ref": "cert-1"}}, "\u201ccert-1\u201d"),
        ({"milestone": {"kind": "certificate"}}, "\u201ccertificate\u201d"),
        ({}, "A step"),
    ],
)
def test_a_report_is_named_as_the_other_program_did(given: dict[str, object], named: str) -> None:
    """By ref or kind, whichever it gave."""
    assert say.unmatched("started", given, MONDAY, today=MONDAY).startswith(
        f"{named} was reported as started"
    )


def test_an_address_that_we_know_nobody_by_stays_out_of_the_letter() -> None:
    """A ref may be told, an e-mail address is not."""
    assert "crm-7" in say.stranger({"client": {"ref": "crm-7"}})
    assert say.stranger({"client": {"email": "eve@example.test"}}) == "Nobody we know"
    assert say.stranger({}) == "Nobody we know"


def test_a_name_is_words_and_nothing_else() -> None:
    """What was typed as a name is one line, short, and no link; nothing typed is said so."""
    said = say.client_name("Ana\r\nBcc: eve@example.test https://eve.example.test/" + "x" * 200)
    assert len(said.splitlines()) == 1
    assert "eve.example" not in said
    assert len(say.client_name("x " * 100).replace("\u200c", "")) <= say.LONGEST_NAME
    assert say.client_name(None) == say.client_name(" ") == "A client without a name"


def test_no_list_shouts() -> None:
    """Headings are short, and nothing has an exclamation mark."""
    for heading, about in say.HEADINGS.values():
        assert len(heading) <= 40
        assert "!" not in heading + about
