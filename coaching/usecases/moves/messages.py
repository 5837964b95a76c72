"""The moves of letters. Each takes many ids at once; a letter in a state that doesn't fit stays as it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.domain.engine.decide import Decision
from coaching.domain.ledger import MESSAGE_MOVES

Ids = Collection[UUID]
HOST_DIED = "The letter that would have carried it didn't go."
_Host = aliased(tables.Message)


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


def merge(session: Session, ids: Ids, said: Said, host_id: UUID, *, now: datetime) -> None:
    """Planned -> merged into this letter, which is still planned; from now on it shares that one's fate."""
    _move(session, ids, "merged", said, now, merged_into=host_id)


def part(session: Session, ids: Ids, look_at: datetime, said: Said, *, now: datetime) -> None:
    """Merged -> planned: its host goes without it."""
    _write(session, ids, ("merged",), said, now, state="planned", merged_into=None, look_at=look_at)


def return_to_plan(session: Session, ids: Ids, said: Said, look_at: datetime, *, now: datetime) -> None:
    """Queued -> planned: it leaves its batch. What rides in it stays with it."""
    _write(session, ids, ("queued",), said, now, state="planned", batch_id=None, look_at=look_at)
    release_attention(session, ids)


def skip(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> skipped: a rule forbids it."""
    _end(session, ids, "skipped", said, now)


def expire(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> expired: its time is over."""
    _end(session, ids, "expired", said, now)


def cancel(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Planned or queued -> cancelled: what called for it no longer holds. Its slot is free again."""
    _end(session, ids, "cancelled", said, now)


def fail(session: Session, ids: Ids, said: Said, *, now: datetime) -> None:
    """Queued -> failed: it could not be written, was refused, or was given up. Its slot stays taken."""
    _end(session, ids, "failed", said, now)


def rebatch(session: Session, ids: Ids, batch_id: UUID) -> None:
    """Queued stays queued, in another batch."""
    session.execute(
        update(tables.Message)
        .where(tables.Message.id.in_(ids), tables.Message.state == "queued")
        .values(batch_id=batch_id)
        .execution_options(synchronize_session=False)
    )


def release_attention(session: Session, ids: Ids) -> None:
    """Give back the dates that letters had taken which are no longer on their way."""
    if ids:
        session.execute(
            delete(tables.AttentionSlot)
            .where(
                tables.AttentionSlot.message_id.in_(ids),
                tables.AttentionSlot.message_id == tables.Message.id,
                tables.Message.state != "queued",
            )
            .execution_options(synchronize_session=False)
        )


def give_back(session: Session, ids: Ids) -> None:
    """Give back the dates that these letters hold, whatever their state: they are about to take others."""
    if ids:
        session.execute(
            delete(tables.AttentionSlot)
            .where(tables.AttentionSlot.message_id.in_(ids))
            .execution_options(synchronize_session=False)
        )


def _end(session: Session, ids: Ids, to: str, said: Said, now: datetime) -> None:
    """Move to an end: its date is given back, and what rides in it is looked at again, by itself."""
    if not ids:
        return
    _move(session, ids, to, said, now, batch_id=None)
    release_attention(session, ids)
    session.execute(
        update(tables.Message)
        .where(
            tables.Message.state == "merged",
            tables.Message.merged_into.in_(
                select(_Host.id).where(_Host.id.in_(ids), _Host.state.not_in(("planned", "queued")))
            ),
        )
        .values(state="planned", merged_into=None, look_at=now, outcome=HOST_DIED, decided_at=now)
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
