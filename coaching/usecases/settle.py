"""Settles what was left open: batches of dead workers, and attempts whose outcome only receipts can tell."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.usecases.halves import accept_batch
from coaching.usecases.moves import attempts, batches
from coaching.usecases.moves.batches import Held

_LOST = "The worker was lost while posting; receipts will tell."


def expire_leases(session: Session, *, now: datetime) -> int:
    """Free what dead workers held: claimed batches are ready again, posting ones are uncertain."""
    overdue = session.scalars(
        select(tables.Batch)
        .where(tables.Batch.lease_until <= now)
        .order_by(tables.Batch.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for batch in overdue:
        if batch.state == "claimed" and batch.lease_token is not None:
            batches.give_back(session, Held(batch.id, batch.lease_token))
            ring_after_commit(session, bell.DELIVER)
        else:
            _call_uncertain(session, batch.id, now)
    return len(overdue)


def _call_uncertain(session: Session, batch_id: UUID, now: datetime) -> None:
    batches.doubt(session, batch_id, reason=_LOST)
    newest = attempts.newest(session, batch_id)
    if newest is not None:
        attempts.doubt(session, newest.id, now=now, detail=_LOST)


def settle_from_receipts(session: Session, *, now: datetime) -> None:
    """A receipt may have come before its batch was called uncertain: it proves the attempt all the same.

    In a transaction of its own, since it locks batches in the order of their ids.
    """
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
    accepted = session.scalars(
        select(tables.Batch.id).where(
            tables.Batch.state == "uncertain",
            select(tables.Attempt.id)
            .where(tables.Attempt.batch_id == tables.Batch.id, tables.Attempt.outcome == "accepted")
            .exists(),
        )
    ).all()
    for batch in batches.lock(session, accepted).values() if accepted else ():
        accept_batch(session, batch, now=now)


def settle_attempts(session: Session, attempt_ids: Collection[UUID], now: datetime) -> None:
    """A receipt that names an attempt proves that it was accepted, whatever was thought of it before.

    One that is still being posted is left to the worker that posts it.
    """
    if not attempt_ids:
        return
    open_ones = session.execute(
        select(tables.Attempt.id, tables.Attempt.batch_id).where(
            tables.Attempt.id.in_(attempt_ids), tables.Attempt.outcome.in_(("unknown", "refused"))
        )
    ).all()
    if not open_ones:
        return
    locked = batches.lock(session, [batch_id for _, batch_id in open_ones])
    for attempt_id, batch_id in open_ones:
        attempts.accept(session, attempt_id, now=now)
        if locked[batch_id].state != "posting":
            accept_batch(session, locked[batch_id], now=now)
