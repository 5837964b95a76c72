"""What a pause takes and moves, and how it is told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.pause_phrases import pausing, resuming
from coaching.domain.pauses import Effect, LetterEffect, MilestoneEffect, Span, Waiting, letter_effect

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
PARIS = "Europe/Paris"
ABOUT = UUID(int=7)


def waiting(**changes: Any) -> Waiting:
    """Return a milestone's reminder that is due in a day, at nine where the client is."""
    values: dict[str, Any] = {
        "message_id": UUID(int=1),
        "family": "milestone",
        "template": "milestone-ahead",
        "due_at": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        "expires_at": NOW + 14 * DAY,
        "about": ABOUT,
        **changes,
    }
    return Waiting(**values)


@pytest.mark.parametrize(
    ("began", "end", "zone", "days"),
    [
        ((2026, 11, 23, 9), (2026, 11, 30, 9), PARIS, 7),
        ((2026, 11, 23, 22, 59), (2026, 11, 23, 23, 1), PARIS, 1),  # over one midnight there
        ((2026, 11, 23, 9), (2026, 11, 23, 20), PARIS, 0),
        ((2026, 3, 28, 23), (2026, 3, 29, 22), PARIS, 1),  # a day of 23 hours, begun at midnight
        (
            (2011, 12, 29, 20),
            (2011, 12, 31, 20),
            "Pacific/Apia",
            3,
        ),  # the 30th never was, but counts as a date
    ],
)
def test_a_pause_is_measured_in_local_dates(
    began: tuple[int, ...], end: tuple[int, ...], zone: str, days: int
) -> None:
    """What counts is how many dates later it is where the client is, not how many hours."""
    span = Span.of(datetime(*began, tzinfo=UTC), datetime(*end, tzinfo=UTC), zone)  # type: ignore[misc, arg-type]
    assert span.days_since(date(2000, 1, 1)) == days


@given(since=st.integers(-30, 30), length=st.integers(0, 20))
def test_what_counts_from_a_day_loses_only_the_days_after_it(since: int, length: int) -> None:
    """Never more than the whole pause, never less than nothing, and one day less for each day later."""
    first = date(2026, 11, 23)
    span = Span(first, first + length * DAY)
    lost = span.days_since(first + since * DAY)
    assert lost == min(length, max(0, length - since))


def test_an_open_pause_has_no_length_yet() -> None:
    """Until it ends nobody knows by how much dates move; every later date falls into it."""
    span = Span.of(NOW, None, PARIS)
    assert span.days_since(date(2026, 11, 1)) is None
    assert span.holds(date(2099, 1, 1))
    assert not span.holds(date(2026, 11, 22))


def test_the_day_on_which_it_ends_is_not_in_it() -> None:
    """From the first day on, up to the day before the last."""
    span = Span(date(2026, 11, 23), date(2026, 11, 25))
    assert [span.holds(date(2026, 11, day)) for day in (22, 23, 24, 25)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("ending", "changes", "end_in", "becomes"),
    [
        ("skip", {}, 7, "skipped"),
        ("skip", {"about": None}, None, "skipped"),
        ("hold", {}, 7, "held"),
        ("hold", {}, 14, "skipped"),  # it would come too late: its time is over just then
        ("hold", {}, None, "held"),
        ("shift", {}, 7, "moved"),
        ("shift", {}, 21, "moved"),  # its new date is what counts
        ("shift", {"about": None}, 7, "held"),
        ("shift", {"about": UUID(int=8)}, 7, "held"),
        ("shift", {"about": None}, 21, "skipped"),
    ],
)
def test_what_becomes_of_a_letter(
    ending: str, changes: dict[str, Any], end_in: int | None, becomes: str
) -> None:
    """Left out, moved with what it is about, or held; held for too long it would come too late."""
    end_at = None if end_in is None else NOW + end_in * DAY
    word, effect = letter_effect(waiting(**changes), ending, end_at, {ABOUT: end_in}, PARIS)
    assert word == becomes
    assert (effect.moves_to is not None) == (becomes == "moved")


def test_a_moved_letter_keeps_its_hour() -> None:
    """Nine in the morning stays nine, also over a change of the clocks; without an end nobody knows when."""
    at_nine = waiting(due_at=datetime(2026, 3, 27, 8, 0, tzinfo=UTC), expires_at=NOW)
    _, effect = letter_effect(at_nine, "shift", NOW, {ABOUT: 7}, PARIS)
    assert effect.moves_to == datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    word, effect = letter_effect(at_nine, "shift", None, {ABOUT: None}, PARIS)
    assert (word, effect.moves_to) == ("moved", None)


def _effect(skipped: int = 0, held: int = 0, milestones: int = 0, rhythms: int = 0) -> Effect:
    letter = LetterEffect(UUID(int=1), "milestone", "week", NOW)
    row = MilestoneEffect(UUID(int=2), "List 20 contacts", date(2026, 12, 1))
    letters = {"skipped": (letter,) * skipped, "moved": (), "held": (letter,) * held}
    return Effect(letters, (row,) * milestones, rhythms=rhythms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ending", "counts", "until_at", "said"),
    [
        (
            "skip",
            {"skipped": 1},
            datetime(2026, 12, 9, 23, 0, tzinfo=UTC),
            "Letters rest until Thursday 10 December. "
            "One letter that falls due meanwhile is left out; later dates stay.",
        ),
        (
            "skip",
            {},
            None,
            "Letters rest until they are resumed. "
            "Nothing that is planned so far falls into that time; later dates stay.",
        ),
        (
            "hold",
            {"held": 3, "skipped": 1},
            NOW + 3 * DAY,
            "Letters rest until Thursday 26 November, 10:00. Three letters wait and come after it, one at a "
            "time. One letter would come too late by then and is left out.",
        ),
        (
            "shift",
            {"milestones": 2, "held": 1, "rhythms": 1},
            NOW + 3 * DAY,
            "Letters rest until Thursday 26 November, 10:00. Two dates of the plan move by as many days, and "
            "rhythms with them. One letter waits and comes after it, one at a time.",
        ),
        (
            "shift",
            {"rhythms": 1},
            None,
            "Letters rest until they are resumed. Rhythms move by as many days.",
        ),
    ],
)
def test_a_pause_is_told_in_words(
    ending: str, counts: dict[str, int], until_at: datetime | None, said: str
) -> None:
    """Until when, and what becomes of what falls into it."""
    assert pausing(_effect(**counts), ending, until_at, PARIS, now=NOW) == said


@pytest.mark.parametrize(
    ("ending", "counts", "said"),
    [
        ("skip", {}, "Nothing was left out; later dates stay."),
        ("skip", {"skipped": 2}, "Two letters that fell due meanwhile were left out; later dates stay."),
        ("hold", {}, ""),
        ("hold", {"held": 1}, "One letter that waited comes now, one at a time."),
        (
            "shift",
            {"milestones": 1, "rhythms": 2},
            "One date of the plan moves by as many days, and rhythms with them.",
        ),
        ("shift", {"milestones": 1}, "One date of the plan moves by as many days."),
        ("shift", {"rhythms": 1}, "Rhythms move by as many days."),
        ("shift", {}, "No date moves."),
    ],
)
def test_the_end_of_a_pause_is_told_in_words(ending: str, counts: dict[str, int], said: str) -> None:
    """That letters come again, and what became of the rest."""
    assert resuming(_effect(**counts), ending) == f"Letters come again from now on. {said}".rstrip()
