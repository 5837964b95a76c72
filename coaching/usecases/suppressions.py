"""Addresses that must not be written to, and the fence between writing one down and posting to it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.ledger import TRANSACTIONAL

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


@dataclass(frozen=True, order=True)
class Closed:
    """An address that must not be written to, in this scope, and why."""

    address_hash: bytes
    scope: str
    reason: str


def suppress(
    session: Session, address_hash: bytes, scope: str, *, reason: str, source: str, now: datetime
) -> bool:
    """Add a suppression unless it stands already; tell whether it was added. Behind `close_fence`."""
    return bool(suppress_many(session, [Closed(address_hash, scope, reason)], source=source, now=now))


def suppress_many(session: Session, closed: Iterable[Closed], *, source: str, now: datetime) -> list[Closed]:
    """Add suppressions; return those that did not stand already. Behind `close_fence`."""
    rows: list[dict[str, Any]] = [{**vars(one), "source": source, "at": now} for one in sorted(closed)]
    if not rows:
        return []
    added = session.execute(
        insert(tables.Suppression)
        .on_conflict_do_nothing(
            index_elements=["address_hash", "scope"], index_where=tables.Suppression.lifted_at.is_(None)
        )
        .returning(tables.Suppression.address_hash, tables.Suppression.scope, tables.Suppression.reason),
        rows,
    )
    return [Closed(*row) for row in added]


def is_closed(session: Session, address_hash: bytes) -> bool:
    """Tell whether an address must not be written to at all."""
    standing = select(tables.Suppression.id).where(
        tables.Suppression.address_hash == address_hash,
        tables.Suppression.scope == "all",
        tables.Suppression.lifted_at.is_(None),
    )
    return session.scalar(standing) is not None


def carry_over(session: Session, before: bytes, after: bytes, *, now: datetime) -> None:
    """A client's address changes: what they said no to holds for the new one, too. Behind `close_fence`.

    What stood against the old address itself ('all': it bounced, say) stays with it.
    """
    own_words = session.execute(
        select(tables.Suppression.scope, tables.Suppression.reason).where(
            tables.Suppression.address_hash == before,
            tables.Suppression.scope != "all",
            tables.Suppression.lifted_at.is_(None),
        )
    )
    closed = [Closed(after, scope, reason) for scope, reason in own_words]
    suppress_many(session, closed, source="address_change", now=now)


def suppressed_since(session: Session, hashes: Collection[bytes], family: str, since: datetime) -> bool:
    """Tell whether one of these addresses has been closed for this family since a look at them at `since`.

    They were open then, so that whatever stands against them now was not seen by that look.
    """
    scopes = ("all",) if family == TRANSACTIONAL else ("all", "letters", family)
    recent = session.scalars(
        select(tables.Suppression.address_hash).where(
            tables.Suppression.at > since - _LONGEST_TRANSACTION,
            tables.Suppression.scope.in_(scopes),
            tables.Suppression.lifted_at.is_(None),
        )
    )
    return not set(hashes).isdisjoint(recent)
