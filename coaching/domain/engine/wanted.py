"""Which letters should stand planned for a client, and why. Every rule that opens a slot is called here."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from coaching.domain.engine.attention import ASK_AFTER, STILL_USEFUL, is_left_alone, is_to_be_asked
from coaching.domain.engine.milestone_slots import milestone_slots
from coaching.domain.engine.plan_slots import plan_slots, question_slot
from coaching.domain.engine.relationship_slots import MENTORING, NETWORKING, relationship_slots
from coaching.domain.engine.sequence_slots import DRIP, sequence_slots
from coaching.domain.engine.state import ClientState, Slot
from coaching.domain.engine.submission_slots import submission_slots
from coaching.domain.engine.week_slots import WEEK, check_in_slots, week_slots

__all__ = ["STILL_USEFUL", "is_wanted", "wanted"]


def wanted(state: ClientState, now: datetime) -> tuple[Slot, ...]:
    """Return the slots that should stand planned at this moment, in the order of their due times.

    Of what recurs only the next occurrence. A client whom nothing but what they ask for may reach has no
    other slots: when that changes, those that still make sense are back.
    """
    slots = [*submission_slots(state), *_of_the_plan(state, now), *_of_sequences(state, now)]
    return tuple(sorted(slots, key=lambda slot: (slot.due_at, slot.key)))


def is_wanted(key: str, state: ClientState, now: datetime) -> bool:
    """Tell whether `wanted` has this slot; looks only where it may be."""
    kind = key.partition(":")[0]
    if kind == DRIP:
        return any(slot.key == key for slot in _of_sequences(state, now))
    return any(slot.key == key for slot in _of_the_plan(state, now, kind))


def _of_the_plan(state: ClientState, now: datetime, kind: str | None = None) -> Iterator[Slot]:
    if not _may_be_written_to(state) or state.plan is None or is_left_alone(state):
        return
    asks = is_to_be_asked(state) and state.plan.state == "active"
    for slot in question_slot(state, now) if asks else _all_of_the_plan(state, now, kind):
        if slot.family not in state.suppressed:
            yield slot


def _of_sequences(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Drips need no plan. While a client is silent they rest, and go on once something is heard."""
    if _may_be_written_to(state) and state.unanswered < ASK_AFTER:
        yield from sequence_slots(state, now)


def _all_of_the_plan(state: ClientState, now: datetime, kind: str | None) -> Iterator[Slot]:
    """Yield them all, or only what may have a key that begins with this word."""
    runs = state.plan is not None and state.plan.state == "active"
    for source, kinds in _SOURCES.items():
        if (runs or source is plan_slots) and (kind is None or kind in kinds):
            yield from source(state, now)


# What a plan calls for, by the first words of its slots' keys.
_SOURCES: Mapping[Callable[[ClientState, datetime], Iterator[Slot]], frozenset[str]] = {
    plan_slots: frozenset({"plan"}),
    milestone_slots: frozenset({"milestone"}),
    relationship_slots: frozenset({MENTORING, NETWORKING, "event"}),
    check_in_slots: frozenset({"check-in"}),
    week_slots: frozenset({WEEK}),
}


def _may_be_written_to(state: ClientState) -> bool:
    stopped = state.suppressed & {"all", "letters"}
    return state.confirmed_at is not None and state.letters_agreed and not stopped
