"""The moves of letters. Each takes many ids at once; a letter in a state that doesn't fit stays as it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.decide import Decision
from coaching.domain.ledger import MESSAGE_MOVES

Ids = Collection[UUID]


@dataclass(frozen=True)
class Said:
    """What is kept of a decision: its sentence, and the word of every rule where rules were looked at."""

    outcome: str
    rule_codes: tuple[str, ...] | None = None

    @staticmethod
    def of(decision: Decision) -> "Said":
        """Return what is kept of this decision."""
        return Said(decision.reason, tuple(decision.rule_codes))


def wait(session: Session, ids: Ids, said: Said, until: datetime, *, now: datetime) -> None:
    """Planned stays planned, and is looked at again at `until`."""
    _write(session, ids, ("planned",), said, now, look_at=until)


def queue(session: Session, ids: Ids, said: Said, batch_id: UUID, *, now: datetime) -> None:
    """Planned -> queued in this batch."""
    _move(session, ids, "queued", said, now, batch_id=batch_id)


def return_to_plan(session: Session, ids: Ids, said: Said, look_at: datetime, *, now: datetime) -> None:
    """Queued, or merged into a host that died -> planned."""
    _move(session, ids, "planned", said, now, batch_id=None, merged_into=None, look_at=look_at)


def skip(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> skipped: a rule forbids it."""
    _move(session, ids, "skipped", said, now, batch_id=None)


def expire(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> expired: its time is over."""
    _move(session, ids, "expired", said, now, batch_id=None)


def cancel(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> cancelled: what called for it no longer holds. Its slot is free again."""
    _move(session, ids, "cancelled", said, now, batch_id=None)


def fail(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Queued -> failed: it could not be written, was refused, or was given up. Its slot stays taken."""
    _move(session, ids, "failed", said, now, batch_id=None)


def rebatch(session: Session, ids: Ids, batch_id: UUID) -> None:
    """Queued stays queued, in another batch."""
    session.execute(
        update(tables.Message)
        .where(tables.Message.id.in_(ids), tables.Message.state == "queued")
        .values(batch_id=batch_id)
        .execution_options(synchronize_session=False)
    )


def _move(session: Session, ids: Ids, to: str, said: Said, now: datetime, **values: Any) -> None:
    before = tuple(state for state, following in MESSAGE_MOVES.items() if to in following)
    _write(session, ids, before, said, now, state=to, **values)


def _write(
    session: Session, ids: Ids, before: Sequence[str], said: Said, now: datetime, **values: Any
) -> None:
    if not ids:
        return
    if said.rule_codes is not None:
        values["rule_codes"] = list(said.rule_codes)
    session.execute(
        update(tables.Message)
        .where(tables.Message.id.in_(ids), tables.Message.state.in_(before))
        .values(outcome=said.outcome, decided_at=now, **values)
        .execution_options(synchronize_session=False)
    )
