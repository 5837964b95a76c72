"""What a client may do by a link in a letter, about what, and until when; which days may be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from coaching.domain.errors import Refused
from coaching.domain.links import Purpose
from coaching.domain.plan_words import DECISIONS

OF_MILESTONES = frozenset({Purpose.DONE, Purpose.STARTED, Purpose.POSTPONE, Purpose.DECIDE})
OF_RELATIONSHIPS = frozenset({Purpose.MET, Purpose.LATER, Purpose.REGISTERED, Purpose.REST})
OF_LETTERS = frozenset({Purpose.STILL_USEFUL})
DEEDS = OF_MILESTONES | OF_RELATIONSHIPS | OF_LETTERS | {Purpose.NOT_USEFUL, Purpose.DID}

LONGEST_NOTE = 2000
WEEK = timedelta(days=7)
FURTHEST = timedelta(days=365)
REST = timedelta(days=91)
# What 'remind me later' offers; the first is what is meant if nothing is chosen.
LATER = {"week": WEEK, "two-weeks": 2 * WEEK, "month": timedelta(days=30)}
_DAY = timedelta(days=1)
_CLOSED = frozenset({"reached", "dropped", "ended"})

Sort = Literal["milestone", "relationship", "check-in", "sequence", "letters"]


@dataclass(frozen=True)
class Subject:
    """What a letter is about, as it stands now. `kind` is that of the milestone or relationship.

    `on`: when the milestone is due, or the day of the event; `eve_on`: the last day for a letter before it.
    `optional`: the plan leaves talks with the coach to the client. `plan_over`: the milestone's plan is
    completed, and nothing in it changes any more. `id` is missing where it is the letter itself.
    """

    sort: Sort
    id: UUID | None = None
    kind: str = ""
    name: str = ""
    state: str = "active"
    on: date | None = None
    decides: bool = False
    decision: str | None = None
    registered: bool = False
    rests_until: date | None = None
    eve_on: date | None = None
    optional: bool = False
    plan_over: bool = False

    @property
    def is_event(self) -> bool:
        """Tell whether it is an event, which has one day and no cadence."""
        return self.sort == "relationship" and self.kind == "event"


LETTERS = Subject("letters")
CHECK_IN = Subject("check-in")
OF_A_SEQUENCE = Subject("sequence")


@dataclass(frozen=True)
class Choice:
    """What was filled in beside the button. `on_day`: a day was to be chosen, `due_on`, not a week later."""

    about: UUID | None = None
    on_day: bool = False
    due_on: date | None = None
    note: str | None = None
    later: str = "week"
    decision: str | None = None


def fits(purpose: Purpose, subject: Subject) -> bool:
    """Tell whether a letter about this may carry a link for that."""
    if purpose is Purpose.DID or subject == OF_A_SEQUENCE:
        return (purpose, subject) == (Purpose.DID, OF_A_SEQUENCE)
    return _fits_a_plan(purpose, subject)


def _fits_a_plan(purpose: Purpose, subject: Subject) -> bool:
    if purpose in OF_MILESTONES:
        return subject.sort == "milestone" and (purpose is not Purpose.DECIDE or subject.decides)
    if purpose is Purpose.REGISTERED:
        return subject.is_event
    if purpose is Purpose.MET:
        return subject.sort in {"relationship", "check-in"}
    if purpose in {Purpose.LATER, Purpose.REST}:
        return subject.sort == "relationship" and not subject.is_event
    if purpose is Purpose.ANSWER:
        return subject.sort != "letters"
    return purpose is Purpose.NOT_USEFUL or (purpose is Purpose.STILL_USEFUL and subject == LETTERS)


def ways_to_answer(subject: Subject, *, today: date) -> tuple[Purpose, ...]:
    """Return what can still be said about it, each by a link of its own; nothing where it is done or gone.

    About people it is REST, not NOT_USEFUL: in a week's letter the latter is about the week's step.
    """
    if subject.state in _CLOSED:
        return ()
    return tuple(one for one in _ways(subject, today) if not is_past(one, subject, today=today))


def _ways(subject: Subject, today: date) -> tuple[Purpose, ...]:
    if subject.sort == "milestone":
        begins = (Purpose.DECIDE,) if subject.decides else (Purpose.DONE, Purpose.STARTED)
        return (*begins, Purpose.POSTPONE, Purpose.NOT_USEFUL)
    if subject.is_event:
        ahead = subject.on is not None and today < subject.on
        return (Purpose.REGISTERED if ahead else Purpose.MET, Purpose.NOT_USEFUL)
    if subject.sort == "relationship":
        return (Purpose.MET, Purpose.LATER, Purpose.REST)
    return (Purpose.MET, Purpose.NOT_USEFUL) if subject.sort == "check-in" else ()


def asks_for_decision(purpose: Purpose, subject: Subject) -> bool:
    """Tell whether one of stay, shift and leave has to be chosen: a decision isn't reached without one."""
    return purpose is Purpose.DECIDE or (purpose is Purpose.DONE and subject.decides)


