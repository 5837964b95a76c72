"""The one question to who stopped answering: asked until it has left, and in its place a farewell."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.engine.standing_rules import silence
from tests.support.called_for import days, slots
from tests.support.states import NOON, client, letter, plan

DAY = timedelta(days=1)
KEY = "still-useful:2026-10-30"
SILENT: dict[str, Any] = {"unanswered": 6, "last_acted_at": datetime(2026, 10, 30, 12, tzinfo=UTC)}
LAST = letter(state="queued", slot_on=date(2026, 11, 17), taken_at=NOON - 6 * DAY)


def question(key: str, on: datetime, state: str) -> Any:
    """Return the question as it stands in the ledger."""
    return letter(slot_key=key, template="still-useful", family="milestone", due_at=on, state=state)


def asked(*letters: Any, now: datetime = NOON, **changes: Any) -> dict[str, str]:
    """Return slot key and day of the question that is wanted."""
    found = slots(now=now, letters=(LAST, *letters), **SILENT | changes)
    assert all(one.intent is not None for one in found.values())
    return {key: str(one.intent.on) for key, one in found.items() if one.intent}


@pytest.mark.parametrize("end", ["skipped", "expired", "failed"])
def test_a_question_that_never_left_is_asked_again(end: str) -> None:
    """A pause or trouble in between must not silence somebody for good: a week later it comes again."""
    first = question(KEY, NOON + DAY, end)
    assert asked(first) == {f"{KEY}:2026-12-01": "2026-12-01"}
    second = question(f"{KEY}:2026-12-01", NOON + 8 * DAY, end)
    assert asked(first, second) == {f"{KEY}:2026-12-08": "2026-12-08"}


def test_a_question_after_a_long_rest_is_not_over_before_it_is_planned() -> None:
    """It moves on week by week to one that still makes sense, and stays there."""
    first = question(KEY, NOON + DAY, "expired")
    later = NOON + 60 * DAY
    (wanted,) = asked(first, now=later).items()
    assert wanted == (f"{KEY}:2027-01-12", "2027-01-12")
    planned = question(wanted[0], datetime(2027, 1, 12, 8, tzinfo=UTC), "planned")
    assert asked(first, planned, now=later + 3 * DAY) == dict([wanted])


@pytest.mark.parametrize("end", ["queued", "cancelled"])
def test_a_question_that_left_or_was_called_off_keeps_its_name(end: str) -> None:
    """One that left is not repeated; one that was called off leaves its slot free."""
    assert asked(question(KEY, NOON + DAY, end)) == {KEY: "2026-11-24"}


def test_who_refuses_these_letters_is_not_asked() -> None:
    """Nor written to: the coach hears of it."""
    assert asked(suppressed=frozenset({"milestone"})) == {}


def test_a_completed_plan_says_farewell_in_place_of_the_question() -> None:
    """Six unanswered letters don't take the last word away; a seventh silence does."""
    done = plan(state="completed", completed_at=NOON)
    assert set(days(slots(plan=done, letters=(LAST,), **SILENT))) == {"farewell"}
    farewell = letter(id=UUID(int=7), family="milestone", template="farewell")
    assert silence(farewell, client(unanswered=6), NOON).said == "pass"
    assert silence(farewell, client(unanswered=7), NOON).said == "skip"
