"""Silence of a client and about somebody: what is remembered for it, and when the coach is told."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.acts import note_act
from coaching.usecases.client_states import load_states
from coaching.usecases.schedule import schedule_client
from coaching.usecases.silent_clients import note_silent_clients
from coaching.usecases.sweep import sweep
from tests.support.deeds import DAY, TODAY
from tests.support.drain import SENDER, everyone
from tests.support.ledger import put_client, put_letter
from tests.support.underway import Underway, put_underway


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def silent(session: Session, one: Underway, letters: int, **changes: Any) -> None:
    """Let so many letters have gone, one a week, without a word; the last of them a week ago."""
    for number in range(letters):
        at = one.now - 7 * DAY - number * 7 * DAY
        row = put_letter(
            session, one.client_id, at, slot_key=f"drip:{number}", state="failed", outcome="A test wants it."
        )
        session.add(
            tables.AttentionSlot(
                client_id=one.client_id, local_date=at.date(), message_id=row.id, taken_at=at
            )
        )
    client = session.get_one(tables.Client, one.client_id)
    for name, value in changes.items():
        setattr(client, name, value)
    session.flush()


def swept(session: Session, now: datetime) -> None:
    """Sweep as the worker does."""
    sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)


def facts(session: Session) -> list[str]:
    """Return the kinds of facts that were told of clients."""
    kind = tables.Event.kind
    return list(session.scalars(select(kind).where(kind == EventKind.CLIENT_WENT_QUIET)))


def test_the_coach_is_told_a_week_after_the_question(
    session: Session, underway: Underway, now: datetime
) -> None:
    """Once it has left there is a week for an answer; then one fact, once."""
    silent(session, underway, 6)
    schedule_client(session, underway.client_id, may_write_to=everyone, now=now)
    swept(session, now)
    client = session.get_one(tables.Client, underway.client_id, populate_existing=True)
    assert client.quiet_on == TODAY + 7 * DAY
    assert note_silent_clients(session, now=now + 6 * DAY) == 0
    assert note_silent_clients(session, now=now + 7 * DAY) == 1
    assert note_silent_clients(session, now=now + 7 * DAY) == 0
    assert len(facts(session)) == 1


def test_an_answer_in_time_is_an_answer(session: Session, underway: Underway, now: datetime) -> None:
    """Who acts within the week was not silent."""
    silent(session, underway, 7, quiet_on=TODAY)
    note_act(session, underway.client_id, now=now)
    assert note_silent_clients(session, now=now + DAY) == 0
    assert facts(session) == []


@pytest.mark.parametrize(("letters", "told"), [(5, 0), (6, 1)])
def test_a_question_that_never_left_is_no_silence(
    session: Session, underway: Underway, now: datetime, letters: int, told: int
) -> None:
    """What failed on the way gave back its place; with too few letters left there is nothing to tell."""
    silent(session, underway, letters, quiet_on=TODAY)
    assert note_silent_clients(session, now=now) == 1
    assert len(facts(session)) == told


def test_nothing_is_told_while_letters_rest(session: Session, underway: Underway, now: datetime) -> None:
    """Nobody answers letters that don't come; the day stays for afterwards."""
    silent(session, underway, 7, quiet_on=TODAY)
    rest = tables.Pause(client_id=underway.client_id, began_at=now - DAY, ending="hold", actor="test")
    session.add(rest)
    session.flush()
    assert note_silent_clients(session, now=now) == 0
    rest.ended_at = now
    session.flush()
    assert note_silent_clients(session, now=now) == 1


