"""Writes facts down and sees to what follows from them, each exactly when it is true."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.events import Event, EventKind

DRAIN_AT_ONCE = 500
ATTEMPTS = 5
_BACK_OFF = timedelta(seconds=2)
_log = logging.getLogger(__name__)

React = Callable[[Session, Sequence[Event], datetime], None]


@dataclass(frozen=True)
class Fact:
    """Something that is true now; `data` holds ids and plain values, nothing personal."""

    kind: EventKind
    subject_id: UUID
    client_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    kind: EventKind,
    subject_id: UUID,
    *,
    now: datetime,
    client_id: UUID | None = None,
    **data: Any,
) -> None:
    """Write a fact in the caller's transaction; `data` holds ids and plain values, nothing personal."""
    record_many(session, [Fact(kind, subject_id, client_id, data)], now=now)


def record_many(session: Session, facts: Sequence[Fact], *, now: datetime) -> None:
    """Write facts in the caller's transaction, in this order."""
    if not facts:
        return
    session.flush()  # what the facts are about comes first
    session.execute(
        insert(tables.Event),
        [{**vars(fact), "at": now, "next_at": now} for fact in facts],
    )
    ring_after_commit(session, bell.DRAIN_EVENTS)


def drain(session: Session, react: React, *, now: datetime, limit: int = DRAIN_AT_ONCE) -> int:
    """Follow up on waiting facts, oldest first, all at once; return how many were taken.

    A fact whose follow-up fails is tried again with back-off and parked after five tries; the others go on.
    Several workers may drain at once: rows under way are passed over.
    """
    waiting = session.scalars(
        select(tables.Event)
        .where(
            tables.Event.handled_at.is_(None), tables.Event.parked_at.is_(None), tables.Event.next_at <= now
        )
        .order_by(tables.Event.next_at, tables.Event.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    # Before anything is written, and in the order of ids, like everybody who locks more than one client.
    clients = {row.client_id for row in waiting if row.client_id is not None}
    session.execute(
        select(tables.Client.id)
        .where(tables.Client.id.in_(clients))
        .order_by(tables.Client.id)
        .with_for_update(key_share=True)
    )
    if waiting:
        _follow_up(session, waiting, react, now)
    session.flush()
    return len(waiting)


def as_event(row: tables.Event) -> Event:
    """Return a fact as what follows from it is told."""
    return Event(row.id, EventKind(row.kind), row.subject_id, row.client_id, row.data, row.at)


def _follow_up(session: Session, rows: Sequence[tables.Event], react: React, now: datetime) -> None:
    """Follow up in one savepoint; where that fails, each half in one, down to the fact that can't be."""
    error = _fault(session, [as_event(row) for row in rows], react, now)
    if error is None:
        for row in rows:
            row.handled_at = now
    elif len(rows) == 1:
        _put_off(rows[0], error, now)
    else:
        half = len(rows) // 2
        _follow_up(session, rows[:half], react, now)
        _follow_up(session, rows[half:], react, now)


def _fault(session: Session, events: Sequence[Event], react: React, now: datetime) -> Exception | None:
    try:
        with session.begin_nested():
            react(session, events, now)
            session.flush()
    except Exception as error:  # noqa: BLE001 - one poison fact must never hold up the others
        return error
    return None


def _put_off(row: tables.Event, error: Exception, now: datetime) -> None:
    row.attempts += 1
    row.error = type(error).__name__
    row.next_at = now + _BACK_OFF * 2**row.attempts
    if row.attempts >= ATTEMPTS:
        row.parked_at = now
    _log.error("follow-up failed", exc_info=error, extra={"event_id": str(row.id), "kind": row.kind})
