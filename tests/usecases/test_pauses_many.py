"""Many pauses end with a handful of statements, and each moves what is its own, reminders included."""

from datetime import date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.usecases.pauses import end_due_pauses, pause_client, preview_pause, resume_client
from coaching.usecases.schedule import schedule_client
from tests.support.drain import everyone
from tests.support.statements import statements
from tests.support.underway import DAY, Underway, put_underway

KEY = "key:test"
TODAY = date(2026, 11, 23)


def put_paused(session: Session, secrets: Secrets, now: datetime, name: str, days: int) -> Underway:
    """Add a client whose letters have rested for so many days, until now, and whose dates move by them."""
    one = put_underway(session, secrets, now, email=f"{name}@example.test")
    began_at = now - days * DAY
    session.get_one(tables.Plan, one.plan_id).starts_on = TODAY - 30 * DAY
    one.milestone(session, created_at=began_at - DAY)
    one.relationship(session)
    session.add(
        tables.Pause(client_id=one.client_id, began_at=began_at, until_at=now, ending="shift", actor=KEY)
    )
    session.flush()
    return one


def stands(session: Session, one: Underway) -> tuple[date, int]:
    """Return when their milestone is due, and by how many days their mentor moved."""
    due_on = select(tables.Milestone.due_on).where(tables.Milestone.client_id == one.client_id)
    moved = select(tables.Relationship.shifted_days).where(tables.Relationship.client_id == one.client_id)
    return session.scalars(due_on).one(), session.scalars(moved).one()


def test_many_pauses_end_with_few_statements(session: Session, secrets: Secrets, now: datetime) -> None:
    """Twelve cost as many as one; each client's dates move by the days of their own pause."""
    put_paused(session, secrets, now, "first", 2)
    few = statements(session, lambda: end_due_pauses(session, now=now))
    many = [put_paused(session, secrets, now, f"c{days}", days) for days in range(1, 13)]
    sent = statements(session, lambda: end_due_pauses(session, now=now))
    assert len(sent) == len(few) < 12, sent
    assert [stands(session, one) for one in many] == [
        (TODAY + (10 + days) * DAY, days) for days in range(1, 13)
    ]
    told = session.execute(select(tables.Event.kind, tables.Event.client_id).order_by(tables.Event.id)).all()
    for one in many:
        kinds = [kind for kind, client_id in told if client_id == one.client_id]
        assert kinds == ["milestone_postponed", "client_resumed"]


def next_reminder(session: Session, ana: Underway, now: datetime) -> tables.Message | None:
    """Plan her letters, and return the reminder that stands planned."""
    schedule_client(session, ana.client_id, may_write_to=everyone, now=now)
    query = select(tables.Message).where(
        tables.Message.template == "mentor-nudge", tables.Message.state == "planned"
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def send(session: Session, letter: tables.Message, at: datetime) -> None:
    """Let a letter go."""
    batch = tables.Batch(
        template=letter.template,
        sender="coaching@firm.example.test",
        family=letter.family,
        state="accepted",
        accepted_at=at,
        size=1,
        due_at=at,
        not_before=at,
        created_at=at,
    )
    session.add(batch)
    session.flush()
    gone = update(tables.Message).where(tables.Message.id == letter.id)
    session.execute(gone.values(state="queued", batch_id=batch.id, decided_at=at))


@pytest.mark.parametrize("sent", [1, 2, 3])
def test_a_shift_sends_no_reminder_again(
    session: Session, secrets: Secrets, now: datetime, sent: int
) -> None:
    """Paused after some of the three, the next comes later by the pause, as foretold; there is no fourth."""
    ana = put_underway(session, secrets, now)
    mentor: UUID = ana.relationship(session, last_contact_on=TODAY - 28 * DAY)
    at = now
    for number in range(1, sent + 1):
        letter = next_reminder(session, ana, at)
        assert letter is not None
        assert letter.detail == {"relationship": str(mentor), "time": number}
        send(session, letter, at)
        at += 7 * DAY
    at -= 5 * DAY
    planned = next_reminder(session, ana, at)
    until = at + 12 * DAY
    foretold = preview_pause(session, ana.client_id, until=until, ending="shift", now=at).effect.letters[
        "moved"
    ]
    pause_client(session, ana.client_id, until=until, ending="shift", actor=KEY, now=at)
    resume_client(session, ana.client_id, actor=KEY, now=until)
    moved = next_reminder(session, ana, until)
    if sent == 3:
        assert (planned, moved, foretold) == (None, None, ())
    else:
        assert planned is not None
        assert moved is not None
        assert moved.detail["time"] == sent + 1
        assert [one.moves_to for one in foretold] == [moved.due_at]
        assert moved.local_date == TODAY + (7 * sent + 12) * DAY
