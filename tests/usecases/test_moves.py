"""Which state may follow which: the database refuses every move that the domain doesn't name."""

from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.ledger import ATTEMPT_MOVES, BATCH_MOVES, MESSAGE_MOVES, Moves
from coaching.usecases.moves import batches
from tests.support.ledger import put_client, put_letter

TOKEN = UUID(int=7)


def pairs(moves: Moves) -> list[tuple[str, str]]:
    """Return every pair of two different states."""
    return [(one, other) for one, other in product(moves, repeat=2) if one != other]


def put_batch(session: Session, now: datetime, state: str = "ready") -> UUID:
    """Add a batch in this state."""
    row = tables.Batch(
        template="report", sender="a@b.test", family="drip", size=1, not_before=now, **batch_needs(state, now)
    )
    session.add(row)
    session.flush()
    return row.id


def batch_needs(state: str, now: datetime) -> dict[str, Any]:
    """Return what the constraints want of a batch in this state."""
    held = state in ("claimed", "posting")
    return {
        "state": state,
        "lease_token": TOKEN if held else None,
        "lease_until": now if held else None,
        "reason": "A test wants it." if state in ("parked", "closed") else None,
        "accepted_at": now if state == "accepted" else None,
    }


@pytest.mark.parametrize(("before", "after"), pairs(BATCH_MOVES))
def test_batches(session: Session, now: datetime, before: str, after: str) -> None:
    """A batch makes exactly the moves that are listed."""
    batch_id = put_batch(session, now, before)
    move = update(tables.Batch).where(tables.Batch.id == batch_id).values(batch_needs(after, now))
    if after in BATCH_MOVES[before]:
        session.execute(move)
    else:
        with pytest.raises(IntegrityError, match="can't become"):
            session.execute(move)


@pytest.mark.parametrize(("before", "after"), pairs(ATTEMPT_MOVES))
def test_attempts(session: Session, now: datetime, before: str, after: str) -> None:
    """An attempt makes exactly the moves that are listed."""
    row = tables.Attempt(
        batch_id=put_batch(session, now),
        number=1,
        template_version="1",
        size=1,
        outcome=before,
        started_at=now,
    )
    session.add(row)
    session.flush()
    move = update(tables.Attempt).where(tables.Attempt.id == row.id).values(outcome=after)
    if after in ATTEMPT_MOVES[before]:
        session.execute(move)
    else:
        with pytest.raises(IntegrityError, match="can't become"):
            session.execute(move)


@pytest.mark.parametrize(("before", "after"), pairs(MESSAGE_MOVES))
def test_letters(session: Session, secrets: Secrets, now: datetime, before: str, after: str) -> None:
    """A letter makes exactly the moves that are listed."""
    client = put_client(session, secrets)
    host = put_letter(session, client, now, slot_key="host").id
    batch_id = put_batch(session, now)

    def needs(state: str) -> dict[str, Any]:
        return {
            "state": state,
            "outcome": "A test wants it.",
            "batch_id": batch_id if state == "queued" else None,
            "merged_into": host if state == "merged" else None,
        }

    row = put_letter(session, client, now, **needs(before))
    move = update(tables.Message).where(tables.Message.id == row.id).values(needs(after))
    if after in MESSAGE_MOVES[before]:
        session.execute(move)
    else:
        with pytest.raises(IntegrityError, match="can't become"):
            session.execute(move)


@pytest.mark.parametrize("state", ["posting", "uncertain", "accepted"])
def test_no_letter_leaves_a_batch_that_may_have_gone(
    session: Session, secrets: Secrets, now: datetime, state: str
) -> None:
    """While a batch is posted, uncertain or accepted, its letters stay in it."""
    batch_id = put_batch(session, now, state)
    row = put_letter(session, put_client(session, secrets), now, state="queued", batch_id=batch_id)
    move = update(tables.Message).where(tables.Message.id == row.id)
    with pytest.raises(IntegrityError, match="can't leave a batch"):
        session.execute(move.values(state="planned", batch_id=None))


def test_locking_reads_only_what_it_locks(session: Session, now: datetime) -> None:
    """Among thousands of batches it looks up these and what they came from: each answer asks for it."""
    session.execute(
        text(
            "INSERT INTO batch (template, sender, family, size, not_before)"
            " SELECT 'report', 'firm@example.test', 'transactional', 1, :now FROM generate_series(1, 5000)"
        ),
        {"now": now},
    )
    session.execute(text("ANALYZE batch"))
    whole, half, *_ = session.scalars(select(tables.Batch.id).order_by(tables.Batch.id).limit(2)).all()
    session.execute(update(tables.Batch).where(tables.Batch.id == half).values(split_from=whole))
    before = session.scalar(_READ)
    assert set(batches.lock(session, [half])) == {half}
    assert session.scalar(_READ) - before < 50


_READ = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'batch'")
