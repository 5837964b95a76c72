"""Splits a refused batch in two, and follows the fault into the half that holds it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.usecases.moves import batches, messages
from coaching.usecases.moves.messages import Said

_SPLIT = "It was refused as a whole; its halves are tried."
_FOUND = Said("The mail provider refuses this letter, and took those that went with it.")


def halve(session: Session, batch: tables.Batch, members: Sequence[UUID], *, now: datetime) -> None:
    """Close a batch and put its members into two new ones."""
    batches.close(session, batch.id, reason=_SPLIT)
    middle = (len(members) + 1) // 2
    for half in (members[:middle], members[middle:]):
        row = tables.Batch(
            template=batch.template,
            sender=batch.sender,
            family=batch.family,
            rank=batch.rank,
            size=len(half),
            due_at=batch.due_at,
            not_before=now,
            split_from=batch.id,
            answers_to=batch.answers_to,
            created_at=now,
        )
        session.add(row)
        session.flush()
        messages.rebatch(session, half, row.id)
    ring_after_commit(session, bell.DELIVER)


def other_half(session: Session, batch: tables.Batch) -> tables.Batch | None:
    """Return the batch that was split off together with this one."""
    if batch.split_from is None:
        return None
    return session.scalars(
        select(tables.Batch)
        .where(tables.Batch.split_from == batch.split_from, tables.Batch.id != batch.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def accept_batch(session: Session, batch: tables.Batch, *, now: datetime) -> None:
    """Accept a batch that is locked. A fault that parked its other half is that half's own then."""
    if batches.accept(session, batch.id, now=now):
        _free_other_half(session, batch, now)


def fail_found(
    session: Session, batch: tables.Batch, members: Sequence[UUID], *, reason: str, now: datetime
) -> None:
    """Close a batch of one whose other half was accepted: the fault has been found in it."""
    batches.close(session, batch.id, reason=reason)
    messages.fail(session, members, _FOUND, now=now)


def _free_other_half(session: Session, accepted: tables.Batch, now: datetime) -> None:
    other = other_half(session, accepted)
    if other is None or other.state != "parked":
        return
    members = session.scalars(
        select(tables.Message.id)
        .where(tables.Message.batch_id == other.id, tables.Message.state == "queued")
        .order_by(tables.Message.id)
    ).all()
    if len(members) > 1:
        halve(session, other, members, now=now)
    else:
        fail_found(session, other, members, reason=other.reason or "refused without a word", now=now)
