"""The letters about milestones: ahead, on the day of a decision, overdue once, reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from coaching.domain import local_time
from coaching.domain.engine.slots import end_of, slot_on
from coaching.domain.engine.state import ClientState, MilestoneFacts, Slot
from coaching.domain.local_time import Hours
from coaching.domain.plan_words import FIND_A_MENTOR, OPEN_MILESTONES

OVERDUE_AFTER = timedelta(days=2)
OVERDUE_UNTIL = timedelta(days=14)
# Long enough to ride in the next week, also where that one comes a day or two late.
CONGRATULATE_WITHIN = timedelta(days=10)
DECIDE_WITHIN = timedelta(days=3)
_SETTLE_IN = timedelta(days=2)
_DAY = timedelta(days=1)


def milestone_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield what should stand planned about the milestones of the plan that runs."""
    for milestone in state.milestones:
        if is_to_be_done(state, milestone):
            starts_on = state.plan.starts_on if state.plan is not None else None
            yield from _of_open(_Clock(state.time_zone, state.hours), starts_on, milestone)
        elif milestone.state == "reached":
            yield from _reached(state, milestone, now)


def is_to_be_done(state: ClientState, milestone: MilestoneFacts) -> bool:
    """Tell whether a step is open; finding a mentor is one only until there is a mentor."""
    found = milestone.kind == FIND_A_MENTOR and _has_mentor(state)
    return milestone.state in OPEN_MILESTONES and not found


@dataclass(frozen=True)
class _Clock:
    time_zone: str
    hours: Hours


# A step stands as it is through hundreds of looks; nothing of this depends on when it is asked.
@lru_cache(maxsize=8192)
def _of_open(clock: _Clock, starts_on: date | None, milestone: MilestoneFacts) -> tuple[Slot, ...]:
    overdue = slot_on(
        clock,
        f"milestone:overdue:{milestone.id}:{milestone.due_on}",
        "milestone-overdue",
        clock.hours.first_day(_asked_on(clock, milestone) + OVERDUE_AFTER),
        "Its day has passed without a word; this is the one reminder.",
        expires_at=end_of(milestone.due_on + OVERDUE_UNTIL, clock.time_zone),
        milestone=str(milestone.id),
    )
    decision = (_decision_day(clock, milestone),) if milestone.decides else ()
    return (_ahead(clock, starts_on, milestone), *decision, overdue)


def _asked_on(clock: _Clock, milestone: MilestoneFacts) -> date:
    """Return its day, or when the letter of a decision's day comes: that is a word of its own."""
    return clock.hours.first_day(milestone.due_on) if milestone.decides else milestone.due_on


def _decision_day(clock: _Clock, milestone: MilestoneFacts) -> Slot:
    """Within three days; who gets letters on one day of the week only has the whole of that day."""
    on = clock.hours.first_day(milestone.due_on)
    return slot_on(
        clock,
        f"milestone:decision:{milestone.id}:{milestone.due_on}",
        "decision-day",
        on,
        "The day that you set for deciding has come.",
        expires_at=end_of(max(milestone.due_on + DECIDE_WITHIN, on), clock.time_zone),
        milestone=str(milestone.id),
    )


def _ahead(clock: _Clock, starts_on: date | None, milestone: MilestoneFacts) -> Slot:
    finds, on = milestone.kind == FIND_A_MENTOR, _ahead_on(clock, starts_on, milestone)
    return slot_on(
        clock,
        f"milestone:ahead:{milestone.id}:{milestone.due_on}",
        "find-a-mentor" if finds else "milestone-ahead",
        on,
        _how_soon((milestone.due_on - on).days),
        expires_at=end_of(milestone.due_on, clock.time_zone),
        milestone=str(milestone.id),
    )


def _ahead_on(clock: _Clock, starts_on: date | None, milestone: MilestoneFacts) -> date:
    """So many days before, but not before the client has had a day or two with the plan.

    Who gets letters on few days of the week has it on the last of these before its day.
    """
    meant = milestone.due_on - _DAY * milestone.ahead_days
    if starts_on is not None:
        meant = min(max(meant, starts_on + _SETTLE_IN), milestone.due_on)
    if clock.hours.first_day(meant) <= milestone.due_on:
        return meant
    return clock.hours.last_day(milestone.due_on)


def _how_soon(days: int) -> str:
    return "Its day has come." if days <= 0 else f"Its day comes in {days} day{'s' if days > 1 else ''}."


def _reached(state: ClientState, milestone: MilestoneFacts, now: datetime) -> Iterator[Slot]:
    if milestone.reached_at is None or milestone.reached_at + CONGRATULATE_WITHIN <= now:
        return
    on = local_time.local(milestone.reached_at, state.time_zone).date()
    # Named by the date in UTC: by the client's clock it would be another letter once they have moved.
    yield slot_on(
        state,
        f"milestone:reached:{milestone.id}:{milestone.reached_at.astimezone(UTC).date()}",
        "milestone-reached",
        on + _DAY,
        "You reached it.",
        milestone=str(milestone.id),
    )


def _has_mentor(state: ClientState) -> bool:
    return any(one.kind == "mentor" and one.state != "ended" for one in state.relationships)
