"""The moves of attempts. An attempt is written down before its request leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables


def begin(
    session: Session, attempt_id: UUID, batch_id: UUID, *, template_version: str, size: int, now: datetime
) -> None:
    """Nothing -> posting, as the next attempt of its batch."""
    before = session.scalar(
        select(func.coalesce(func.max(tables.Attempt.number), 0)).where(tables.Attempt.batch_id == batch_id)
    )
    session.add(
        tables.Attempt(
            id=attempt_id,
            batch_id=batch_id,
            number=(before or 0) + 1,
            template_version=template_version,
            size=size,
            started_at=now,
        )
    )
    session.flush()


def accept(
    session: Session,
    attempt_id: UUID,
    *,
    now: datetime,
    status: int | None = None,
    provider_id: str | None = None,
) -> bool:
    """Posting, unknown, or wrongly thought refused -> accepted."""
    values: dict[str, Any] = {"ended_at": now, "detail": None}
    values |= {"status": status} if status is not None else {}
    values |= {"provider_id": provider_id} if provider_id is not None else {}
    return _set(session, attempt_id, ("posting", "unknown", "refused"), outcome="accepted", **values)


def refuse(
    session: Session, attempt_id: UUID, *, now: datetime, detail: str | None, status: int | None = None
) -> bool:
    """Posting or unknown -> refused: nothing of it was accepted."""
    told = {"status": status} if status is not None else {}
    before = ("posting", "unknown")
    return _set(session, attempt_id, before, outcome="refused", detail=detail, ended_at=now, **told)


def doubt(
    session: Session, attempt_id: UUID, *, now: datetime, detail: str | None, status: int | None = None
) -> bool:
    """Posting -> unknown."""
    return _set(
        session, attempt_id, ("posting",), outcome="unknown", status=status, detail=detail, ended_at=now
    )


def any_accepted(session: Session, batch_id: UUID) -> bool:
    """Tell whether one of a batch's attempts was accepted, be it an older one that was given up too early."""
    accepted = select(tables.Attempt.id).where(
        tables.Attempt.batch_id == batch_id, tables.Attempt.outcome == "accepted"
    )
    return session.scalar(accepted.limit(1)) is not None


def newest(session: Session, batch_id: UUID) -> tables.Attempt | None:
    """Return the last attempt of a batch."""
    return session.scalars(
        select(tables.Attempt)
        .where(tables.Attempt.batch_id == batch_id)
        .order_by(tables.Attempt.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _set(session: Session, attempt_id: UUID, before: Sequence[str], **values: Any) -> bool:
    moved = session.scalar(
        update(tables.Attempt)
        .where(tables.Attempt.id == attempt_id, tables.Attempt.outcome.in_(before))
        .values(values)
        .returning(tables.Attempt.id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None
