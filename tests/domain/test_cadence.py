"""When it is time to be in touch again, and with whom this week."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coaching.domain.cadence import (
    GAP,
    after_contact,
    after_snooze,
    anchor,
    due_on,
    propose_touches,
    reminders,
)
from coaching.domain.engine.state import RelationshipFacts

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
START = date(2026, 9, 1)
ONE = UUID(int=1)

dates = some.dates(date(2026, 1, 1), date(2027, 12, 31))
ties = some.builds(
    RelationshipFacts,
    id=some.integers(1, 50).map(lambda number: UUID(int=number)),
    kind=some.sampled_from(("mentor", "peer", "leader", "group", "event")),
    state=some.sampled_from(("active", "quiet", "ended")),
    cadence_days=some.none() | some.integers(1, 730),
    starts_on=dates,
    last_contact_on=some.none() | dates,
    shifted_days=some.integers(0, 60),
    not_before=some.none() | dates,
)


def tie(**changes: Any) -> RelationshipFacts:
    """Return a mentor of 30 days since September, without contact so far."""
    facts: dict[str, Any] = {
        "id": ONE, "kind": "mentor", "state": "active", "cadence_days": 30, "starts_on": START
    }  # fmt: skip
    return RelationshipFacts(**(facts | changes))


def waiting(number: int, days: int, **changes: Any) -> RelationshipFacts:
    """Return a peer of 30 days with whom there was contact so many days ago."""
    return tie(id=UUID(int=number), kind="peer", last_contact_on=TODAY - days * DAY, **changes)


def named(*relationships: RelationshipFacts, count: int = 9) -> list[int]:
    """Return the numbers of those whom this week proposes."""
    return [one.int for one in propose_touches(relationships, count=count, today=TODAY)]


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({}, START),
        ({"last_contact_on": date(2026, 10, 5)}, date(2026, 10, 5)),
        ({"last_contact_on": date(2026, 10, 5), "shifted_days": 9}, date(2026, 10, 14)),
        ({"shifted_days": 9}, date(2026, 9, 10)),
        ({"last_contact_on": date(2026, 8, 1)}, date(2026, 8, 1)),
        ({"not_before": date(2027, 1, 1)}, START),
    ],
    ids=["start", "contact", "contact and pause", "start and pause", "contact before the start", "snoozed"],
)
def test_what_the_rhythm_counts_from(changes: dict[str, Any], since: date) -> None:
    """The last real contact, else the start, moved by pauses; a wish to be reminded later is no contact."""
    assert anchor(tie(**changes)) == since


@pytest.mark.parametrize(
    ("changes", "slow", "days"),
    [
        ({}, False, (30, 37, 44)),
        ({}, True, (60, 74, 88)),
        ({"cadence_days": 1}, False, (1, 8, 15)),
        ({"not_before": START + 40 * DAY}, False, (40, 47, 54)),
        ({"not_before": START + 40 * DAY}, True, (60, 74, 88)),
        ({"not_before": START + 70 * DAY}, True, (70, 84, 98)),
        ({"not_before": START + 10 * DAY}, False, (30, 37, 44)),
        ({"shifted_days": 5}, False, (35, 42, 49)),
    ],
)
def test_three_reminders(changes: dict[str, Any], slow: bool, days: tuple[int, ...]) -> None:
    """After the rhythm, then twice a week later; slow doubles both; none is too early and the gaps stay."""
    assert reminders(tie(**changes), slow=slow) == tuple(START + count * DAY for count in days)


@given(one=ties, slow=some.booleans())
def test_reminders_keep_their_distance(one: RelationshipFacts, slow: bool) -> None:
    """They never come before it is time, nor before the client wished, and always with the same gaps."""
    first, second, third = reminders(one, slow=slow)
    assert first >= due_on(one, slow=slow) > anchor(one)
    assert one.not_before is None or first >= one.not_before
    assert second - first == third - second == GAP * (2 if slow else 1)


@given(one=ties, told=some.lists(dates, min_size=1, max_size=6), data=some.data())
def test_any_order_of_telling(one: RelationshipFacts, told: list[date], data: some.DataObject) -> None:
    """The same contacts, told in any order, lead to the same next reminder."""
    found = []
    for order in (told, data.draw(some.permutations(told))):
        moved = replace(one, last_contact_on=None)
        for on in order:
            moved = after_contact(moved, on)
        found.append(moved)
    assert found[0] == found[1]
    assert found[0].last_contact_on == max(told)


def test_contact_brings_back_who_was_quiet() -> None:
    """Days counted from it alone; but contact before the last one, told late, moves nothing."""
    quiet = tie(state="quiet", last_contact_on=TODAY - 90 * DAY, shifted_days=4, not_before=TODAY + DAY)
    assert after_contact(quiet, TODAY - 91 * DAY) == quiet
    back = after_contact(quiet, TODAY - 90 * DAY)
    assert (back.state, back.shifted_days, back.not_before) == ("active", 0, None)
    assert after_contact(tie(state="ended"), TODAY).state == "ended"


@given(one=ties, later=dates)
def test_the_next_reminder_comes_when_asked_for(one: RelationshipFacts, later: date) -> None:
    """On that day if one was due before, and with another anchor: all three are open again."""
    was_due = due_on(one) < later
    rests = after_snooze(one, later)
    assert reminders(rests, slow=False)[0] == max(later, due_on(one))
    assert (anchor(rests) != anchor(one)) is was_due
    assert rests.last_contact_on == one.last_contact_on


def test_whoever_waited_longest_comes_first() -> None:
    """By how often their rhythm has passed, not by days; equal ones in order of their ids."""
    weekly, monthly, quarterly = (
        waiting(1, 15, cadence_days=7),
        waiting(2, 40),
        waiting(3, 80, cadence_days=91),
    )
    assert named(quarterly, monthly, weekly) == [1, 2, 3]
    assert named(waiting(9, 20), waiting(4, 40, cadence_days=60), waiting(5, 20)) == [4, 5, 9]


def test_no_more_than_the_goal() -> None:
    """Two a week names two; none a week names nobody."""
    people = [waiting(number, 10 + number) for number in range(1, 6)]
    assert named(*people, count=2) == [5, 4]
    assert named(*people, count=0) == []


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({}, True),
        ({"kind": "mentor"}, True),
        ({"kind": "leader"}, True),
        ({"kind": "group"}, True),
        ({"kind": "event", "cadence_days": None}, False),
        ({"state": "quiet"}, False),
        ({"state": "ended"}, False),
        ({"last_contact_on": TODAY - 6 * DAY}, False),
        ({"last_contact_on": TODAY - 7 * DAY}, True),
        ({"last_contact_on": TODAY}, False),
        ({"last_contact_on": TODAY + DAY}, False),
        ({"last_contact_on": None, "starts_on": TODAY}, True),
        ({"last_contact_on": None, "starts_on": TODAY + DAY}, False),
        ({"not_before": TODAY + DAY}, False),
        ({"not_before": TODAY}, True),
        ({"last_contact_on": TODAY - 6 * DAY, "shifted_days": 0, "cadence_days": 1}, False),
    ],
)
def test_who_may_be_named(changes: dict[str, Any], is_named: bool) -> None:
    """Anybody active but events, without contact for seven days, about whom reminders don't rest."""
    one = {"last_contact_on": TODAY - 30 * DAY, "kind": "peer", **changes}
    assert named(tie(**one)) == ([1] if is_named else [])


@given(people=some.lists(ties, max_size=8, unique_by=lambda one: one.id), data=some.data())
def test_the_order_of_the_list_makes_no_difference(
    people: list[RelationshipFacts], data: some.DataObject
) -> None:
    """The same people give the same names, each once."""
    count = data.draw(some.integers(0, 9))
    shuffled = data.draw(some.permutations(people))
    names = propose_touches(people, count=count, today=TODAY)
    assert names == propose_touches(shuffled, count=count, today=TODAY)
    assert len(set(names)) == len(names) <= count
