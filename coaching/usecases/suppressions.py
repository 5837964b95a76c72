"""Addresses that must not be written to, and the fence between writing one down and posting to it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables

_FENCE = 7_310_001
# Longer than any transaction may take: `at` is when a suppression's transaction began, not when it committed.
_LONGEST_TRANSACTION = timedelta(minutes=2)


def close_fence(session: Session) -> None:
    """Let no attempt begin until this transaction ends, and wait for those that are beginning just now.

    Take it before any row is locked; whoever suppresses has to.
    """
    session.execute(select(func.pg_advisory_xact_lock(_FENCE)))


def pass_fence(session: Session) -> None:
    """Let nobody suppress until this transaction, which begins an attempt, ends. Before any row is locked."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_FENCE)))


def suppress(
    session: Session, address_hash: bytes, scope: str, *, reason: str, source: str, now: datetime
) -> bool:
    """Add a suppression unless it stands already; tell whether it was added. Behind `close_fence`."""
    added: UUID | None = session.scalar(
        insert(tables.Suppression)
        .values(address_hash=address_hash, scope=scope, reason=reason, source=source, at=now)
        .on_conflict_do_nothing(
            index_elements=["address_hash", "scope"], index_where=tables.Suppression.lifted_at.is_(None)
        )
        .returning(tables.Suppression.id)
    )
    return added is not None


def suppressed_since(session: Session, hashes: Collection[bytes], since: datetime) -> bool:
    """Tell whether one of these addresses may have been suppressed after a look at them at `since`."""
    recent = session.scalars(
        select(tables.Suppression.address_hash).where(
            tables.Suppression.at > since - _LONGEST_TRANSACTION, tables.Suppression.lifted_at.is_(None)
        )
    )
    return not set(hashes).isdisjoint(recent)
