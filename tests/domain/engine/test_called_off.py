"""What called a letter off is told from the facts, where they tell it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from coaching.domain.engine.called_off import KINDS, CalledOff, cause_of
from coaching.domain.events import Event, EventKind
from coaching.domain.sequences import END_REASONS
from tests.support.states import NOON

DAY = timedelta(days=1)
ANA, STEP, TIE, PLAN, WAY = (UUID(int=number) for number in range(1, 6))


def letter(template: str = "milestone-ahead", family: str = "milestone", **detail: UUID) -> CalledOff:
    """Return a letter that was called for two days ago and called off at noon."""
    about = {key: str(value) for key, value in (detail or {"milestone": STEP}).items()}
    return CalledOff(template, family, about, NOON - 2 * DAY, NOON, "Europe/Paris")


def fact(kind: EventKind, subject: UUID = STEP, days_ago: float = 1, **data: Any) -> Event:
    """Return a fact of so many days before noon."""
    return Event(uuid4(), kind, subject, ANA, data, NOON - days_ago * DAY)


NUDGE = letter("mentor-nudge", "mentoring", relationship=TIE)
EVENT = letter("event-after", "networking", relationship=TIE)
DRIP = letter("networks-try", "drip", enrollment=WAY)


@pytest.mark.parametrize(
    ("one", "happened", "staff", "client"),
    [
        (
            letter(),
            fact(EventKind.MILESTONE_REACHED),
            "The step was reached on Sunday 22 November.",
            "You reached this step on Sunday 22 November",
        ),
        (letter(), fact(EventKind.MILESTONE_DROPPED), "The step was taken out of", "This step was taken out"),
        (
            letter(),
            fact(EventKind.MILESTONE_POSTPONED, due_on="2026-12-10"),
            "The step was moved to Thursday 10 December.",
            "This step was moved to Thursday 10 December",
        ),
        (
            letter("milestone-reached"),
            fact(EventKind.MILESTONE_RESTORED),
            "What had been told",
            "What you had",
        ),
        (
            NUDGE,
            fact(EventKind.CONTACT_MADE, TIE, on="2026-11-20"),
            "There was contact on Friday 20 November.",
            "You were in touch on Friday 20 November",
        ),
        (
            EVENT,
            fact(EventKind.CONTACT_MADE, TIE, on="2026-11-20"),
            "The client was at the event",
            "You were at",
        ),
        (NUDGE, fact(EventKind.RELATIONSHIP_ENDED, TIE), "It was taken out of the plan", "It was taken out"),
        (
            NUDGE,
            fact(EventKind.RELATIONSHIP_CHANGED, TIE, changed=["not_before"]),
            "Reminders",
            "You asked on",
        ),
        (
            EVENT,
            fact(EventKind.RELATIONSHIP_CHANGED, TIE, changed=["starts_on"]),
            "Its day was",
            "Its day was",
        ),
        (
            letter(),
            fact(EventKind.PLAN_COMPLETED, PLAN),
            "The plan was completed on",
            "Your plan was completed",
        ),
        (letter(), fact(EventKind.CLIENT_WENT_QUIET, ANA), "The client has not answered", "We had not heard"),
        (letter(), fact(EventKind.PLAN_CHANGED, PLAN), "The plan was changed on", "Your plan was changed"),
        (NUDGE, fact(EventKind.CLIENT_PAUSED, ANA), "Letters were paused on", "Your letters were paused"),
        (
            letter(),
            fact(EventKind.CLIENT_CHANGED, ANA, changed=["rhythm"]),
            "The client's rhythm",
            "Your rhythm",
        ),
        (
            letter(),
            fact(EventKind.CLIENT_CHANGED, ANA, changed=["consent"]),
            "Consent to letters was changed on",
            "Your consent to letters was changed on",
        ),
        (
            letter(),
            fact(EventKind.LETTERS_UNSUBSCRIBED, ANA),
            "The client unsubscribed on",
            "You unsubscribed on",
        ),
        (
            NUDGE,
            fact(EventKind.LETTERS_UNSUBSCRIBED, ANA, families=["campaign", "mentoring"]),
            "The client stopped letters of this kind on",
            "You stopped letters of this kind on",
        ),
        (
            NUDGE,
            fact(EventKind.ADDRESS_SUPPRESSED, ANA),
            "Letters to this address came back or were refused",
            "Letters to your address came back on",
        ),
        (
            letter("still-useful"),
            fact(EventKind.CLIENT_ACTED, ANA),
            "The client was heard from",
            "We heard from",
        ),
    ],
)
def test_a_fact_tells_what_called_it_off(one: CalledOff, happened: Event, staff: str, client: str) -> None:
    """To the firm's people as it was, to the client in the second person."""
    cause = cause_of(one, [happened])
    assert cause is not None
    assert cause.staff.startswith(staff)
    assert cause.client.startswith(client)
    assert cause.client.endswith(", so this letter was called off.")
    assert "client" not in cause.client.lower()
    assert happened.kind in KINDS


OVER = {
    "goal": ("What the sequence is for was reached on", "You reached what these letters are for on"),
    "replied": ("The client replied on", "You wrote to us on"),
    "contact_request": ("The client asked for a talk on", "You asked for a talk on"),
    "unsubscribed": ("Letters of this kind were stopped on", "Letters of this kind to you were stopped on"),
    "plan_completed": ("The plan was completed on", "Your plan was completed on"),
    "paused": ("Letters were paused on", "Your letters were paused on"),
    "outranked": ("Letters of a sequence that comes first", "Other letters of ours began that come first"),
    "withdrawn": ("The sequence was ended by hand on", "We ended these letters on"),
    "completed": ("The sequence came to its end on", "These letters came to their end on"),
}


