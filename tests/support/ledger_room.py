"""Batches brought into a state by the real moves, for tests of what comes after it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases.deliver import deliver
from coaching.usecases.moves.batches import Held
from coaching.usecases.next_batch import claim_next
from coaching.usecases.sweep import sweep
from tests.support.drain import LEASE, SENDER, Firm, everyone, post_room
from tests.support.ledger import put_client, put_letter


def queue(firm: Firm, addresses: tuple[str, ...] = ("ana@example.test",)) -> UUID:
    """Put one report letter for each address into one batch, and return the batch."""
    with firm.database.transaction() as session:
        before = set(session.scalars(select(tables.Batch.id)))
        for address in addresses:
            put_letter(session, put_client(session, firm.secrets, address), firm.database.at)
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=firm.database.at)
    with firm.database.transaction() as session:
        (new,) = set(session.scalars(select(tables.Batch.id))) - before
    return new


def claim(firm: Firm) -> Held | None:
    """Claim whatever batch is next."""
    with firm.database.transaction() as session:
        return claim_next(session, lease=LEASE, per_minute=6000, now=firm.database.at)


def post(firm: Firm, *answers: PostResult) -> PostResult | None:
    """Deliver whatever batch is next, once, with these answers from the other side."""
    firm.mailer.answers[:] = answers
    held = claim(firm)
    return None if held is None else deliver(firm.database, post_room(firm.mailer, firm.secrets), held)


def batch(firm: Firm, batch_id: UUID | None = None) -> tables.Batch:
    """Return a batch as it stands; the only one if none is named."""
    with firm.database.transaction() as session:
        query = select(tables.Batch)
        return session.scalars(query if batch_id is None else query.filter_by(id=batch_id)).one()


def all_batches(firm: Firm) -> list[tables.Batch]:
    """Return every batch in the order in which they were made."""
    with firm.database.transaction() as session:
        return list(session.scalars(select(tables.Batch).order_by(tables.Batch.id)))


def attempts(firm: Firm) -> list[tables.Attempt]:
    """Return the attempts in the order in which they began."""
    with firm.database.transaction() as session:
        return list(session.scalars(select(tables.Attempt).order_by(tables.Attempt.id)))


def letters(firm: Firm) -> list[tables.Message]:
    """Return all letters to clients in the order in which they were planned."""
    with firm.database.transaction() as session:
        return list(
            session.scalars(
                select(tables.Message)
                .where(tables.Message.recipient_kind == "client")
                .order_by(tables.Message.id)
            )
        )


def sender(firm: Firm) -> tables.Sender | None:
    """Return what is known of the firm's sender."""
    with firm.database.transaction() as session:
        return session.get(tables.Sender, SENDER.address)


def hear(firm: Firm, attempt_id: UUID, at: datetime | None = None) -> None:
    """Note that a receipt named this attempt, without anything that follows from it."""
    with firm.database.transaction() as session:
        session.add(tables.Receipt(attempt_id=attempt_id, kind="processed", at=at or firm.database.at))


def beat_between(firm: Firm, since: datetime, until: datetime) -> None:
    """Note that the webhook was well all the time."""
    with firm.database.transaction() as session:
        at = since - timedelta(seconds=30)
        while at <= until:
            session.add(tables.Heartbeat(part="webhook", at=at, well=True))
            at += timedelta(seconds=30)
