"""The firm's own sequences, walked by the engine: who gets which letters, and when at the earliest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from coaching.adapters.content import Content
from coaching.domain import local_time
from coaching.domain.clients import STAGES
from coaching.domain.engine.sequence_slots import ending_of, sequence_slots
from coaching.domain.engine.state import About, ClientState, EnrollmentFacts, LifeFact
from coaching.settings import CONTENT
from tests.support.states import client, letter, plan

SEQUENCES = Content.load(CONTENT).sequences
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DIMENSIONS = [name for name, one in SEQUENCES.items() if one.dimension == name]


def in_(name: str, **changes: Any) -> ClientState:
    """Return a client in Paris who entered a sequence on Monday at noon, with a plan that runs."""
    one = EnrollmentFacts(UUID(int=5), name, "active", MONDAY, SEQUENCES[name])
    return client(**{"plan": plan(), "enrollments": (one,), **changes})


def walk(state: ClientState) -> list[tuple[str, date]]:
    """Let each letter go on its day, until none is to come; return all by name and day."""
    gone = []
    now = MONDAY
    while slots := list(sequence_slots(state, now)):
        (slot,) = slots
        now = max(now, slot.due_at)
        sent = letter(slot_key=slot.key, template=slot.template, state="queued", due_at=now, queued_at=now)
        state = replace(state, letters=(*state.letters, sent))
        gone.append((slot.template, local_time.local(now, state.time_zone).date()))
    return gone


def began(dimension: str, days: int) -> LifeFact:
    """Return that a milestone of the dimension was started so many days after the sequence."""
    return LifeFact("milestone_started", MONDAY + timedelta(days=days), dimension)


@pytest.mark.parametrize(
    ("profile", "stage", "report", "step", "people"),
    [
        ("job-leaning", "starting", "report-job", "step-starting", "people-job"),
        ("in transition", "pivoting", "report-transition", "step-pivoting", "people"),
        ("career-leaning", "growing", "report-career", "step-growing", "people-career"),
        (None, "undecided", "report", "step", "people"),
        (None, None, "report", "step", "people"),
    ],
)
def test_the_welcome_is_five_letters(
    profile: str | None, stage: str | None, report: str, step: str, people: str
) -> None:
    """Each client gets five, about four weeks at most, in the words that suit profile and stage."""
    gone = walk(in_("welcome", about=About(profile=profile, stage=stage)))
    assert [name for name, _ in gone] == [
        f"welcome-{one}" for one in ("hello", report, step, people, "rhythm")
    ]
    assert gone[0][1] == date(2026, 11, 24)
    assert gone[-1][1] <= date(2026, 12, 21)


def test_nobody_is_left_out_of_the_welcome() -> None:
    """Whatever profile and stage are, known or not, there are five letters."""
    profiles = (None, "job-leaning", "in transition", "career-leaning")
    for profile, stage in product(profiles, (None, *STAGES)):
        assert len(walk(in_("welcome", about=About(profile=profile, stage=stage)))) == 5


def test_a_plan_that_starts_does_not_end_the_welcome() -> None:
    """It is the goal, but a plan without a coach starts within minutes, and the welcome goes on."""
    state = in_("welcome", life=(LifeFact("plan_approved", MONDAY + timedelta(minutes=5)),))
    assert ending_of(state.enrollments[0], state, MONDAY + timedelta(minutes=6)) is None


@pytest.mark.parametrize("name", DIMENSIONS)
def test_whoever_starts_nothing_is_given_time(name: str) -> None:
    """See it after two days, try it after ten more without a step, keep it after three more weeks."""
    assert walk(in_(name)) == [
        (f"{name}-see", date(2026, 11, 25)),
        (f"{name}-try", date(2026, 12, 7)),  # ten days and a working day: Monday
        (f"{name}-keep", date(2026, 12, 28)),
    ]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_step_that_is_started_brings_the_next_letter(name: str) -> None:
    """The working day after it the second letter comes, a week later the third."""
    assert walk(in_(name, life=(began(name, 3),))) == [
        (f"{name}-see", date(2026, 11, 25)),
        (f"{name}-try", date(2026, 11, 27)),
        (f"{name}-keep", date(2026, 12, 4)),
    ]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_step_that_is_reached_ends_it(name: str) -> None:
    """A milestone of the dimension is what the letters are for; one of another dimension is not."""
    other = next(one for one in DIMENSIONS if one != name)
    for dimension, reason in ((name, "goal"), (other, None)):
        state = in_(name, life=(LifeFact("milestone_reached", MONDAY + timedelta(days=1), dimension),))
        ending = ending_of(state.enrollments[0], state, MONDAY + timedelta(days=2))
        assert (ending.reason if ending else None) == reason


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_word_to_a_person_ends_every_sequence(name: str) -> None:
    """Whoever answers, or asks to talk, has somebody to talk to, and no more of these letters."""
    for kind, reason in (("client_replied", "replied"), ("contact_requested", "contact_request")):
        state = in_(name, life=(LifeFact(kind, MONDAY + timedelta(days=1)),))
        ending = ending_of(state.enrollments[0], state, MONDAY + timedelta(days=2))
        assert ending is not None
        assert ending.reason in {reason, "goal"}
