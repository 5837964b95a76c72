"""What ends a way through a sequence is written down once, with its reason, and letters are called off."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.enrollments import enroll
from coaching.usecases.facts import record
from coaching.usecases.pauses import pause_client
from coaching.usecases.schedule import schedule_client
from tests.support.drain import everyone
from tests.support.drips import put_enrollment, put_sequence
from tests.support.ledger import agree, suppress_all
from tests.support.underway import DAY, Underway, put_underway

KEY = "key:wp_1"
GOAL = {"facts": [{"event": "milestone_reached", "dimension": "networks"}], "within_days": 30}
EVERY = ["unsubscribed", "goal", "contact_request", "replied", "plan_completed", "paused", "outranked"]
Happen = Callable[[Session, Underway, datetime], object]


def life(kind: EventKind, **data: Any) -> Happen:
    """Return what writes a fact of the client's life."""

    def happen(session: Session, ana: Underway, at: datetime) -> None:
        record(session, kind, uuid4(), client_id=ana.client_id, now=at, **data)

    return happen


def complete(session: Session, ana: Underway, at: datetime) -> None:
    """Complete the plan."""
    complete_plan(session, ana.client_id, actor=KEY, now=at)


def pause(session: Session, ana: Underway, at: datetime) -> None:
    """Let letters rest."""
    pause_client(session, ana.client_id, until=None, ending="hold", actor=KEY, now=at)


def enter_a_better_one(session: Session, ana: Underway, at: datetime) -> None:
    """Let the client into what matters more."""
    put_sequence(session, at, name="welcome", rank=2)
    enroll(session, ana.client_id, "welcome", actor=KEY, may_write_to=everyone, now=at)


def enter_an_equal_one(session: Session, ana: Underway, at: datetime) -> None:
    """Let the client into what matters as much."""
    put_sequence(session, at, name="ash", rank=4)
    enroll(session, ana.client_id, "ash", actor=KEY, may_write_to=everyone, now=at)


def stop_all(session: Session, ana: Underway, at: datetime) -> None:
    """Stop all letters."""
    suppress_all(session, ana.client_id, at, scope="letters")


def stop_drips(session: Session, ana: Underway, at: datetime) -> None:
    """Stop letters of sequences."""
    suppress_all(session, ana.client_id, at, scope="drip")


def take_back(session: Session, ana: Underway, at: datetime) -> None:
    """Take the consent to letters back."""
    agree(session, ana.client_id, at, granted=False)


REACHED = EventKind.MILESTONE_REACHED
ENDS: dict[str, tuple[str, Happen]] = {
    "goal": ("goal", life(REACHED, dimension="networks")),
    "reply": ("replied", life(EventKind.CLIENT_REPLIED)),
    "talk": ("contact_request", life(EventKind.CONTACT_REQUESTED)),
    "all letters": ("unsubscribed", stop_all),
    "drips": ("unsubscribed", stop_drips),
    "consent": ("unsubscribed", take_back),
    "pause": ("paused", pause),
    "plan": ("plan_completed", complete),
    "better": ("outranked", enter_a_better_one),
}
GOES_ON: dict[str, Happen] = {
    "another dimension": life(REACHED, dimension="skills"),
    "begun only": life(EventKind.MILESTONE_STARTED, dimension="networks"),
    "acted": life(EventKind.CLIENT_ACTED),
    "equal": enter_an_equal_one,
}


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def begin(session: Session, ana: Underway, now: datetime, **changes: Any) -> UUID:
    """Let her into a sequence with a goal, and plan her letters; return the enrollment."""
    one = put_sequence(session, now, **{"goal": GOAL, "exits": EVERY, **changes})
    way = put_enrollment(session, ana.client_id, one, now)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now)
    assert letters(session, way.id) == ["planned"]
    return way.id


def letters(session: Session, way: UUID) -> list[str]:
    """Return the states of the letters of a way."""
    about = tables.Message.detail["enrollment"].astext == str(way)
    return list(session.scalars(select(tables.Message.state).where(about).order_by(tables.Message.due_at)))


def ended(session: Session, way: UUID) -> list[tuple[str, dict[str, str]]]:
    """Return how the facts say that it ended."""
    of_it = (tables.Event.subject_id == way, tables.Event.kind == "sequence_ended")
    return [(one.kind, one.data) for one in session.scalars(select(tables.Event).where(*of_it))]


@pytest.mark.parametrize("what", ENDS)
def test_each_exit_ends_it(session: Session, ana: Underway, now: datetime, what: str) -> None:
    """Reason and time stand in the row, the letter is called off, and a second look finds nothing more.

    It ended when that happened, not when somebody looked; only what was stopped is over from the look on.
    """
    way = begin(session, ana, now)
    reason, happen = ENDS[what]
    happen(session, ana, now + DAY)
    looked_at = now + DAY + DAY / 24
    for later in (looked_at, looked_at + DAY / 24):
        schedule_client(session, ana.client_id, may_write_to=everyone, now=later)
    row = session.get_one(tables.Enrollment, way, populate_existing=True)
    ended_at = looked_at if reason == "unsubscribed" else now + DAY
    assert (row.state, row.end_reason, row.ended_at) == ("ended", reason, ended_at)
    assert ended(session, way) == [("sequence_ended", {"sequence": "networks", "reason": reason})]
    assert letters(session, way) == ["cancelled"]


@pytest.mark.parametrize("what", ENDS)
def test_an_exit_that_is_not_named_ends_nothing(
    session: Session, ana: Underway, now: datetime, what: str
) -> None:
    """Letters that can't go rest; the way itself goes on."""
    reason, happen = ENDS[what]
    way = begin(session, ana, now, exits=[one for one in EVERY if one != reason])
    happen(session, ana, now + DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + DAY)
    assert session.get_one(tables.Enrollment, way, populate_existing=True).state == "active"
    assert ended(session, way) == []


@pytest.mark.parametrize("what", GOES_ON)
def test_what_is_no_exit_ends_nothing(session: Session, ana: Underway, now: datetime, what: str) -> None:
    """A step of another dimension, one only begun, an act, or a sequence that matters as much."""
    way = begin(session, ana, now)
    GOES_ON[what](session, ana, now + DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + DAY)
    assert session.get_one(tables.Enrollment, way, populate_existing=True).state == "active"
    assert letters(session, way) == ["planned"]


@pytest.mark.parametrize(("days", "state"), [(30, "ended"), (31, "active")])
def test_a_goal_counts_within_its_days(
    session: Session, ana: Underway, now: datetime, days: int, state: str
) -> None:
    """Reached later, it was reached without these letters."""
    way = begin(session, ana, now)
    ENDS["goal"][1](session, ana, now + days * DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + days * DAY)
    assert session.get_one(tables.Enrollment, way, populate_existing=True).state == state


def test_what_was_before_the_start_ends_nothing(session: Session, ana: Underway, now: datetime) -> None:
    """Nor does the fact of the very moment, which let the client in."""
    for at in (now - DAY, now):
        life(EventKind.CLIENT_REPLIED)(session, ana, at)
    way = begin(session, ana, now)
    assert session.get_one(tables.Enrollment, way, populate_existing=True).state == "active"
