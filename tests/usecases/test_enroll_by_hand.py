"""A person lets a client into a sequence, or ends it, whatever its trigger and its hold-out say."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound
from coaching.usecases.enrollments import enroll, withdraw
from coaching.usecases.publish_sequences import retire
from coaching.usecases.schedule import schedule_client
from tests.support.drain import everyone
from tests.support.drips import put_sequence
from tests.support.ledger import agree, count, put_client, suppress_all
from tests.usecases.test_enroll_by_fact import DAY, GOAL, put_ana, ways

KEY = "key:wp_1"


def by_hand(session: Session, client_id: UUID, now: datetime, name: str = "networks") -> UUID:
    """Let a client in."""
    added = enroll(session, client_id, name, actor=KEY, may_write_to=everyone, now=now)
    session.flush()
    return added


def audited(session: Session) -> list[tuple[str, str, UUID | None]]:
    """Return who did what to what, in order."""
    rows = session.execute(
        select(tables.Audit.actor, tables.Audit.action, tables.Audit.subject_id).order_by(tables.Audit.id)
    )
    return [(actor, action, subject) for actor, action, subject in rows]


def recorded(session: Session) -> list[tuple[str, UUID, dict[str, str]]]:
    """Return the facts that were written down, in order."""
    rows = session.execute(
        select(tables.Event.kind, tables.Event.subject_id, tables.Event.data).order_by(tables.Event.id)
    )
    return [(kind, subject, data) for kind, subject, data in rows]


def test_whoever_is_let_in_by_hand_is_in_it(session: Session, secrets: Secrets, now: datetime) -> None:
    """Neither trigger nor hold-out nor re-entry is asked; audit and fact say who did it and that it began."""
    put_sequence(session, now, trigger={"events": ["client_added"], "when": {"any": []}}, goal=GOAL)
    put_sequence(session, now, version=2, goal=GOAL, hold_out=50, reentry="never")
    for name in ("ana", "bo", "cy", "di", "eva"):  # half of these would be left alone
        added = by_hand(session, put_ana(session, secrets, now, name), now)
        row = session.get_one(tables.Enrollment, added)
        assert (row.state, row.version, row.actor, row.opened_by) == ("active", 2, KEY, None)
        assert (row.started_at, row.ended_at) == (now, None)
        assert audited(session)[-1] == (KEY, "enrollment_added", added)
        assert recorded(session)[-1] == ("sequence_started", added, {"sequence": "networks"})


def test_who_has_been_there_may_come_again_by_hand(session: Session, secrets: Secrets, now: datetime) -> None:
    """Even where no fact would let them in again."""
    put_sequence(session, now, reentry="never")
    ana = put_ana(session, secrets, now)
    withdraw(session, by_hand(session, ana, now), actor=KEY, now=now)
    session.flush()
    by_hand(session, ana, now + DAY)
    assert ways(session, ana) == [("networks", "active"), ("networks", "ended")]


def test_nobody_is_let_in_twice_at_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """Refused, and nothing is written; another sequence is open to them."""
    put_sequence(session, now)
    put_sequence(session, now, name="skills")
    ana = put_ana(session, secrets, now)
    by_hand(session, ana, now)
    with pytest.raises(Conflict, match="in this sequence already"):
        by_hand(session, ana, now)
    assert (count(session, tables.Event), count(session, tables.Audit)) == (1, 1)
    by_hand(session, ana, now, "skills")
    assert ways(session, ana) == [("networks", "active"), ("skills", "active")]


@pytest.mark.parametrize("missing", ["confirmed", "agreed", "letters"])
def test_nobody_is_let_in_whom_no_letter_may_reach(
    session: Session, secrets: Secrets, now: datetime, missing: str
) -> None:
    """A person can't either: the letters would never come."""
    put_sequence(session, now)
    ana = put_client(session, secrets, confirmed_at=None if missing == "confirmed" else now)
    agree(session, ana, now, granted=missing != "agreed")
    if missing == "letters":
        suppress_all(session, ana, now, scope="letters")
    with pytest.raises(Conflict, match="can't reach the client"):
        by_hand(session, ana, now)
    assert ways(session, ana) == []


def test_what_is_not_there_is_not_found(session: Session, secrets: Secrets, now: datetime) -> None:
    """No such sequence, one that is retired, no such client, no such enrollment."""
    ana = put_ana(session, secrets, now)
    with pytest.raises(NotFound, match="networks"):
        by_hand(session, ana, now)
    put_sequence(session, now)
    with pytest.raises(NotFound, match="client"):
        by_hand(session, uuid4(), now)
    with pytest.raises(NotFound, match="enrollment"):
        withdraw(session, uuid4(), actor=KEY, now=now)
    retire(session, "networks", actor=KEY, now=now)
    session.flush()
    with pytest.raises(NotFound, match="networks"):
        by_hand(session, ana, now)


def test_what_is_ended_by_hand_is_over(session: Session, secrets: Secrets, now: datetime) -> None:
    """Row, fact and audit say so, and the letter that stood planned is called off; once, however often."""
    put_sequence(session, now)
    ana = put_ana(session, secrets, now)
    added = by_hand(session, ana, now)
    assert schedule_client(session, ana, may_write_to=everyone, now=now).inserts
    for hours in (1, 2):
        withdraw(session, added, actor=KEY, now=now + hours * DAY / 24)
        session.flush()
    row = session.get_one(tables.Enrollment, added, populate_existing=True)
    assert (row.state, row.end_reason, row.ended_at) == ("ended", "withdrawn", now + DAY / 24)
    assert audited(session)[1:] == [(KEY, "enrollment_withdrawn", added)]
    said = {"sequence": "networks", "reason": "withdrawn"}
    assert recorded(session)[1:] == [("sequence_ended", added, said)]
    assert schedule_client(session, ana, may_write_to=everyone, now=now + DAY).cancels
    assert session.scalars(select(tables.Message.state)).all() == ["cancelled"]


def test_who_is_left_alone_can_be_taken_out_of_it(session: Session, secrets: Secrets, now: datetime) -> None:
    """Then they are compared with no longer."""
    put_sequence(session, now)
    ana = put_ana(session, secrets, now)
    added = by_hand(session, ana, now)
    session.get_one(tables.Enrollment, added).state = "held_out"
    session.flush()
    withdraw(session, added, actor=KEY, now=now)
    session.flush()
    assert ways(session, ana) == [("networks", "ended")]