def ended(reason: str, subject: UUID = WAY, days_ago: float = 1) -> Event:
    """Return that a way through a sequence ended."""
    return fact(EventKind.SEQUENCE_ENDED, subject, days_ago, sequence="networks", reason=reason)


@pytest.mark.parametrize("reason", END_REASONS)
def test_each_end_of_a_sequence_has_its_words(reason: str) -> None:
    """For client and coach alike, with the day where it tells something."""
    cause = cause_of(DRIP, [ended(reason)])
    assert cause is not None
    staff, client = OVER[reason]
    assert cause.staff.startswith(staff)
    assert cause.client.startswith(client)
    assert ("Sunday 22 November" in cause.client) is (reason != "outranked")
    assert cause.client.endswith(", so this letter was called off.")
    assert "client" not in cause.client.lower()
    assert "sequence" not in cause.client.lower()


STOPPED = {
    "all": (fact(EventKind.LETTERS_UNSUBSCRIBED, ANA, 1.1), "The client unsubscribed", "You unsubscribed"),
    "kind": (
        fact(EventKind.LETTERS_UNSUBSCRIBED, ANA, 1.1, families=["drip"]),
        "The client stopped letters of this kind",
        "You stopped letters of this kind",
    ),
    "address": (
        fact(EventKind.ADDRESS_SUPPRESSED, ANA, 1.1, reason="bounced"),
        "Letters to this address came back or were refused",
        "Letters to your address came back",
    ),
    "consent": (
        fact(EventKind.CLIENT_CHANGED, ANA, 1.1, changed=["consent"]),
        "Consent to letters was changed",
        "Your consent to letters was changed",
    ),
}


@pytest.mark.parametrize("what", STOPPED)
def test_who_stopped_them_is_told_as_it_was(what: str) -> None:
    """Nobody is told that they stopped letters when the address was closed; what came later is no cause."""
    happened, staff, client = STOPPED[what]
    cause = cause_of(DRIP, [ended("unsubscribed"), happened])
    assert cause is not None
    assert cause.staff.startswith(staff)
    assert cause.client.startswith(client)
    late = replace(happened, at=NOON - DAY / 2)
    only = cause_of(DRIP, [ended("unsubscribed"), late])
    assert only == cause_of(DRIP, [ended("unsubscribed")])
    assert cause_of(DRIP, [ended("replied"), happened]) == cause_of(DRIP, [ended("replied")])


@pytest.mark.parametrize(
    "happened",
    [
        fact(EventKind.LETTERS_UNSUBSCRIBED, ANA, 1.1, families=["mentoring"]),
        fact(EventKind.CLIENT_CHANGED, ANA, 1.1, changed=["rhythm"]),
        fact(EventKind.CLIENT_PAUSED, ANA, 1.1),
    ],
)
def test_what_stops_other_letters_is_no_cause(happened: Event) -> None:
    """Then it is only said that these were stopped."""
    assert cause_of(DRIP, [ended("unsubscribed"), happened]) == cause_of(DRIP, [ended("unsubscribed")])


def test_the_end_of_another_way_explains_nothing() -> None:
    """Nor does that of its own, once the letter was called off."""
    assert cause_of(DRIP, [ended("replied", uuid4())]) is None
    assert cause_of(DRIP, [ended("replied", days_ago=-1)]) is None


@pytest.mark.parametrize(
    "happened",
    [
        fact(EventKind.MILESTONE_REACHED, uuid4()),  # another step
        fact(EventKind.MILESTONE_REACHED, days_ago=3),  # before the letter was called for
        fact(EventKind.MILESTONE_REACHED, days_ago=-1),  # after it was called off
        fact(EventKind.CLIENT_CHANGED, ANA, changed=["name"]),
        fact(EventKind.CLIENT_ACTED, ANA),
        fact(EventKind.MILESTONE_STARTED),
        fact(EventKind.LETTERS_UNSUBSCRIBED, ANA, families=["drip", "mentoring"]),  # other kinds
    ],
)
def test_what_has_nothing_to_do_with_it_explains_nothing(happened: Event) -> None:
    """No cause is better than a wrong one."""
    assert cause_of(letter(), [happened]) is None


def test_a_week_is_not_called_off_by_its_step() -> None:
    """The calendar calls for it; a change of the rhythm can call it off."""
    week = letter("week", milestone=STEP)
    assert cause_of(week, [fact(EventKind.MILESTONE_REACHED)]) is None
    assert cause_of(week, [fact(EventKind.CLIENT_CHANGED, ANA, changed=["rhythm"])]) is not None


def test_the_nearest_cause_counts() -> None:
    """What happened to the step itself tells more than what happened to all; of two such, the later one."""
    happened = [
        fact(EventKind.PLAN_CHANGED, PLAN, 0.1),
        fact(EventKind.MILESTONE_REACHED, STEP, 0.5),
        fact(EventKind.MILESTONE_POSTPONED, STEP, 1, due_on="2026-12-10"),
    ]
    cause = cause_of(letter(), happened)
    assert cause is not None
    assert cause.staff.startswith("The step was reached")
