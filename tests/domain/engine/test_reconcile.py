"""Bringing planned letters in line: once is enough, and what has gone is never touched or repeated."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.engine.reconcile import Changes, reconcile
from coaching.domain.engine.state import LetterFacts, Slot
from coaching.domain.ledger import MESSAGE_STATES
from tests.support.states import NOON, letter

KEYS = st.sampled_from(["report:1", "report:2", "claim:3", "drip:1:1", "drip:1:2"])
HOURS = st.integers(-100, 100).map(lambda hours: NOON + timedelta(hours=hours))
LIVES = st.integers(1, 100).map(lambda hours: timedelta(hours=hours))


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    """A slot at some time."""
    due_at = draw(HOURS)
    return Slot(draw(KEYS), "drip", "first-step", due_at, due_at + draw(LIVES), 50, "Because.")


@st.composite
def letters(draw: st.DrawFn) -> list[LetterFacts]:
    """Letters of any state, of which at most one lives in a slot, as the database holds it."""
    made = draw(
        st.lists(
            st.builds(
                lambda key, state, due_at: letter(
                    slot_key=key, state=state, due_at=due_at, expires_at=due_at + timedelta(days=1)
                ),
                KEYS,
                st.sampled_from(MESSAGE_STATES),
                HOURS,
            )
        )
    )
    living: set[str] = set()
    kept = []
    for one in made:
        if one.state == "cancelled" or one.slot_key not in living:
            kept.append(one)
            living |= {one.slot_key} if one.state != "cancelled" else set()
    return kept


WANTED = st.lists(slots(), unique_by=lambda slot: slot.key)


def applied(changes: Changes, existing: Sequence[LetterFacts]) -> list[LetterFacts]:
    """Return the letters once the changes are saved."""
    moved, cancelled = dict(changes.moves), dict(changes.cancels)
    after = []
    for one in existing:
        if one.id in moved:
            slot = moved[one.id]
            after.append(replace(one, due_at=slot.due_at, expires_at=slot.expires_at, intent=slot.intent))
        else:
            after.append(replace(one, state="cancelled") if one.id in cancelled else one)
    return after + [
        letter(slot_key=slot.key, due_at=slot.due_at, expires_at=slot.expires_at, intent=slot.intent)
        for slot in changes.inserts
    ]


@given(wanted=WANTED, existing=letters())
def test_a_second_run_finds_nothing_to_do(wanted: list[Slot], existing: list[LetterFacts]) -> None:
    """Whatever stood there, one run brings everything in line."""
    after = applied(reconcile(wanted, existing, NOON), existing)
    assert not reconcile(wanted, after, NOON)


@given(wanted=WANTED, existing=letters())
def test_no_slot_has_two_living_letters(wanted: list[Slot], existing: list[LetterFacts]) -> None:
    """A letter that was sent, skipped or has failed fills its slot for good."""
    after = applied(reconcile(wanted, existing, NOON), existing)
    living = [one.slot_key for one in after if one.state != "cancelled"]
    assert len(living) == len(set(living))


@given(wanted=WANTED, existing=letters())
def test_only_planned_letters_are_touched(wanted: list[Slot], existing: list[LetterFacts]) -> None:
    """What has left the plan is neither moved nor cancelled."""
    changes = reconcile(wanted, existing, NOON)
    touched = {one for one, _ in changes.moves} | {one for one, _ in changes.cancels}
    assert touched <= {one.id for one in existing if one.state == "planned"}


@given(wanted=WANTED, existing=letters())
def test_what_is_planned_afterwards_is_what_is_wanted(
    wanted: list[Slot], existing: list[LetterFacts]
) -> None:
    """Every planned letter has a wanted slot and its due time, unless its own time is over."""
    after = applied(reconcile(wanted, existing, NOON), existing)
    due = {slot.key: slot.due_at for slot in wanted}
    good = [one for one in after if one.state == "planned" and one.expires_at > NOON]
    assert all(due[one.slot_key] == one.due_at for one in good)


def test_a_slot_whose_time_is_over_opens_no_letter() -> None:
    """Old letters may be out of sight: none of them is written again."""
    over = Slot("drip:9:9", "drip", "first-step", NOON - timedelta(days=9), NOON, 50, "Because.")
    assert not reconcile([over], [], NOON)
    assert reconcile([replace(over, expires_at=NOON + timedelta(seconds=1))], [], NOON).inserts


def test_a_cancelled_slot_is_free_again() -> None:
    """What was called off may be called for again, as a new letter."""
    slot = Slot("drip:1:1", "drip", "first-step", NOON, NOON + timedelta(days=1), 50, "Because.")
    assert reconcile([slot], [letter(id=uuid4(), state="cancelled")], NOON).inserts == (slot,)


def test_a_cancelled_letter_is_told_why() -> None:
    """A planned letter that nothing calls for is called off with a sentence."""
    planned = letter()
    ((cancelled, reason),) = reconcile([], [planned], NOON).cancels
    assert cancelled == planned.id
    assert reason.endswith(".")
