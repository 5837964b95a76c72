"""Whoever is to go on in a new version does so at a step, never in the middle of one."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.usecases.client_states import load_states
from coaching.usecases.enrollments import settle_enrollments
from coaching.usecases.schedule import schedule_client, schedule_clients
from tests.support.drain import everyone
from tests.support.drips import put_enrollment, put_sequence
from tests.support.statements import statements
from tests.support.underway import DAY, Underway, put_underway

STEPS = [
    {"key": "see", "letter": "networks-see", "after": {"days": 2}},
    {"key": "more", "letter": "networks-keep", "after": {"days": 1}},
]


def begin(session: Session, ana: Underway, now: datetime) -> UUID:
    """Let her into the first version, and plan its first letter; return the enrollment."""
    way = put_enrollment(session, ana.client_id, put_sequence(session, now), now)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now)
    return way.id


def to_the_second(session: Session, now: datetime) -> None:
    """Publish a second version, and let all go on in it."""
    put_sequence(session, now, version=2, steps=STEPS)
    session.execute(update(tables.Enrollment).values(move_to=2))


def pass_over(session: Session, now: datetime) -> None:
    """Let every letter of a sequence that stands planned meet its end."""
    session.execute(
        update(tables.Message)
        .where(tables.Message.family == "drip", tables.Message.state == "planned")
        .values(state="skipped", outcome="test", decided_at=now)
    )


def stands(session: Session, way: UUID) -> tuple[int, int | None, str]:
    """Return in which version the client is, which is meant for them, and whether it goes on."""
    row = session.get_one(tables.Enrollment, way, populate_existing=True)
    return row.version, row.move_to, row.state


def planned(session: Session, way: UUID) -> list[tuple[str, int]]:
    """Return the step and version of each letter that stands planned."""
    detail = tables.Message.detail
    about = (detail["enrollment"].astext == str(way), tables.Message.state == "planned")
    return [(one["step"], one["version"]) for one in session.scalars(select(detail).where(*about))]


def test_the_letter_that_stands_planned_comes_first(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """It comes as the old version has it; once it has met its end, the next is the new version's."""
    ana = put_underway(session, secrets, now)
    way = begin(session, ana, now)
    to_the_second(session, now)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + DAY)
    assert stands(session, way) == (1, 2, "active")
    assert planned(session, way) == [("see", 1)]
    pass_over(session, now + 2 * DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + 3 * DAY)
    assert stands(session, way) == (2, None, "active")
    assert planned(session, way) == [("more", 2)]


def test_without_a_word_everybody_stays(session: Session, secrets: Secrets, now: datetime) -> None:
    """A newer version alone changes nobody's way."""
    ana = put_underway(session, secrets, now)
    way = begin(session, ana, now)
    put_sequence(session, now, version=2, steps=STEPS)
    pass_over(session, now + 2 * DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + 3 * DAY)
    assert stands(session, way) == (1, None, "active")
    assert planned(session, way) == [("try", 1)]


def test_who_goes_over_to_an_end_has_reached_it(session: Session, secrets: Secrets, now: datetime) -> None:
    """Where the new version has no step behind theirs it is completed, and both are written down."""
    ana = put_underway(session, secrets, now)
    way = begin(session, ana, now)
    put_sequence(session, now, version=2, steps=STEPS[:1])
    session.execute(update(tables.Enrollment).values(move_to=2))
    pass_over(session, now + 2 * DAY)
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now + 3 * DAY)
    assert stands(session, way) == (2, None, "ended")
    assert session.get_one(tables.Enrollment, way).end_reason == "completed"


@pytest.mark.parametrize("what", ["move", "end"])
def test_many_cost_as_many_statements_as_one(
    session: Session, secrets: Secrets, now: datetime, what: str
) -> None:
    """Whether they go over or come to their end."""
    people = [put_underway(session, secrets, now, email=f"c{n}@example.test") for n in range(4)]
    for ana in people:
        begin(session, ana, now)
    steps = STEPS if what == "move" else STEPS[:1]
    put_sequence(session, now, version=2, steps=steps)
    session.execute(update(tables.Enrollment).values(move_to=2))
    pass_over(session, now)
    ids = [one.client_id for one in people]
    schedule_clients(session, ids[:1], may_write_to=everyone, now=now)  # what is read once is read

    def sent(some: list[UUID]) -> int:
        states = load_states(session, some, may_write_to=everyone, now=now)
        return len(statements(session, lambda: settle_enrollments(session, states, now=now)))

    assert sent(ids[1:2]) == sent(ids[2:]) == (1 if what == "move" else 3)
