"""Three reminders about somebody without contact, in their distance, whatever moves the rhythm meanwhile."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from coaching.domain.cadence import after_contact, after_snooze
from coaching.domain.engine.relationship_slots import quiet_on
from coaching.domain.engine.state import LetterFacts, Pause, RelationshipFacts
from tests.support.called_for import TIE, gone, slots
from tests.support.states import NOON, client, relationship

# Met on 2 November; by a rhythm of 30 days the reminders are meant for 2, 9 and 16 December.
MET = relationship(id=TIE)
DAY = timedelta(days=1)
FIRST = NOON + 9 * DAY


def sent(number: int, since: str = "2026-11-02", late: int = 0, **changes: object) -> LetterFacts:
    """Return a reminder that went on its day, or so many days late."""
    at = FIRST + (7 * (number - 1) + late) * DAY
    key = f"mentoring:{TIE}:{since}:{number}"
    return gone(key, "mentor-nudge", due_at=at, **{"queued_at": at} | changes)


def next_one(one: RelationshipFacts, *letters: LetterFacts, **changes: Any) -> tuple[str, str] | None:
    """Return the slot key behind the id, and the day, of the reminder that is wanted."""
    found = [
        slot
        for slot in slots(relationships=(one,), letters=letters, **changes).values()
        if slot.template == "mentor-nudge"
    ]
    assert len(found) <= 1
    for slot in found:
        assert slot.intent is not None
        return slot.key.removeprefix(f"mentoring:{TIE}:"), str(slot.intent.on)
    return None


def shifted(days: int, one: RelationshipFacts = MET) -> RelationshipFacts:
    """Return how it stands after a pause that moved it by so many days."""
    return relationship(**vars(one) | {"shifted_days": one.shifted_days + days})


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        pytest.param((), ("2026-11-07:1", "2026-12-07"), id="none"),
        pytest.param((sent(1),), ("2026-11-07:2", "2026-12-14"), id="the first"),
        pytest.param((sent(1), sent(2)), ("2026-11-07:3", "2026-12-21"), id="two"),
        pytest.param((sent(1), sent(2), sent(3)), None, id="all"),
        pytest.param((sent(1, late=6),), ("2026-11-07:2", "2026-12-15"), id="the first, late"),
        pytest.param((sent(1, state="skipped"),), ("2026-11-07:1", "2026-12-07"), id="one that didn't go"),
        pytest.param((sent(1, state="planned"),), ("2026-11-07:1", "2026-12-07"), id="one that waits"),
    ],
)
def test_a_shift_begins_no_three_anew(
    letters: tuple[LetterFacts, ...], expected: tuple[str, str] | None
) -> None:
    """What went counts on; the next comes as much later as the pause was long, and never within a week."""
    assert next_one(shifted(5), *letters) == expected


def test_a_second_shift_counts_on() -> None:
    """Reminders of two anchors are still three."""
    letters = [sent(1), sent(2, since="2026-11-07", late=5)]
    assert next_one(shifted(8), *letters) == ("2026-11-10:3", "2026-12-24")
    assert next_one(shifted(8), *letters, sent(3, since="2026-11-10", late=8)) is None


def test_half_as_often_stays_half_as_often() -> None:
    """Who is written to less has two weeks between them after a shift, too."""
    assert next_one(shifted(5), sent(1, late=30), unanswered=4) == ("2026-11-07:2", "2027-01-20")


def test_what_rides_in_a_letter_that_waits_has_not_gone() -> None:
    """It can still be called off, and then it comes later by itself."""
    host = gone("week:2026-W49", "week", state="planned", id=UUID(int=9), due_at=FIRST)
    rider = sent(1, state="merged", merged_into=host.id, queued_at=None)
    assert next_one(shifted(5), host, rider) == ("2026-11-07:1", "2026-12-07")
    carried = gone("week:2026-W49", "week", id=UUID(int=9), due_at=FIRST)
    assert next_one(shifted(5), carried, rider) == ("2026-11-07:2", "2026-12-14")


def test_a_reminder_came_when_its_letter_came() -> None:
    """A week lies between what rode in a letter of two days later and the next."""
    host = gone("week:2026-W49", "week", id=UUID(int=9), due_at=FIRST, queued_at=FIRST + 2 * DAY)
    rider = sent(1, state="merged", merged_into=host.id, queued_at=None)
    assert next_one(MET, host, rider) == ("2026-11-02:2", "2026-12-11")


def test_a_wish_for_later_and_contact_begin_them_anew() -> None:
    """As promised; and after a shift that follows, only what went since then counts."""
    before = [sent(1), sent(2)]
    later = after_snooze(MET, date(2027, 1, 11))
    assert next_one(later, *before) == ("2026-12-12:1", "2027-01-11")
    again = gone(f"mentoring:{TIE}:2026-12-12:1", "mentor-nudge", queued_at=NOON + 49 * DAY)
    assert next_one(shifted(3, later), *before, again) == ("2026-12-15:2", "2027-01-21")
    met = after_contact(shifted(5), date(2026, 12, 10))
    assert next_one(met, *before) == ("2026-12-10:1", "2027-01-09")


@pytest.mark.parametrize("end", ["expired", "skipped", "failed"])
def test_a_reminder_that_never_left_comes_again(end: str) -> None:
    """It is still the same of three, a week later; its slot is used up, so the letter has the next."""
    assert next_one(MET, sent(1, state=end)) == ("2026-11-02:2", "2026-12-09")
    slot = slots(relationships=(MET,), letters=(sent(1, state=end),))[f"mentoring:{TIE}:2026-11-02:2"]
    assert slot.detail["time"] == 1
    assert next_one(MET, sent(1), sent(2), sent(3, state=end)) == ("2026-11-02:4", "2026-12-23")


def test_who_can_not_be_reached_is_tried_six_times() -> None:
    """Then it is quiet about them, too."""
    unsent = [sent(number, state="expired") for number in range(1, 7)]
    assert next_one(MET, *unsent) is None
    assert quiet_on(client(letters=tuple(unsent)), MET) == date(2027, 1, 13)


@pytest.mark.parametrize(
    ("letters", "changes", "expected"),
    [
        pytest.param((sent(1), sent(2)), {}, None, id="one is still to come"),
        pytest.param((sent(1), sent(2), sent(3)), {}, date(2026, 12, 23), id="a week after the third"),
        pytest.param((sent(1), sent(2), sent(3)), {"unanswered": 4}, date(2026, 12, 30), id="slow: two"),
        pytest.param((sent(1), sent(2), sent(3, state="planned")), {}, None, id="planned"),
        pytest.param((sent(1), sent(2), sent(3, state="expired")), {}, None, id="the third comes again"),
    ],
)
def test_a_relationship_goes_quiet_after_three_that_went(
    letters: tuple[LetterFacts, ...], changes: dict[str, object], expected: date | None
) -> None:
    """Not before the third has left, and not because one never did."""
    assert quiet_on(client(letters=letters, **changes), MET) == expected


def test_the_third_counts_from_the_letter_that_it_rode_in() -> None:
    """While that waits nothing is decided; from when it came there is a week."""
    two = (sent(1), sent(2))
    for state, expected in (("planned", None), ("queued", date(2026, 12, 28))):
        at = FIRST + 19 * DAY
        host = gone("week:2026-W52", "week", id=UUID(int=9), state=state, due_at=at, queued_at=at)
        rider = sent(3, state="merged", merged_into=host.id, queued_at=None)
        assert quiet_on(client(letters=(*two, host, rider)), MET) == expected


def test_nobody_goes_quiet_while_letters_rest() -> None:
    """A pause behind the third reminder gives its week anew; one that still runs leaves it open."""
    three = (sent(1), sent(2), sent(3))
    began = FIRST + 16 * DAY
    for over, expected in ((None, None), (began + 10 * DAY, date(2027, 1, 4))):
        rest = Pause(began, over, "skip", over)
        assert quiet_on(client(letters=three, pauses=(rest,)), MET) == expected
