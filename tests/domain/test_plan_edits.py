"""What a person may change in a plan."""

from datetime import date, timedelta
from typing import Any

import pytest

from coaching.domain.plan_edits import cadence_faults, has_changed, milestone_faults

TODAY = date(2026, 12, 1)
PAST, SOON = TODAY - timedelta(days=3), TODAY + timedelta(days=3)
STANDING = {
    "kind": "route-map",
    "why": "A reason.",
    "title": "A map",
    "detail": "Draw it.",
    "due_on": PAST,
    "ahead_days": 3,
    "state": "active",
}
RHYTHM = {"kind": "mentor", "text": "Once a month.", "every_days": 30}


def fields(given: dict[str, Any], standing: dict[str, Any] | None = STANDING) -> list[str]:
    """The fields that are refused."""
    return [field for field, _ in milestone_faults(given, standing, today=TODAY)]


def test_a_milestone_may_be_given_as_it_stands() -> None:
    """What was read can be sent back, even where its day has passed; nothing has changed then."""
    assert fields(STANDING) == []
    assert not has_changed(STANDING, STANDING)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"due_on": PAST - timedelta(days=1)}, "due_on"),
        ({"due_on": date.max}, "due_on"),
        ({"title": "Two\nlines"}, "title"),
        ({"title": " "}, "title"),
        ({"title": "\u200b"}, "title"),
        ({"title": "\u3164"}, "title"),
        ({"state": "reached"}, "state"),
        ({"state": "proposed"}, "state"),
        ({"kind": "own"}, "kind"),
        ({"why": "Another."}, "why"),
    ],
)
def test_what_can_not_be_changed_is_named(given: dict[str, Any], field: str) -> None:
    """A day behind us or out of sight, a title that is none, news that is told elsewhere."""
    assert fields(given) == [field]


@pytest.mark.parametrize("state", ["reached", "dropped"])
def test_what_is_over_stays(state: str) -> None:
    """A milestone that was reached or dropped takes no change, but may be given as it stands."""
    over = {**STANDING, "state": state}
    assert fields(over, over) == []
    assert fields({"title": "Another"}, over) == ["id"]


def test_what_is_reached_is_not_dropped() -> None:
    """That it was reached remains true."""
    assert fields({"state": "dropped"}, {**STANDING, "state": "reached"}) == ["id"]


def test_a_new_milestone_needs_a_title_and_a_day_ahead() -> None:
    """Everything else has something to stand for it."""
    assert fields({"title": "A map", "due_on": SOON}, None) == []
    assert fields({}, None) == ["title", "due_on"]
    assert fields({"title": "A map", "due_on": PAST, "state": "reached"}, None) == ["state", "due_on"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"every_days": None}, "every_days"),
        ({"every_days": None, "first_by_on": SOON}, "every_days"),
        ({"then_every_days": 60}, "times"),
        ({"first_by_on": date.max}, "first_by_on"),
        ({"text": " "}, "text"),
    ],
)
def test_a_rhythm_that_never_beats_is_refused(given: dict[str, Any], field: str) -> None:
    """A rhythm says how often, or by when somebody is found and how often then."""
    assert [name for name, _ in cadence_faults({**RHYTHM, **given}, today=TODAY)] == [field]


def test_rhythms_that_hold() -> None:
    """A plain one, one that slows down, one that begins with finding somebody."""
    for given in (
        {},
        {"times": 3, "then_every_days": 60},
        {"every_days": None, "first_by_on": SOON, "then_every_days": 30},
    ):
        assert list(cadence_faults({**RHYTHM, **given}, today=TODAY)) == []
