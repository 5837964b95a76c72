"""The letters about people: keep in touch, three times at most; and the set around an event."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from coaching.domain import local_time
from coaching.domain.cadence import GAP, anchor, reminders
from coaching.domain.engine.attention import is_slow
from coaching.domain.engine.slots import end_of, is_done, slot_on
from coaching.domain.engine.state import ClientState, RelationshipFacts, Slot

REGISTER_AHEAD = timedelta(days=21)
REGISTER_UNTIL = timedelta(days=2)
AFTER = timedelta(days=2)
AFTER_UNTIL = timedelta(days=9)
REMIND_WITHIN = timedelta(days=8)
TIMES = 3
MENTORING = "mentoring"
NETWORKING = "networking"
_MOST_ROUNDS = 400
_DAY = timedelta(days=1)
_EVE_UNTIL = time(8)


def relationship_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield what should stand planned about the people and events of the plan that runs."""
    for relationship in state.relationships:
        if relationship.state != "active":
            continue
        if relationship.kind == "event":
            yield from _event(state, relationship)
        elif relationship.cadence_days is not None:
            yield from _next_reminder(state, relationship, now)


def reminder_key(relationship: RelationshipFacts, since: date, number: int) -> str:
    """Return the slot key of the reminder of this number, 1 to 3, about contact since `since`."""
    return f"{family_of(relationship)}:{relationship.id}:{since}:{number}"


def family_of(relationship: RelationshipFacts) -> str:
    """Return the family of the letters about somebody."""
    return MENTORING if relationship.kind == "mentor" else NETWORKING


def _next_reminder(state: ClientState, relationship: RelationshipFacts, now: datetime) -> Iterator[Slot]:
    counted = _past_pauses(state, relationship)
    since = anchor(counted)
    for number, meant in enumerate(reminders(counted, slow=is_slow(state)), start=1):
        key = reminder_key(relationship, since, number)
        if is_done(state, key):
            continue
        after_last = _after_last(state, reminder_key(relationship, since, number - 1), meant)
        on = _in_time(state, key, after_last, now)
        yield slot_on(
            state,
            key,
            "mentor-nudge" if relationship.kind == "mentor" else "keep-in-touch",
            on,
            f"It has been a while since {since.day} {since:%B}, by the rhythm of your plan.",
            expires_at=end_of(on + REMIND_WITHIN, state.time_zone),
            relationship=str(relationship.id),
            time=number,
        )
        return


def _after_last(state: ClientState, key: str, on: date) -> date:
    """Keep the gap also after a reminder that came late."""
    last = next((one for one in state.letters if one.slot_key == key and one.state != "cancelled"), None)
    if last is None:
        return on
    came = _local_date(last.queued_at or last.due_at, state)
    return max(on, came + GAP * (2 if is_slow(state) else 1))


def _in_time(state: ClientState, key: str, on: date, now: datetime) -> date:
    """What was due long before it could be planned comes today, and stays there once it is planned."""
    if end_of(on + REMIND_WITHIN, state.time_zone) > now:
        return on
    letter = next((one for one in state.letters if one.slot_key == key and one.state == "planned"), None)
    return letter.intent.on if letter is not None and letter.intent else _local_date(now, state)


def _past_pauses(state: ClientState, relationship: RelationshipFacts) -> RelationshipFacts:
    """Count from a rhythm later, as often as a first reminder would fall into a pause that leaves it out.

    Later dates stay, as the pause promised, and the three reminders are not used up meanwhile.
    """
    skipping = [pause for pause in state.pauses if pause.ending == "skip"]
    counted = relationship
    for _ in range(_MOST_ROUNDS):
        first = local_time.instant_of(
            reminders(counted, slow=is_slow(state))[0], state.hours.opens, state.time_zone
        )
        over = [pause.ended_at or pause.until_at for pause in skipping if pause.began_at <= first]
        if not any(end is not None and first < end for end in over):
            break
        counted = replace(counted, shifted_days=counted.shifted_days + (relationship.cadence_days or 1))
    return counted


def _event(state: ClientState, event: RelationshipFacts) -> Iterator[Slot]:
    day, about = event.starts_on, str(event.id)
    if event.registered_on is None:
        known_on = day if event.created_at is None else _local_date(event.created_at, state)
        yield slot_on(
            state,
            f"event:register:{event.id}:{day}",
            "event-register",
            min(max(day - REGISTER_AHEAD, known_on), day),
            "An event of your plan is coming up.",
            expires_at=end_of(day - REGISTER_UNTIL, state.time_zone),
            relationship=about,
        )
    yield slot_on(
        state,
        f"event:eve:{event.id}:{day}",
        "event-eve",
        _last_day_before(state, day),
        "An event of your plan is near.",
        expires_at=local_time.instant_of(day, _EVE_UNTIL, state.time_zone),
        relationship=about,
    )
    if event.last_contact_on is None or event.last_contact_on < day:
        yield slot_on(
            state,
            f"event:after:{event.id}:{day}",
            "event-after",
            state.hours.first_day(day + AFTER),
            "It was two days ago.",
            expires_at=end_of(day + AFTER_UNTIL, state.time_zone),
            relationship=about,
        )


def _local_date(at: datetime, state: ClientState) -> date:
    return local_time.local(at, state.time_zone).date()


def _last_day_before(state: ClientState, on: date) -> date:
    return next(day for day in (on - _DAY * back for back in range(1, 8)) if state.hours.has_day(day))
