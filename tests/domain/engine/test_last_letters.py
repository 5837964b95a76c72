"""The last letter of a sequence: the way is over once it is on its way, and yet it is called for."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from coaching.domain.engine.apply import apply
from coaching.domain.engine.decide import decide
from coaching.domain.engine.entering import settled
from coaching.domain.engine.happenings import LetterQueued, LetterReturned
from coaching.domain.engine.reconcile import reconcile
from coaching.domain.engine.sequence_slots import sequence_slots, slot_key
from coaching.domain.engine.state import ClientState, EnrollmentFacts, LetterFacts
from coaching.domain.engine.wanted import is_wanted, wanted
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import END_REASONS
from tests.support.drips import NETWORKS
from tests.support.states import NOON, client, letter, plan

STEP = {"key": "keep", "letter": "networks-keep", "after": {"days": 0}, "at": "09:00"}
WAY = EnrollmentFacts(
    UUID(int=5),
    "networks",
    "active",
    NOON,
    read_sequence({**NETWORKS, "steps": [STEP], "exits": ["unsubscribed"]}),
)
SENT_AT = NOON + timedelta(hours=1)


def sent() -> tuple[ClientState, LetterFacts]:
    """A client whose only letter of a sequence has just been put into a batch, and how it stood before."""
    before = letter(slot_key=slot_key(WAY, "keep"), family="drip", template="networks-keep", due_at=NOON)
    state = client(plan=plan(), enrollments=(WAY,), letters=(before,))
    return apply(state, LetterQueued(before.id, SENT_AT)), before


def ended(state: ClientState, reason: str) -> ClientState:
    """The client once the way has ended for this reason."""
    over = replace(state.enrollments[0], state="ended", ended_at=SENT_AT, end_reason=reason)
    return replace(state, enrollments=(over,))


def test_the_way_is_completed_by_its_last_letter() -> None:
    """As soon as it is on its way, at that moment; not while it is planned."""
    state, before = sent()
    assert settled(replace(state, letters=(before,)), SENT_AT)[1] == ()
    ((way,), (end,)) = settled(state, SENT_AT)[0].enrollments, settled(state, SENT_AT)[1]
    assert (way.state, way.end_reason, way.ended_at) == ("ended", "completed", SENT_AT)
    assert end.id == way.id


@pytest.mark.parametrize("reason", sorted(END_REASONS))
def test_at_delivery_it_goes_where_the_way_was_completed(reason: str) -> None:
    """The letter is looked at again before it leaves: of a way that ended otherwise it is left out."""
    state, _ = sent()
    state = ended(state, reason)
    decision = decide(state.letters[0], state, SENT_AT + timedelta(minutes=1))
    assert decision.outcome == ("send" if reason == "completed" else "skip")


def test_should_it_come_back_it_stays_planned_as_it_was() -> None:
    """A batch that was given up returns it: nothing calls it off or moves it, and it goes when it can."""
    state, before = sent()
    state = apply(ended(state, "completed"), LetterReturned(before.id))
    at = SENT_AT + timedelta(minutes=5)
    slots = list(sequence_slots(state, at))
    assert [(one.key, one.due_at, one.expires_at) for one in slots] == [
        (before.slot_key, before.due_at, before.expires_at)
    ]
    assert is_wanted(before.slot_key, state, at)
    changes = reconcile(wanted(state, at), state.letters, at)
    assert (changes.cancels, changes.moves) == ((), ())
    assert before.slot_key not in {one.key for one in changes.inserts}
    assert decide(state.letters[0], state, at).outcome == "send"


@pytest.mark.parametrize("end", ["queued", "skipped", "expired", "failed", "cancelled"])
def test_once_it_met_its_end_nothing_more_is_to_come(end: str) -> None:
    """A completed way opens no slot for a letter that went, was left out, or was called off."""
    state, _ = sent()
    over = replace(ended(state, "completed"), letters=(replace(state.letters[0], state=end),))
    assert list(sequence_slots(over, SENT_AT)) == []


def later(days: int) -> datetime:
    """So many days after it was sent, at the same hour."""
    return SENT_AT + timedelta(days=days)


def test_one_that_came_back_too_late_expires() -> None:
    """It is called for, but what is over doesn't go."""
    state, before = sent()
    state = apply(ended(state, "completed"), LetterReturned(before.id))
    assert decide(state.letters[0], state, later(8)).outcome == "expire"
