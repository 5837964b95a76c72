"""Chooses the next batch to deliver: what was asked for first, and nothing that has to wait."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.ledger import TRANSACTIONAL
from coaching.usecases.brake import mail_stopped_at
from coaching.usecases.moves import batches
from coaching.usecases.moves.batches import Held
from coaching.usecases.senders import take_pace, take_trial


def claim_next(session: Session, *, lease: timedelta, per_minute: int, now: datetime) -> Held | None:
    """Claim the batch whose turn it is, or None. `per_minute`: letters, while resuming after an outage.

    Workers that choose at the same moment pass over each other's choice.
    """
    if mail_stopped_at(session) is not None:
        return None
    row = session.execute(
        _candidates(now).limit(1).with_for_update(of=tables.Batch, skip_locked=True)
    ).first()
    if row is None or not _may_go(session, row, per_minute, now):
        return None
    return batches.claim(session, row.id, now=now, lease=lease)


def anything_ready(session: Session, *, now: datetime) -> bool:
    """Tell whether a batch could be claimed now."""
    if mail_stopped_at(session) is not None:
        return False
    return session.execute(_candidates(now).limit(1)).first() is not None


def _candidates(now: datetime) -> Select[Any]:
    batch, sender = tables.Batch, tables.Sender
    free = or_(sender.not_before.is_(None), sender.not_before <= now)
    paced = and_(_waited(), sender.paced_until > now)
    return (
        select(batch.id, batch.sender, batch.size, sender.held_for, _waited().label("waited"))
        .outerjoin(sender, sender.address == batch.sender)
        .where(batch.state == "ready", batch.not_before <= now, free, paced.is_not(True))
        .order_by(batch.rank, batch.due_at, batch.id)
    )


def _waited() -> Any:
    """Has it waited through an outage? What people asked for is exempt: they wait for it."""
    return and_(
        tables.Sender.resumed_at.is_not(None),
        tables.Batch.due_at < tables.Sender.resumed_at,
        tables.Batch.family != TRANSACTIONAL,
    )


def _may_go(session: Session, row: Row[Any], per_minute: int, now: datetime) -> bool:
    if row.held_for is not None and not take_trial(session, row.sender, now=now):
        return False
    return not row.waited or take_pace(session, row.sender, row.size, per_minute, now=now)
