"""Why a letter was called off: the fact that came last before, among those that can do that to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coaching.domain.engine import said
from coaching.domain.events import Event, EventKind
from coaching.domain.local_time import local
from coaching.domain.plan_phrases import day_in_words

# The sentences that are kept where a plan no longer calls for a letter; what changed, the facts tell.
UNEXPLAINED = frozenset({said.NOT_CALLED_FOR, said.NO_PLAN})
_ABOUT = ("milestone", "relationship", "plan", "enrollment")
_OF_A_PLAN = frozenset({"milestone", "mentoring", "networking"})
_WISHES = frozenset({"rhythm", "hours", "time_zone"})
# What happens to everything in a plan at once.
_TO_THE_WHOLE = {
    EventKind.PLAN_COMPLETED: ("The plan was completed on {day}", "Your plan was completed on {day}"),
    EventKind.PLAN_CHANGED: ("The plan was changed on {day}", "Your plan was changed on {day}"),
    EventKind.CLIENT_PAUSED: ("Letters were paused on {day}", "Your letters were paused on {day}"),
    EventKind.CLIENT_RESUMED: (
        "A pause ended on {day}, and what it had held up moved",
        "Your pause ended on {day}, and what it had held up moved",
    ),
    EventKind.CLIENT_WENT_QUIET: (
        "The client has not answered, and letters rest since {day}",
        "We had not heard from you, and stopped writing on {day}",
    ),
    EventKind.CLIENT_CHANGED: (
        "The client's rhythm or hours were changed on {day}",
        "Your rhythm or hours were changed on {day}",
    ),
    EventKind.LETTERS_UNSUBSCRIBED: ("The client unsubscribed on {day}", "You unsubscribed on {day}"),
    EventKind.ADDRESS_SUPPRESSED: (
        "Letters to this address came back or were refused, and it is closed since {day}",
        "Letters to your address came back on {day}",
    ),
}
_STOPPED_KIND = (
    "The client stopped letters of this kind on {day}",
    "You stopped letters of this kind on {day}",
)
_CONSENT = ("Consent to letters was changed on {day}", "Your consent to letters was changed on {day}")
_TO_ONE = {
    EventKind.MILESTONE_REACHED: ("The step was reached on {day}", "You reached this step on {day}"),
    EventKind.MILESTONE_DROPPED: (
        "The step was taken out of the plan on {day}",
        "This step was taken out of your plan on {day}",
    ),
    EventKind.MILESTONE_POSTPONED: ("The step was moved to {on}", "This step was moved to {on}"),
    EventKind.MILESTONE_RESTORED: (
        "What had been told about the step was taken back on {day}",
        "What you had told us about this step was taken back on {day}",
    ),
    EventKind.RELATIONSHIP_ENDED: (
        "It was taken out of the plan on {day}",
        "It was taken out of your plan on {day}",
    ),
    EventKind.CONTACT_MADE: ("There was contact on {on}", "You were in touch on {on}"),
    EventKind.CONTACT_TAKEN_BACK: (
        "Contact that had been noted was taken back on {day}",
        "Contact that you had noted was taken back on {day}",
    ),
}
_CHANGED = {
    "not_before": ("Reminders about it were put off on {day}", "You asked on {day} to be reminded later"),
    "registered_on": ("The client signed up on {day}", "You signed up on {day}"),
    "starts_on": ("Its day was changed on {day}", "Its day was changed on {day}"),
    "cadence_days": ("Its rhythm was changed on {day}", "Its rhythm was changed on {day}"),
}
_OTHERWISE = ("It was changed on {day}", "It was changed on {day}")
_WENT = ("The client was at the event on {on}", "You were at the event on {on}")
# Facts that only one letter is about, by its template.
_OF_ONE_LETTER = {
    ("still-useful", EventKind.CLIENT_ACTED): (
        "The client was heard from on {day}",
        "We heard from you on {day}",
    ),
    ("report-reminder", EventKind.ADDRESS_CONFIRMED): (
        "The address was confirmed on {day}",
        "You confirmed your address on {day}",
    ),
}
# How a client's way through a sequence came to its end.
_OVER = {
    "goal": (
        "What the sequence is for was reached on {day}",
        "You reached what these letters are for on {day}",
    ),
    "replied": ("The client replied on {day}", "You wrote to us on {day}"),
    "contact_request": ("The client asked for a talk on {day}", "You asked for a talk on {day}"),
    "plan_completed": ("The plan was completed on {day}", "Your plan was completed on {day}"),
    "paused": ("Letters were paused on {day}", "Your letters were paused on {day}"),
    "unsubscribed": (
        "Letters of this kind were stopped on {day}",
        "Letters of this kind to you were stopped on {day}",
    ),
    "outranked": (
        "Letters of a sequence that comes first began",
        "Other letters of ours began that come first",
    ),
    "withdrawn": ("The sequence was ended by hand on {day}", "We ended these letters on {day}"),
}
_STOPS = frozenset({EventKind.LETTERS_UNSUBSCRIBED, EventKind.ADDRESS_SUPPRESSED, EventKind.CLIENT_CHANGED})
_IS_OVER = ("The sequence came to its end on {day}", "These letters came to their end on {day}")
KINDS = frozenset(
    {
        EventKind.SEQUENCE_ENDED,
        *_TO_THE_WHOLE,
        *_TO_ONE,
        EventKind.RELATIONSHIP_CHANGED,
        *(kind for _, kind in _OF_ONE_LETTER),
    }
)


@dataclass(frozen=True)
class CalledOff:
    """A letter that was called off at `at`; `since` it had been called for. `zone`: the client's."""

    template: str
    family: str
    detail: Mapping[str, Any]
    since: datetime
    at: datetime
    zone: str