def is_past(purpose: Purpose, subject: Subject, *, today: date) -> bool:
    """Tell whether the link has nothing left to do, since things have gone so far, or nothing yet."""
    if subject.sort == "milestone":
        started = purpose is Purpose.STARTED and subject.state == "started"
        dropped = purpose in {Purpose.POSTPONE, Purpose.NOT_USEFUL} and subject.state == "dropped"
        return subject.plan_over or subject.state == "reached" or started or dropped
    if subject.sort == "relationship":
        missed = subject.on is not None and subject.on < today
        to_come = subject.on is not None and subject.on > today
        return (
            subject.state == "ended"
            or (purpose is Purpose.REGISTERED and (subject.registered or missed))
            or (purpose is Purpose.MET and to_come)
        )
    return False


def is_outrun(purpose: Purpose, subject: Subject, left: Mapping[str, Any]) -> bool:
    """Tell whether what a deed left has gone further since, so that it tells no longer how things stand."""
    closed = subject.state in _CLOSED and left.get("state") != subject.state
    moved = (
        purpose is Purpose.POSTPONE and subject.on is not None and left["due_on"] != subject.on.isoformat()
    )
    return closed or moved


def is_other(
    purpose: Purpose, choice: Choice, before: Mapping[str, Any], left: Mapping[str, Any], *, done_on: date
) -> bool:
    """Tell whether a choice is another than the one that a deed made on `done_on`, and that stands."""
    if purpose is Purpose.POSTPONE:
        was = Subject("milestone", on=date.fromisoformat(before["due_on"]))
        chosen = choice.due_on if choice.on_day else week_later(was, today=done_on)
        return chosen is not None and chosen.isoformat() != left["due_on"]
    if purpose is Purpose.LATER:
        return choice.later in LATER and (done_on + LATER[choice.later]).isoformat() != left["not_before"]
    return bool(left.get("decision")) and choice.decision in DECISIONS and choice.decision != left["decision"]


def contact_on(subject: Subject, *, today: date) -> date:
    """Return the day of a contact that is told today: an event was on its own, whenever that is told."""
    return min(subject.on, today) if subject.is_event and subject.on else today


def week_later(subject: Subject, *, today: date) -> date:
    """Return the day a week after the milestone's own, or after today where its own has passed."""
    return max(subject.on or today, today) + WEEK


def days_to_choose(today: date) -> tuple[date, date]:
    """Return the first and the last day that a milestone may be moved to by its client."""
    return today + _DAY, today + FURTHEST


def new_day(subject: Subject, choice: Choice, *, today: date) -> date:
    """Return the day that a milestone moves to. Raises Refused."""
    if not choice.on_day:
        return week_later(subject, today=today)
    earliest, latest = days_to_choose(today)
    if choice.due_on is None:
        raise Refused({"due_on": ["Choose a day first."]})
    if choice.due_on < earliest:
        raise Refused({"due_on": ["Choose a day from tomorrow on: this one has come already."]})
    if choice.due_on > latest:
        raise Refused({"due_on": ["Choose a day within a year from now: this one is further off."]})
    if choice.due_on == subject.on:
        raise Refused({"due_on": ["It stands for that day already. Choose another one."]})
    return choice.due_on


def rests_until(choice: Choice, *, today: date) -> date:
    """Return the day from which reminders may come again. Raises Refused."""
    if choice.later not in LATER:
        raise Refused({"later": ["Choose one of the days."]})
    return today + LATER[choice.later]


def note_of(choice: Choice) -> str | None:
    """Return the note, or None where none was written. Raises Refused."""
    note = (choice.note or "").strip()
    if len(note) > LONGEST_NOTE:
        over = len(note) - LONGEST_NOTE
        raise Refused({"note": [f"Keep it to {LONGEST_NOTE} characters; this one has {over} too many."]})
    return note or None


def decision_of(choice: Choice) -> str:
    """Return what was decided. Raises Refused."""
    if choice.decision not in DECISIONS:
        raise Refused({"decision": ["Choose one of the three."]})
    return choice.decision
