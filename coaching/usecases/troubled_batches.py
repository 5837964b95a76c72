"""What a person has to know of the ledger, and their verdict on a batch that can't settle itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.errors import Conflict, NotFound
from coaching.usecases.brake import mail_stopped_at
from coaching.usecases.halves import accept_batch
from coaching.usecases.moves import attempts, batches, messages
from coaching.usecases.moves.messages import Said

Verdict = Literal["accepted", "resend", "giveup"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_BY_HAND = "settled by a person"
_GIVEN_UP = "Given up by a person; it may or may not have arrived."


@dataclass(frozen=True)
class TroubledBatch:
    """A batch that is uncertain or parked; `since` is when its last attempt began."""

    id: UUID
    state: str
    template: str
    letters: int
    since: datetime | None
    reason: str


@dataclass(frozen=True)
class HeldSender:
    """A sender from which nothing leaves, and when that is tried again."""

    address: str
    trouble: str
    since: datetime
    detail: str
    next_try_at: datetime | None


@dataclass(frozen=True)
class Troubles:
    """Everything that keeps letters back and isn't a matter of time."""

    mail_stopped_at: datetime | None
    held: Sequence[HeldSender]
    batches: Sequence[TroubledBatch]
    ready: int

    def __bool__(self) -> bool:
        return bool(self.mail_stopped_at or self.held or self.batches)


def list_troubles(session: Session) -> Troubles:
    """Return what is stopped, held, uncertain or parked, oldest first."""
    began = (
        select(func.max(tables.Attempt.started_at))
        .where(tables.Attempt.batch_id == tables.Batch.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(tables.Batch, began)
        .where(tables.Batch.state.in_(("uncertain", "parked")))
        .order_by(tables.Batch.id)
    )
    held = session.scalars(
        select(tables.Sender).where(tables.Sender.held_for.is_not(None)).order_by(tables.Sender.address)
    )
    ready = session.scalar(
        select(func.count()).select_from(tables.Batch).where(tables.Batch.state == "ready")
    )
    return Troubles(
        mail_stopped_at(session),
        [_held(one) for one in held],
        [TroubledBatch(one.id, one.state, one.template, one.size, at, one.reason or "") for one, at in rows],
        ready or 0,
    )


def settle_by_hand(session: Session, batch_id: UUID, verdict: Verdict, *, actor: str, now: datetime) -> None:
    """Carry out a person's verdict on a batch. Raises NotFound, or Conflict where it doesn't fit its state.

    'accepted': it went (uncertain ones only). 'resend': it did not, so let it go again. 'giveup': its letters
    fail, and are never sent, since nobody knows whether they arrived.
    """
    batch = batches.lock(session, [batch_id]).get(batch_id)
    if batch is None:
        raise NotFound(f"there is no batch {batch_id}")
    if batch.state not in ("uncertain", "parked"):
        raise Conflict(f"batch {batch_id} is {batch.state}: only an uncertain or parked one can be settled")
    if verdict == "accepted" and batch.state == "parked":
        raise Conflict(f"batch {batch_id} was refused in full, so it can't have been accepted")
    was = batch.state
    _VERDICTS[verdict](session, batch, now)
    session.add(
        tables.Audit(
            actor=actor,
            action="batch_settled",
            subject_id=batch_id,
            data={"was": was, "verdict": verdict},
            at=now,
        )
    )
    session.flush()


def _held(row: tables.Sender) -> HeldSender:
    assert row.held_for is not None
    assert row.held_at is not None
    return HeldSender(row.address, row.held_for, row.held_at, row.detail or "", row.not_before)


def _accepted(session: Session, batch: tables.Batch, now: datetime) -> None:
    attempt = attempts.newest(session, batch.id)
    if attempt is not None:
        attempts.accept(session, attempt.id, now=now)
    accept_batch(session, batch, now=now)


def _resend(session: Session, batch: tables.Batch, now: datetime) -> None:
    attempt = attempts.newest(session, batch.id)
    if attempt is not None:
        attempts.refuse(session, attempt.id, now=now, detail=_BY_HAND)
    batches.return_ready(session, batch.id, not_before=now, reason=None)
    ring_after_commit(session, bell.DELIVER)


def _give_up(session: Session, batch: tables.Batch, now: datetime) -> None:
    batches.close(session, batch.id, reason=_GIVEN_UP)
    members = session.scalars(
        select(tables.Message.id).where(tables.Message.batch_id == batch.id, tables.Message.state == "queued")
    ).all()
    messages.fail(session, members, Said(_GIVEN_UP), now=now)


_VERDICTS = {"accepted": _accepted, "resend": _resend, "giveup": _give_up}
