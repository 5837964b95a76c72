"""What recurs with the plan: the client's week, which carries small things, and talks with the coach."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from coaching.domain import local_time
from coaching.domain.cadence import propose_touches
from coaching.domain.engine.attention import is_slow
from coaching.domain.engine.milestone_slots import OVERDUE_UNTIL, is_to_be_done
from coaching.domain.engine.relationship_slots import NETWORKING, family_of
from coaching.domain.engine.slots import end_of, is_done, slot_on
from coaching.domain.engine.state import Cadence, ClientState, LetterFacts, Slot

WEEK = "week"
# Weeks from one letter to the next.
EVERY = {"weekly": 1, "fortnightly": 2, "monthly": 4}
WEEK_WITHIN = timedelta(days=4)
CHECK_IN_WITHIN = timedelta(days=10)
EVENT = "event"
# So long before its time it is said that an event is to be found.
FIND_AHEAD = timedelta(weeks=4)
_WEEK = timedelta(weeks=1)
_MOST_DATES = 400


def week_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield the client's next week, if there is anything to say in it."""
    plan = state.plan
    if plan is None or plan.starts_on is None:
        return
    monday = _next_monday(state, plan.starts_on)
    while _is_over(state, monday, now):
        monday += _WEEK
    if _may_have_something_to_say(state, state.hours.first_day(monday)):
        yield _week(state, monday)


def has_something_to_say(state: ClientState, week: LetterFacts) -> bool:
    """Tell whether a week that may go now asks for anything, or carries anything; an empty one doesn't go."""
    meant = week.intent.on if week.intent else local_time.local(week.due_at, state.time_zone).date()
    carries = any(one.merged_into == week.id and one.state == "merged" for one in state.letters)
    return carries or _says_itself(state, meant)


def check_in_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield the next talk with the coach, counted from the day on which the plan started."""
    plan = state.plan
    if plan is None or plan.starts_on is None:
        return
    for cadence in plan.cadences:
        if cadence.kind != "check_in":
            continue
        for on in _dates(cadence, plan.starts_on):
            if cadence.not_before is not None and on < cadence.not_before:
                continue
            day = state.hours.first_day(on)
            key = f"check-in:{plan.id}:{on}"
            slot = slot_on(
                state,
                key,
                "check-in",
                day,
                "Your plan has a talk with your coach about now.",
                expires_at=end_of(day + CHECK_IN_WITHIN, state.time_zone),
                plan=str(plan.id),
            )
            if not is_done(state, key) and slot.expires_at > now:
                yield slot
                return


def monday_of(on: date) -> date:
    """Return the Monday of the ISO week that a date lies in."""
    return on - timedelta(days=on.weekday())


def week_key(monday: date) -> str:
    """Return the slot key of the week that begins on this Monday."""
    year, week, _ = monday.isocalendar()
    return f"week:{year}-W{week:02}"


def _week(state: ClientState, monday: date) -> Slot:
    on = state.hours.first_day(monday)
    key = week_key(monday)
    return slot_on(
        state,
        key,
        WEEK,
        on,
        "It comes at the rhythm of your letters.",
        detail={"week": key.removeprefix("week:"), **_asked_for(state, on)},
    )


def _asked_for(state: ClientState, on: date) -> dict[str, Any]:
    """What the week says itself: its step, whom to write to, and goals for which nobody is there yet."""
    asked: dict[str, Any] = {"touches": list(map(str, _touches(state, on)))}
    step = next_step(state, on)
    if step is not None:
        asked["milestone"] = step
    if _touch_goal(state):
        asked["touch_goal"] = _touch_goal(state)
    if _is_to_find_an_event(state, on):
        asked["find_event"] = True
    return asked


def next_step(state: ClientState, on: date) -> str | None:
    """Return the id of the milestone whose turn it is on a date: of the open ones the one due first.

    One whose day has passed has a letter of its own, once: asking for it every week would be nagging.
    """
    open_ones = [one for one in state.milestones if is_to_be_done(state, one) and on <= one.due_on]
    first = min(open_ones, key=lambda one: (one.due_on, str(one.id)), default=None)
    return None if first is None else str(first.id)


def _touches(state: ClientState, today: date) -> list[object]:
    count = _touch_goal(state)
    return list(propose_touches(state.relationships, count=count, today=today)) if count else []


def _touch_goal(state: ClientState) -> int:
    """Return how many people to be in touch with a week, by the plan."""
    if NETWORKING in state.suppressed:
        return 0
    return sum(cadence.count for cadence in _of_kind(state, "network"))


def _is_to_find_an_event(state: ClientState, on: date) -> bool:
    """Once in each round of the plan's rhythm, some weeks ahead, while none is coming."""
    starts_on = state.plan.starts_on if state.plan is not None else None
    if starts_on is None or NETWORKING in state.suppressed:
        return False
    days = [one.starts_on for one in state.relationships if one.kind == EVENT]
    if any(day >= on for day in days):
        return False
    period = _weeks_between(state) * 7
    for cadence in _of_kind(state, EVENT):
        every = cadence.every_days
        if every is not None:
            since = (on - (max([starts_on, *days]) + max(timedelta(days=every) - FIND_AHEAD, _WEEK))).days
            if since >= 0 and since % every < period:
                return True
    return False


def _of_kind(state: ClientState, kind: str) -> Iterator[Cadence]:
    if state.plan is not None:
        yield from (cadence for cadence in state.plan.cadences if cadence.kind == kind)


def _may_have_something_to_say(state: ClientState, on: date) -> bool:
    """It is planned also for what may ride in it: a word about somebody, or about a step that is overdue."""
    people = (one for one in state.relationships if one.kind != EVENT and one.state == "active")
    overdue = any(is_to_be_done(state, one) and on <= one.due_on + OVERDUE_UNTIL for one in state.milestones)
    return overdue or _says_itself(state, on) or any(family_of(one) not in state.suppressed for one in people)


def _says_itself(state: ClientState, on: date) -> bool:
    """The goal of a rhythm for which nobody is there yet comes beside these; alone it would only press."""
    step = next_step(state, on)
    return step is not None or bool(_touches(state, on)) or _is_to_find_an_event(state, on)


def _next_monday(state: ClientState, starts_on: date) -> date:
    """So many weeks after the last one that met its end, else the week after the plan started."""
    last = max(
        (
            one.slot_key
            for one in state.letters
            if one.template == WEEK and one.state not in ("planned", "cancelled")
        ),
        default=None,
    )
    if last is None:
        return monday_of(starts_on) + _WEEK
    return date.fromisoformat(f"{last.removeprefix('week:')}-1") + _WEEK * _weeks_between(state)


def _weeks_between(state: ClientState) -> int:
    return EVERY[state.rhythm] * (2 if is_slow(state) else 1)


def _is_over(state: ClientState, monday: date, now: datetime) -> bool:
    opens = local_time.instant_of(state.hours.first_day(monday), state.hours.opens, state.time_zone)
    return opens + WEEK_WITHIN <= now


def _dates(cadence: Cadence, starts_on: date) -> Iterator[date]:
    """The dates of a rhythm, some years ahead: so many rounds of the first, then the later one."""
    on = starts_on
    for rounds in range(_MOST_DATES):
        first = cadence.times is None or rounds < cadence.times
        every = cadence.every_days if first else cadence.then_every_days
        if every is None:
            return
        on += timedelta(days=every)
        yield on
