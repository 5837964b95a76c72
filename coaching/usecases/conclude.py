"""Concludes from silence: an attempt that no receipt names was not accepted, if the silence is telling.

It is telling once the settle window is over, later attempts were reported on, and our webhook was there to
hear it all the while. After a gap SendGrid may still be repeating old reports: that takes a day.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.letters import PROBE
from coaching.usecases.heartbeat import last_gap, unbroken
from coaching.usecases.moves import attempts, batches, messages
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import POSTING_DEADLINE
from coaching.usecases.probe import send_probe

# SendGrid repeats a report for up to 24 hours.
_REPEATS_FOR = timedelta(hours=24)
_SILENCE = "Nothing was heard of it, though later letters were reported on: it was not accepted."
_PROBE_LOST = "Nothing was heard of this probe; another one takes its place if it is needed."


def conclude(session: Session, *, sender: str, window: timedelta, now: datetime) -> int:
    """Make batches ready again that were certainly not accepted; return how many.

    `sender` writes a probe letter where no later attempt is in sight. `window`: how long receipts may take.
    """
    concluded = 0
    uncertain = session.scalars(
        select(tables.Batch)
        .where(tables.Batch.state == "uncertain")
        .order_by(tables.Batch.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for batch in uncertain:
        attempt = attempts.newest(session, batch.id)
        if attempt is None or now < _deadline(attempt) + window:
            continue
        if batch.template == PROBE:
            _give_up_probe(session, batch, now)
        else:
            concluded += _weigh_silence(session, batch, attempt, sender=sender, window=window, now=now)
    return concluded


def _deadline(attempt: tables.Attempt) -> datetime:
    return attempt.started_at + POSTING_DEADLINE


def _weigh_silence(
    session: Session,
    batch: tables.Batch,
    attempt: tables.Attempt,
    *,
    sender: str,
    window: timedelta,
    now: datetime,
) -> bool:
    """Make the batch ready again if the silence tells; see to a witness where only that is missing."""
    since = _listening_since(session, attempt, now)
    if since is None:
        return False
    if _heard_of_later_ones(session, since):
        attempts.refuse(session, attempt.id, now=now, detail=_SILENCE)
        batches.return_ready(session, batch.id, not_before=now, reason=_SILENCE)
        ring_after_commit(session, bell.DELIVER)
        return True
    if not _witness_in_sight(session, since, window, now):
        send_probe(session, attempt.id, batch.id, sender=sender, now=now)
    return False


def _listening_since(session: Session, attempt: tables.Attempt, now: datetime) -> datetime | None:
    """Return from when on an attempt makes a witness; None while old reports may still be on their way."""
    if unbroken(session, "webhook", since=attempt.started_at, until=now):
        return _deadline(attempt)
    gap = last_gap(session, "webhook", before=now)
    over = max(_deadline(attempt), gap or attempt.started_at)
    return over if now >= over + _REPEATS_FOR else None


def _heard_of_later_ones(session: Session, since: datetime) -> bool:
    """Was a request reported on that began at `since` or later?"""
    later = (
        select(tables.Receipt.id)
        .join(tables.Attempt, tables.Attempt.id == tables.Receipt.attempt_id)
        .where(tables.Attempt.started_at >= since)
        .limit(1)
    )
    return session.scalar(later) is not None


def _witness_in_sight(session: Session, since: datetime, window: timedelta, now: datetime) -> bool:
    """Is there a later attempt that may still be reported on, or a probe about to become one?"""
    newest = session.scalar(select(func.max(tables.Attempt.started_at)))
    if newest is not None and newest >= since and now < newest + window:
        return True
    # One in a window at most, whatever becomes of it: it may be that none can be sent at all.
    probe = select(tables.Message.id).where(
        tables.Message.recipient_kind == "firm", tables.Message.due_at > now - window
    )
    return session.scalar(probe.limit(1)) is not None


def _give_up_probe(session: Session, batch: tables.Batch, now: datetime) -> None:
    """Nobody waits for a probe; a new one is sent if it is needed."""
    members = session.scalars(select(tables.Message.id).where(tables.Message.batch_id == batch.id)).all()
    batches.close(session, batch.id, reason=_PROBE_LOST)
    messages.fail(session, members, Said(_PROBE_LOST), now=now)
