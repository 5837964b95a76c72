"""Claim a batch, look at its members again, write down the attempt, post once, record.

Short transactions with the request between the last two: a crash before the attempt is written has sent
nothing; after it, the outcome is unknown and nothing is resent blindly.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from coaching.adapters.database import Database
from coaching.adapters.mailer import PostResult
from coaching.usecases.brake import mail_stopped_at
from coaching.usecases.fill_batch import Parcel, fill_batch
from coaching.usecases.moves import attempts, batches
from coaching.usecases.moves.batches import Held
from coaching.usecases.next_batch import claim_next
from coaching.usecases.post_room import POSTING_DEADLINE, PostRoom
from coaching.usecases.record_answer import record_answer, withdraw
from coaching.usecases.suppressions import pass_fence, suppressed_since

# A worker that stalls for longer between writing the attempt down and posting posts nothing.
FRESH_S = 3.0
# For how long a worker that knows an outcome waits for the database to be told.
PATIENCE_S = 90.0
_AFTER_A_FAULT = timedelta(minutes=1)
# What a database that is away, or comes back, says; anything else is a fault of ours.
AWAY = (OperationalError, InterfaceError, PoolTimeout)
_log = logging.getLogger(__name__)


def deliver_next(database: Database, room: PostRoom) -> bool:
    """Take the next batch as far as it will go; False if there is none to take."""
    with database.transaction() as session:
        now = database.now(session)
        held = claim_next(session, lease=room.lease, per_minute=room.per_minute, now=now)
    if held is None:
        return False
    if _await_turn(room):
        deliver(database, room, held)
        return True
    with database.transaction() as session:
        batches.give_back(session, held)
    return False


def _await_turn(room: PostRoom) -> bool:
    """Wait for a turn, but for no longer than a part of the lease."""
    give_up = time.monotonic() + room.lease.total_seconds() / 3
    pause = threading.Event()
    while (wait := room.turns.wait()) > 0:
        if time.monotonic() + wait > give_up:
            return False
        pause.wait(wait)
    return True


def deliver(database: Database, room: PostRoom, held: Held) -> PostResult | None:
    """Send a claimed batch; None if nothing was left in it, or it may not be posted after all."""
    parcel = _fill(database, room, held)
    if parcel is None:
        return None
    began = time.monotonic()
    try:
        with database.transaction() as session:
            may_post = begin_attempt(session, parcel, database.now(session))
    except AWAY:
        # Whether the attempt was committed is unknown, but we know that it was not posted.
        _insist(database, lambda session, now: withdraw(session, parcel, now=now))
        raise
    if not may_post:
        return None
    result = room.mailer.post(parcel.body, not_after=began + FRESH_S)
    chance = random.random()  # noqa: S311 - only spreads the next tries
    _insist(database, lambda session, now: record_answer(session, parcel, result, chance=chance, now=now))
    return result


def _fill(database: Database, room: PostRoom, held: Held) -> Parcel | None:
    """Fill the letters in; a batch that can't be, for a fault of ours, waits and holds up no other."""
    try:
        with database.transaction() as session:
            return fill_batch(session, room, held, database.now(session))
    except AWAY:
        raise
    except Exception:  # noqa: BLE001 - whatever is wrong with this batch, the others have to go
        _log.exception("batch not filled in", extra={"batch_id": str(held.batch_id)})
    with database.transaction() as session:
        batches.give_back(session, held, not_before=database.now(session) + _AFTER_A_FAULT)
    return None


def begin_attempt(session: Session, parcel: Parcel, now: datetime) -> bool:
    """Move claimed -> posting if the lease still holds, together with the attempt row."""
    pass_fence(session)
    if mail_stopped_at(session, hold=True) is not None:
        batches.give_back(session, parcel.held)
        return False
    if suppressed_since(session, parcel.address_hashes, parcel.family, parcel.looked_at):
        batches.give_back(session, parcel.held)
        return False
    size = len(parcel.members)
    if not batches.begin_posting(session, parcel.held, size=size, now=now, deadline=POSTING_DEADLINE):
        return False
    attempts.begin(
        session,
        parcel.attempt_id,
        parcel.held.batch_id,
        template_version=parcel.template_version,
        size=size,
        now=now,
    )
    return True


def _insist(database: Database, write: Callable[[Session, datetime], None]) -> None:
    """Write down what we know, waiting for a database that is away; then give up and let receipts tell."""
    give_up = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while True:
        try:
            with database.transaction() as session:
                write(session, database.now(session))
        except AWAY as error:
            if time.monotonic() > give_up:
                raise
            _log.warning("outcome not written down yet: %s", type(error).__name__)
            pause.wait(0.5)
        else:
            return
