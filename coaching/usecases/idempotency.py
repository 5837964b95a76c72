"""The same request sent twice gets the first one's answer, even when both arrive at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Conflict, Refused

KEPT = timedelta(hours=24)
LONGEST_KEY = 255


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered the first time."""

    status: int
    response: dict[str, Any]


def begin(
    session: Session, api_key_id: UUID, key: str, request_hash: bytes, *, now: datetime
) -> KeptAnswer | None:
    """Take the key for this request within the caller's transaction; return the kept answer if there is one.

    Raises Conflict while the first request is under way, Refused if the key came with another body before.
    A request that fails rolls back and leaves its key free.
    """
    session.execute(
        delete(tables.Idempotency).where(
            tables.Idempotency.api_key_id == api_key_id,
            tables.Idempotency.key == key,
            tables.Idempotency.created_at < now - KEPT,
        )
    )
    if not _take_lock(session, api_key_id, key):
        raise Conflict("A request with this Idempotency-Key is still under way.")
    taken = session.scalar(
        insert(tables.Idempotency)
        .values(api_key_id=api_key_id, key=key, request_hash=request_hash, created_at=now)
        .on_conflict_do_nothing()
        .returning(tables.Idempotency.key)
    )
    return None if taken is not None else _kept(session, api_key_id, key, request_hash)


def finish(session: Session, api_key_id: UUID, key: str, answer: KeptAnswer) -> None:
    """Keep the answer, in the transaction that made it true."""
    session.execute(
        update(tables.Idempotency)
        .where(tables.Idempotency.api_key_id == api_key_id, tables.Idempotency.key == key)
        .values(status=answer.status, response=answer.response)
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Drop answers older than 24 hours."""
    session.execute(delete(tables.Idempotency).where(tables.Idempotency.created_at < now - KEPT))


def _take_lock(session: Session, api_key_id: UUID, key: str) -> bool:
    """Hold an advisory lock to the end of the transaction: who finds it taken is told at once."""
    name = func.hashtextextended(f"{api_key_id}:{key}", 0)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(name))))


def _kept(session: Session, api_key_id: UUID, key: str, request_hash: bytes) -> KeptAnswer:
    row = session.get_one(tables.Idempotency, (api_key_id, key))
    if row.request_hash != request_hash:
        raise Refused({"Idempotency-Key": ["This key was used before with another body."]})
    if row.status is None or row.response is None:
        raise Conflict("A request with this Idempotency-Key is still under way.")
    return KeptAnswer(row.status, row.response)