def test_a_question_whose_day_was_just_spent_is_not_asked_yet(
    session: Session, underway: Underway, now: datetime
) -> None:
    """A letter that was queued elsewhere in this very moment took the date: no silence is expected."""
    silent(session, underway, 6, last_acted_at=now - 80 * DAY)
    # So old that the rules don't see it, and its date is today's all the same.
    other = put_letter(
        session, underway.client_id, now - 90 * DAY, slot_key="campaign:1", state="failed", outcome="x"
    )
    taken = {"local_date": TODAY, "message_id": other.id, "taken_at": now - 90 * DAY}
    session.add(tables.AttentionSlot(client_id=underway.client_id, **taken))
    session.flush()
    schedule_client(session, underway.client_id, may_write_to=everyone, now=now)
    asked = tables.Message.template == "still-useful"
    row = session.scalars(select(tables.Message).where(asked, tables.Message.state == "planned")).one()
    swept(session, now)
    session.refresh(row)
    assert row.state == "planned"
    assert session.get_one(tables.Client, underway.client_id, populate_existing=True).quiet_on is None


def test_reminders_of_before_a_long_pause_are_remembered(
    session: Session, underway: Underway, now: datetime
) -> None:
    """Older than sixty days, it still was the first of three, and the next is the second."""
    tie = underway.relationship(session, last_contact_on=TODAY - 120 * DAY)
    anchor = TODAY - 120 * DAY
    put_letter(
        session,
        underway.client_id,
        now - 92 * DAY,
        slot_key=f"mentoring:{tie}:{anchor}:1",
        template="mentor-nudge",
        family="mentoring",
        state="expired",
        outcome="A test wants it.",
        detail={"relationship": str(tie), "time": 1},
    )
    changes = schedule_client(session, underway.client_id, may_write_to=everyone, now=now)
    keys = [slot.key for slot in changes.inserts if slot.template == "mentor-nudge"]
    assert keys == [f"mentoring:{tie}:{anchor}:2"]
    assert not schedule_client(session, underway.client_id, may_write_to=everyone, now=now)


def test_letters_of_before_are_loaded_for_those_who_wait_alone(
    session: Session, secrets: Secrets, underway: Underway, now: datetime
) -> None:
    """Whoever had contact lately costs no look at older letters."""
    other = put_client(session, secrets, "bo@example.test")
    tie = underway.relationship(session)
    for client_id in (underway.client_id, other):
        put_letter(
            session,
            client_id,
            now - 92 * DAY,
            slot_key=f"mentoring:{tie}:2026-01-01:1",
            template="mentor-nudge",
            family="mentoring",
            state="skipped",
            outcome="A test wants it.",
            detail={"relationship": str(tie)},
        )
    states = load_states(session, [underway.client_id, other], may_write_to=everyone, now=now)
    assert {one.template for state in states.values() for one in state.letters} == {"report"}


@pytest.mark.parametrize(("third", "expected"), [("failed", None), ("queued", TODAY + 6 * DAY)])
def test_a_relationship_has_its_day_once_the_third_has_left(
    session: Session, underway: Underway, now: datetime, third: str, expected: date | None
) -> None:
    """A week after it; and loses it where that letter turns out not to have gone."""
    anchor = TODAY - 44 * DAY
    tie = underway.relationship(session, last_contact_on=anchor, quiet_on=TODAY)
    batch = tables.Batch(
        template="mentor-nudge",
        sender=SENDER.address,
        family="mentoring",
        rank=50,
        size=3,
        due_at=now,
        not_before=now,
    )
    session.add(batch)
    session.flush()
    for number, ago, state in ((1, 15, "queued"), (2, 8, "queued"), (3, 1, third)):
        put_letter(
            session,
            underway.client_id,
            now - ago * DAY,
            slot_key=f"mentoring:{tie}:{anchor}:{number}",
            template="mentor-nudge",
            family="mentoring",
            state=state,
            batch_id=batch.id if state == "queued" else None,
            decided_at=now - ago * DAY,
            outcome="A test wants it.",
            detail={"relationship": str(tie), "time": number},
        )
    schedule_client(session, underway.client_id, may_write_to=everyone, now=now)
    assert session.scalar(select(tables.Relationship.quiet_on)) == expected
