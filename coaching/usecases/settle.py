"""Settles what was left open: batches of dead workers, and attempts whose outcome only receipts can tell."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables


def expire_leases(session: Session, *, now: datetime) -> int:
    """Free what dead workers held: claimed batches are ready again, posting ones are uncertain."""
    overdue = tables.Batch.lease_until <= now
    posting = session.scalars(
        update(tables.Batch)
        .where(tables.Batch.state == "posting", overdue)
        .values(
            state="uncertain",
            lease_token=None,
            lease_until=None,
            reason="The worker was lost while posting; receipts will tell.",
        )
        .returning(tables.Batch.id)
    ).all()
    session.execute(
        update(tables.Attempt)
        .where(tables.Attempt.batch_id.in_(posting), tables.Attempt.outcome == "posting")
        .values(outcome="unknown", ended_at=now)
    )
    _settle_from_receipts(session, now)
    claimed = session.scalars(
        update(tables.Batch)
        .where(tables.Batch.state == "claimed", overdue)
        .values(state="ready", lease_token=None, lease_until=None)
        .returning(tables.Batch.id)
    ).all()
    return len(posting) + len(claimed)


def _settle_from_receipts(session: Session, now: datetime) -> None:
    """A receipt may have come before its batch was called uncertain: it proves the attempt all the same."""
    proven = (
        select(tables.Attempt.id)
        .join(tables.Batch, tables.Batch.id == tables.Attempt.batch_id)
        .where(
            tables.Batch.state == "uncertain",
            tables.Attempt.outcome == "unknown",
            select(tables.Receipt.id).where(tables.Receipt.attempt_id == tables.Attempt.id).exists(),
        )
    )
    settle_attempts(session, session.scalars(proven).all(), now)


def settle_attempts(session: Session, attempt_ids: Collection[UUID], now: datetime) -> None:
    """A receipt that names an attempt proves that the attempt was accepted."""
    if not attempt_ids:
        return
    settled = session.scalars(
        update(tables.Attempt)
        .where(tables.Attempt.id.in_(attempt_ids), tables.Attempt.outcome == "unknown")
        .values(outcome="accepted", ended_at=now)
        .returning(tables.Attempt.batch_id)
    ).all()
    session.execute(
        update(tables.Batch)
        .where(tables.Batch.id.in_(settled), tables.Batch.state == "uncertain")
        .values(state="accepted", accepted_at=now, reason=None)
    )