@dataclass(frozen=True)
class Cause:
    """What called it off, in a sentence for the firm's people and one for the client."""

    staff: str
    client: str


def cause_of(letter: CalledOff, facts: Sequence[Event]) -> Cause | None:
    """Return what called the letter off, None where no fact tells; `facts`: the client's, in any order."""
    within = [one for one in facts if letter.since <= one.at <= letter.at]
    found = [(_weight(letter, one), one.at, one, words) for one in within if (words := _words(letter, one))]
    if not found:
        return None
    _, _, fact, (staff, client) = max(found, key=lambda one: one[:2])
    if fact.kind is EventKind.SEQUENCE_ENDED and fact.data.get("reason") == "unsubscribed":
        fact, (staff, client) = _stopped_by(letter, fact, within) or (fact, (staff, client))
    values = _days(fact, letter)
    told = client.format_map(values)
    return Cause(f"{staff.format_map(values)}.", f"{told}, so this letter was called off.")


def _stopped_by(
    letter: CalledOff, end: Event, facts: Sequence[Event]
) -> tuple[Event, tuple[str, str]] | None:
    """Return what stopped the letters whose end this was, and its words: the client, or a closed address."""
    for one in sorted(facts, key=lambda fact: fact.at, reverse=True):
        words = _TO_THE_WHOLE.get(one.kind)
        if one.kind is EventKind.LETTERS_UNSUBSCRIBED and "families" in one.data:
            words = _STOPPED_KIND if letter.family in one.data["families"] else None
        elif one.kind is EventKind.CLIENT_CHANGED:
            words = _CONSENT if "consent" in one.data.get("changed", ()) else None
        if words is not None and one.kind in _STOPS and one.at <= end.at:
            return one, words
    return None


def _weight(letter: CalledOff, fact: Event) -> int:
    """What happened to the very thing that the letter is about tells more than what happened to all."""
    return int(str(fact.subject_id) in _subjects(letter))


def _subjects(letter: CalledOff) -> set[str]:
    if letter.template == "week":
        return set()  # the calendar calls for it, whatever becomes of its step
    return {str(letter.detail[key]) for key in _ABOUT if key in letter.detail}


def _words(letter: CalledOff, fact: Event) -> tuple[str, str] | None:
    alone = _OF_ONE_LETTER.get((letter.template, fact.kind))
    if alone is not None:
        return alone
    if str(fact.subject_id) in _subjects(letter) and fact.kind not in _TO_THE_WHOLE:
        return _words_of_one(letter, fact)
    if letter.family not in _OF_A_PLAN:
        return None
    if fact.kind is EventKind.LETTERS_UNSUBSCRIBED and "families" in fact.data:
        return _STOPPED_KIND if letter.family in fact.data["families"] else None
    changed = set(fact.data.get("changed", ()))
    if fact.kind is EventKind.CLIENT_CHANGED and not _WISHES & changed:
        return _CONSENT if "consent" in changed else None
    return _TO_THE_WHOLE.get(fact.kind)


def _words_of_one(letter: CalledOff, fact: Event) -> tuple[str, str] | None:
    if fact.kind is EventKind.SEQUENCE_ENDED:
        return _OVER.get(fact.data.get("reason", ""), _IS_OVER)
    if fact.kind is EventKind.RELATIONSHIP_CHANGED:
        changed = fact.data.get("changed", ())
        return next((words for name, words in _CHANGED.items() if name in changed), _OTHERWISE)
    if fact.kind is EventKind.CONTACT_MADE and letter.template.startswith("event-"):
        return _WENT
    return _TO_ONE.get(fact.kind)


def _days(fact: Event, letter: CalledOff) -> dict[str, str]:
    """`day`: when it was told, `on`: the day that was told; both as the client's calendar has them."""
    today = local(letter.at, letter.zone).date()
    day = day_in_words(local(fact.at, letter.zone).date(), today=today)
    told = fact.data.get("due_on") or fact.data.get("on")
    return {"day": day, "on": day_in_words(date.fromisoformat(told), today=today) if told else "another day"}
