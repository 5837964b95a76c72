"""The moves of batches. Each says whether it was made: the state is compared and set in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, func, select, union, update
from sqlalchemy.orm import Session

from coaching.adapters import tables

_NO_LEASE = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class Held:
    """A batch in our hands, for as long as the token fits."""

    batch_id: UUID
    token: UUID


def claim(session: Session, batch_id: UUID, *, now: datetime, lease: timedelta) -> Held | None:
    """Ready -> claimed."""
    token = session.scalar(
        update(tables.Batch)
        .where(tables.Batch.id == batch_id, tables.Batch.state == "ready")
        .values(state="claimed", lease_token=func.uuidv7(), lease_until=now + lease, reason=None)
        .returning(tables.Batch.lease_token)
    )
    return Held(batch_id, token) if token is not None else None


def renew(session: Session, held: Held, *, now: datetime, lease: timedelta) -> bool:
    """Claimed stays claimed, for another lease."""
    return _set(session, held.batch_id, ("claimed",), _is_ours(held), lease_until=now + lease)


def give_back(session: Session, held: Held, *, not_before: datetime | None = None) -> bool:
    """Claimed -> ready: nothing has left."""
    wait = {} if not_before is None else {"not_before": not_before}
    return _set(session, held.batch_id, ("claimed",), _is_ours(held), state="ready", **wait, **_NO_LEASE)


def begin_posting(session: Session, held: Held, *, size: int, now: datetime, deadline: timedelta) -> bool:
    """Claimed -> posting, only while the lease still holds."""
    in_time = tables.Batch.lease_until > now
    return _set(
        session,
        held.batch_id,
        ("claimed",),
        _is_ours(held) & in_time,
        state="posting",
        lease_until=now + deadline,
        size=size,
    )


def accept(session: Session, batch_id: UUID, *, now: datetime) -> bool:
    """Posting, or whatever else was thought of it -> accepted."""
    before = ("posting", "uncertain", "ready", "claimed", "parked")
    return _set(session, batch_id, before, None, state="accepted", accepted_at=now, reason=None, **_NO_LEASE)


def doubt(session: Session, batch_id: UUID, *, reason: str) -> bool:
    """Posting -> uncertain: it may have been accepted."""
    return _set(session, batch_id, ("posting",), None, state="uncertain", reason=reason, **_NO_LEASE)


def return_ready(
    session: Session, batch_id: UUID, *, not_before: datetime, reason: str | None, refused: bool = False
) -> bool:
    """Posting, uncertain or parked -> ready: certain not to have been accepted."""
    return _set(
        session,
        batch_id,
        ("posting", "uncertain", "parked"),
        None,
        state="ready",
        not_before=not_before,
        reason=reason,
        refusals=tables.Batch.refusals + int(refused),
        **_NO_LEASE,
    )


def park(session: Session, batch_id: UUID, *, reason: str) -> bool:
    """Posting or uncertain -> parked: refused, and a person has to look."""
    return _set(session, batch_id, ("posting", "uncertain"), None, state="parked", reason=reason, **_NO_LEASE)


def close(session: Session, batch_id: UUID, *, reason: str) -> bool:
    """Any that is not accepted -> closed: emptied, split, or given up."""
    before = ("ready", "claimed", "posting", "uncertain", "parked")
    return _set(session, batch_id, before, None, state="closed", reason=reason, **_NO_LEASE)


def lock(session: Session, batch_ids: Collection[UUID]) -> dict[UUID, tables.Batch]:
    """Return these batches by their ids, locked in that order, as everybody does who locks several.

    What they were split from is locked with them, so that two halves take turns.
    """
    wanted = tables.Batch.id.in_(batch_ids)
    # As one list of ids: 'these, or what these came from' would read the table from end to end.
    ids: CompoundSelect[Any] = union(
        select(tables.Batch.id).where(wanted), select(tables.Batch.split_from).where(wanted)
    )
    locked = session.scalars(
        select(tables.Batch)
        .where(tables.Batch.id.in_(ids))
        .order_by(tables.Batch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    asked_for = set(batch_ids)
    return {batch.id: batch for batch in locked if batch.id in asked_for}


def _is_ours(held: Held) -> ColumnElement[bool]:
    return tables.Batch.lease_token == held.token


def _set(
    session: Session,
    batch_id: UUID,
    before: Sequence[str],
    only_if: ColumnElement[bool] | None,
    **values: Any,
) -> bool:
    query = update(tables.Batch).where(tables.Batch.id == batch_id, tables.Batch.state.in_(before))
    if only_if is not None:
        query = query.where(only_if)
    moved = session.scalar(
        query.values(values).returning(tables.Batch.id).execution_options(synchronize_session=False)
    )
    return moved is not None
