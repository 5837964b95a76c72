"""Writes down SendGrid's answer to an attempt, and what follows for batch, members and sender."""

from datetime import datetime

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.domain.back_off import back_off
from coaching.usecases.fill_batch import Parcel
from coaching.usecases.halves import accept_batch
from coaching.usecases.moves import attempts, batches
from coaching.usecases.refusals import settle_refusal
from coaching.usecases.senders import hold_sender, note_answer, quieten_sender

_NEVER_POSTED = "it was never posted"


def record_answer(
    session: Session, parcel: Parcel, result: PostResult, *, chance: float, now: datetime
) -> None:
    """Write down an answer. It may come late: then only what it proves still counts.

    `chance`, in [0, 1), spreads the next try.
    """
    batch = batches.lock(session, [parcel.held.batch_id])[parcel.held.batch_id]
    if not _note_outcome(session, parcel, result, now):
        return
    if result.outcome == "accepted":
        accept_batch(session, batch, now=now)
        note_answer(session, parcel.sender, now=now)
    elif _is_open(session, parcel, batch) and attempts.any_accepted(session, batch.id):
        accept_batch(session, batch, now=now)  # a receipt has proven an older attempt meanwhile
    elif _is_open(session, parcel, batch):
        _settle(session, parcel, batch, result, chance=chance, now=now)


def withdraw(session: Session, parcel: Parcel, *, now: datetime) -> None:
    """The attempt may have been written down or not, but we know that it was not posted."""
    batch = batches.lock(session, [parcel.held.batch_id])[parcel.held.batch_id]
    if not attempts.refuse(session, parcel.attempt_id, now=now, detail=_NEVER_POSTED):
        batches.give_back(session, parcel.held)
    elif _is_open(session, parcel, batch):
        batches.return_ready(session, batch.id, not_before=now, reason=_NEVER_POSTED)


def _note_outcome(session: Session, parcel: Parcel, result: PostResult, now: datetime) -> bool:
    match result.outcome:
        case "accepted":
            return attempts.accept(
                session,
                parcel.attempt_id,
                now=now,
                status=result.status,
                provider_id=result.provider_id,
            )
        case "later" | "refused":
            return attempts.refuse(
                session, parcel.attempt_id, now=now, detail=result.detail, status=result.status
            )
        case "unknown":
            return attempts.doubt(
                session, parcel.attempt_id, now=now, detail=result.detail, status=result.status
            )


def _is_open(session: Session, parcel: Parcel, batch: tables.Batch) -> bool:
    """Does the batch still wait for this very attempt?"""
    if batch.state == "posting":
        return batch.lease_token == parcel.held.token
    newest = attempts.newest(session, batch.id)
    return batch.state == "uncertain" and newest is not None and newest.id == parcel.attempt_id


def _settle(
    session: Session,
    parcel: Parcel,
    batch: tables.Batch,
    result: PostResult,
    *,
    chance: float,
    now: datetime,
) -> None:
    if result.outcome == "unknown":
        batches.doubt(session, batch.id, reason=result.detail or "no answer")
    elif result.outcome == "refused":
        note_answer(session, parcel.sender, now=now)
        settle_refusal(session, batch, parcel.members, result, now=now)
    elif result.trouble is not None:
        batches.return_ready(session, batch.id, not_before=now, reason=result.detail)
        hold_sender(session, parcel.sender, result.trouble, result.detail, now=now)
    elif result.status is None and result.retry_after_s == 0:
        # Our own fault, not SendGrid's: it was not even asked.
        batches.return_ready(session, batch.id, not_before=now, reason=result.detail)
    else:
        later = now + back_off(batch.refusals, result.retry_after_s, chance=chance)
        batches.return_ready(session, batch.id, not_before=later, reason=result.detail, refused=True)
        quieten_sender(session, parcel.sender, retry_after_s=result.retry_after_s, chance=chance, now=now)
