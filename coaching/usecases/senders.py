"""Whether anything may leave from a sender: held on trouble, asked to wait, or resuming after an outage."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Update, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.back_off import back_off

# While a sender is held, one batch a minute tries whether it works again.
TRY_AGAIN = timedelta(minutes=1)
# What has waited for longer than this has been through an outage.
OUTAGE = timedelta(minutes=10)
_MOST_REFUSALS = 1000
_log = logging.getLogger(__name__)


def hold_sender(session: Session, address: str, trouble: str, detail: str | None, *, now: datetime) -> None:
    """Let everything from this sender wait: its key, its quota or the address itself is refused."""
    _add(session, address)
    row = _locked(session, address)
    if row.held_for is None:
        row.held_at = now
        _log.error("sender held", extra={"trouble": trouble})
    row.held_for, row.detail, row.not_before = trouble, detail, now + TRY_AGAIN
    session.flush()


def quieten_sender(
    session: Session, address: str, *, retry_after_s: float | None, chance: float, now: datetime
) -> None:
    """Ask nothing of SendGrid in this sender's name for a while: it said 429 or 503, or nobody answered."""
    _add(session, address)
    row = _locked(session, address)
    row.quiet_since = row.quiet_since or now
    # Those that were under way together met the same trouble: it counts once.
    known = row.not_before is not None and row.not_before > now
    if not known:
        row.refusals = min(row.refusals + 1, _MOST_REFUSALS)
    until = now + back_off(max(row.refusals - 1, 0), retry_after_s, chance=chance)
    row.not_before = max(until, row.not_before) if row.not_before is not None else until
    session.flush()


def note_answer(session: Session, address: str, *, now: datetime) -> None:
    """SendGrid dealt with a request of this sender: whatever stood against it is over."""
    troubled = session.scalars(
        select(tables.Sender)
        .where(
            tables.Sender.address == address,
            or_(tables.Sender.held_for.is_not(None), tables.Sender.refusals > 0),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if troubled is None:
        return
    if troubled.held_for is not None:
        _log.warning("sender free again", extra={"trouble": troubled.held_for})
    began = [at for at in (troubled.held_at, troubled.quiet_since) if at is not None]
    resume_after(session, address, min(began, default=now), now=now)
    troubled.held_for = troubled.held_at = troubled.detail = None
    troubled.quiet_since = troubled.not_before = None
    troubled.refusals = 0
    session.flush()


def resume_after(session: Session, address: str, since: datetime, *, now: datetime) -> None:
    """An outage that began at `since` is over: if it was long, what waited meanwhile leaves at a pace."""
    if now - since < OUTAGE:
        return
    _add(session, address)
    session.execute(
        update(tables.Sender)
        .where(tables.Sender.address == address)
        .values(resumed_at=now, paced_until=now)
        .execution_options(synchronize_session=False)
    )


def take_trial(session: Session, address: str, *, now: datetime) -> bool:
    """Take the one try that a held sender has a minute; False if someone else has it."""
    return _gate(
        session,
        update(tables.Sender)
        .where(tables.Sender.address == address, tables.Sender.not_before <= now)
        .values(not_before=now + TRY_AGAIN),
    )


def take_pace(session: Session, address: str, letters: int, per_minute: int, *, now: datetime) -> bool:
    """Take the next place of an orderly resumption; False if it isn't time yet."""
    return _gate(
        session,
        update(tables.Sender)
        .where(
            tables.Sender.address == address,
            or_(tables.Sender.paced_until.is_(None), tables.Sender.paced_until <= now),
        )
        .values(paced_until=now + timedelta(minutes=letters / per_minute)),
    )


def _gate(session: Session, statement: Update) -> bool:
    passed = statement.returning(tables.Sender.address)
    return session.scalar(passed.execution_options(synchronize_session=False)) is not None


def _add(session: Session, address: str) -> None:
    session.execute(insert(tables.Sender).values(address=address).on_conflict_do_nothing())


def _locked(session: Session, address: str) -> tables.Sender:
    return session.scalars(
        select(tables.Sender)
        .where(tables.Sender.address == address)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
