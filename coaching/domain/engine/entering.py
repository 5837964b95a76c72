"""Who is let into a sequence by a fact, who belongs to the share that is left alone, and what then ends."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from coaching.domain.audience_fields import A_YEAR
from coaching.domain.audience_matching import matches
from coaching.domain.engine.apply import apply
from coaching.domain.engine.happenings import EnrollmentEnded, EnrollmentMoved
from coaching.domain.engine.sequence_slots import DRIP, ending_of, goes_over
from coaching.domain.engine.state import ClientState, EnrollmentFacts
from coaching.domain.sequences import Sequence

_HUNDRED = 100
SEQUENCE_ENDED = "sequence_ended"
# After these the next sequence may begin; after the others a person has the word, or letters are not wanted.
_LEADS_ON = frozenset({"completed", "goal"})


def is_let_in(state: ClientState, sequence: Sequence, now: datetime) -> bool:
    """Tell whether the sequence takes this client after a fact that lets clients in.

    Nobody enters whose letters would only be left out, nor anybody whose answers can't be trusted.
    """
    if (
        not may_have_drips(state)
        or state.about.quality == "low"
        or not _may_enter_again(state, sequence, now)
    ):
        return False
    return sequence.trigger.when is None or matches(sequence.trigger.when, state, now)


def may_have_drips(state: ClientState) -> bool:
    """Tell whether letters of sequences may reach the client at all."""
    stopped = state.suppressed & {"all", "letters", DRIP}
    return state.confirmed_at is not None and state.letters_agreed and not stopped


def lets_anybody_in(kind: str, reason: str | None) -> bool:
    """Tell whether a fact may let clients in: a way that ended by a word to a person leads to no other."""
    return kind != SEQUENCE_ENDED or reason in _LEADS_ON


def is_left_alone_to_compare(sequence: Sequence, client_id: UUID) -> bool:
    """Tell whether a client belongs to the share of a sequence that gets none of it, always the same one."""
    digest = hashlib.sha256(f"{sequence.name}:{client_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _HUNDRED < sequence.hold_out


def settled(
    state: ClientState, now: datetime
) -> tuple[ClientState, tuple[EnrollmentEnded | EnrollmentMoved, ...]]:
    """Return the state once enrollments that are over have ended and others have changed versions.

    What matters more ends first, and so doesn't outrank any more; of equals, the first by name.
    """
    happened: list[EnrollmentEnded | EnrollmentMoved] = []
    for one in sorted(state.enrollments, key=_order):
        for change in _changes(state, one.id, now):
            state = apply(state, change)
            happened.append(change)
    return state, tuple(happened)


def _changes(state: ClientState, about: UUID, now: datetime) -> Iterator[EnrollmentEnded | EnrollmentMoved]:
    one = next(one for one in state.enrollments if one.id == about)
    if one.state != "active":
        return
    if goes_over(one, state):
        moved = EnrollmentMoved(one.id)
        yield moved
        state = apply(state, moved)
        one = next(one for one in state.enrollments if one.id == about)
    ending = ending_of(one, state, now)
    if ending is not None:
        yield EnrollmentEnded(one.id, ending.reason, ending.at)


def _order(one: EnrollmentFacts) -> tuple[int, str, datetime]:
    return one.sequence.rank if one.sequence is not None else 0, one.name, one.started_at


def _may_enter_again(state: ClientState, sequence: Sequence, now: datetime) -> bool:
    before = [one for one in state.enrollments if one.name == sequence.name]
    if not before:
        return True
    if sequence.reentry == "never" or any(one.state == "active" for one in before):
        return False
    last = max(one.started_at for one in before)
    if sequence.reentry == "yearly":
        return now >= last + A_YEAR
    held_out = any(one.state == "held_out" for one in before)
    within = timedelta(days=sequence.goal.within_days) if sequence.goal is not None else timedelta(0)
    return not held_out or now >= last + within
