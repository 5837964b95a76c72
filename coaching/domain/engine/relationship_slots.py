"""The letters about people: keep in touch, three times at most; and the set around an event."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from coaching.domain import local_time
from coaching.domain.cadence import GAP, anchor, reminders
from coaching.domain.engine.attention import is_slow
from coaching.domain.engine.slots import end_of, is_done, slot_on
from coaching.domain.engine.state import ClientState, LetterFacts, RelationshipFacts, Slot

REGISTER_AHEAD = timedelta(days=21)
REGISTER_UNTIL = timedelta(days=2)
AFTER = timedelta(days=2)
AFTER_UNTIL = timedelta(days=9)
REMIND_WITHIN = timedelta(days=8)
TIMES = 3
# Letters about one contact, those that ended unsent among them.
MOST_TRIES = 6
MENTORING = "mentoring"
NETWORKING = "networking"
_MOST_ROUNDS = 400
_DAY = timedelta(days=1)
_EVE_UNTIL = time(8)
_LEFT = frozenset({"queued", "merged"})


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
    """Return the slot key of the letter of this number about contact since `since`.

    The number counts letters, so it goes past three where one ended unsent and its reminder came again.
    """
    return f"{_about(relationship)}:{since}:{number}"


def family_of(relationship: RelationshipFacts) -> str:
    """Return the family of the letters about somebody."""
    return MENTORING if relationship.kind == "mentor" else NETWORKING


def _about(relationship: RelationshipFacts) -> str:
    """Return how the slots of all letters about somebody begin."""
    return f"{family_of(relationship)}:{relationship.id}"


def quiet_on(state: ClientState, relationship: RelationshipFacts) -> date | None:
    """Return when a relationship goes quiet unless there is contact: a week, or two, after the last reminder.

    None while one is still to come, or may be. A pause that came between counts from when it was over.
    """
    asked = _asked(state, relationship)
    if relationship.cadence_days is None or not asked.is_over or asked.last_on is None:
        return None
    on = asked.last_on
    for pause in state.pauses:
        over = pause.ended_at or pause.until_at
        if _local_date(pause.began_at, state) <= on + _gap(state):
            if over is None:
                return None
            on = max(on, _local_date(over, state))
    return on + _gap(state)


def _next_reminder(state: ClientState, relationship: RelationshipFacts, now: datetime) -> Iterator[Slot]:
    asked = _asked(state, relationship)
    if asked.is_over:
        return
    counted = _past_pauses(state, relationship)
    key = reminder_key(relationship, anchor(counted), asked.number)
    meant = reminders(counted, slow=is_slow(state))[asked.gone]
    if asked.last_on is not None:
        meant = max(meant, asked.last_on + _gap(state))
    on = _in_time(state, key, meant, now)
    yield slot_on(
        state,
        key,
        "mentor-nudge" if relationship.kind == "mentor" else "keep-in-touch",
        on,
        _why(relationship.last_contact_on),
        expires_at=end_of(on + REMIND_WITHIN, state.time_zone),
        relationship=str(relationship.id),
        time=asked.gone + 1,
    )


@lru_cache(maxsize=4096)
def _why(last_contact_on: date | None) -> str:
    """Name the real contact, not the day that pauses and wishes for later let the rhythm count from.

    Contact on the very first day leaves slot and letter as they are, so that no contact is told as of then.
    """
    if last_contact_on is None:
        return "There had been no contact yet when this was planned; by the rhythm of your plan it is time."
    since = f"{last_contact_on.day} {last_contact_on:%B}"
    return f"It has been a while since {since}, by the rhythm of your plan."


@dataclass(frozen=True)
class _Asked:
    """What was sent about somebody since the last contact, or wish for later.

    `gone`: reminders that went. `number`: of the next letter; those that ended unsent have used up theirs.
    `last_on`: the day of the newest of either.
    """

    gone: int
    number: int
    last_on: date | None

    @property
    def is_over(self) -> bool:
        return self.gone >= TIMES or self.number > MOST_TRIES


def _asked(state: ClientState, relationship: RelationshipFacts) -> _Asked:
    """Count over all anchors: a pause that moved the rhythm gave slots other keys, and begins none anew."""
    since = relationship.last_contact_on or relationship.starts_on
    now_since = anchor(_past_pauses(state, relationship))
    gone, numbers, days = 0, [0], []
    for one in state.letters_about.get(_about(relationship), ()):
        if not is_done(state, one.slot_key):
            continue
        counted_from, number = _since_and_number(one.slot_key)
        came_on, left = _came_on(state, one), one.state in _LEFT
        if counted_from < since or came_on < (relationship.not_before or came_on):
            continue
        gone += left
        if left or counted_from == now_since:
            numbers.append(number)
            days.append(came_on)
    return _Asked(gone, max(*numbers, gone) + 1, max(days, default=None))


@lru_cache(maxsize=4096)
def _since_and_number(key: str) -> tuple[date, int]:
    """Return what `reminder_key` put into the key of a slot."""
    since, number = key.split(":")[2:]
    return date.fromisoformat(since), int(number)


def _gap(state: ClientState) -> timedelta:
    return GAP * (2 if is_slow(state) else 1)


def _came_on(state: ClientState, letter: LetterFacts) -> date:
    """Return the day on which a reminder came, by itself or with the letter that it rode in."""
    carrier = state.letters_by_id.get(letter.merged_into, letter) if letter.merged_into else letter
    return _local_date(carrier.queued_at or carrier.due_at, state)


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
    if not skipping:
        return relationship
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
    known_on = day - REGISTER_AHEAD if event.created_at is None else _local_date(event.created_at, state)
    if event.registered_on is None and known_on <= day - REGISTER_UNTIL:
        yield slot_on(
            state,
            f"event:register:{event.id}:{day}",
            "event-register",
            max(day - REGISTER_AHEAD, known_on),
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
