"""Fills in the letters of a claimed batch, for those members that may still get theirs."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mail_body import Sender, request_body
from coaching.usecases.moves import batches
from coaching.usecases.moves.batches import Held
from coaching.usecases.post_room import PostRoom
from coaching.usecases.recheck import recheck
from coaching.usecases.write_letters import write_letters


@dataclass(frozen=True)
class Parcel:
    """A batch ready to be posted. `looked_at`: when its members were decided last."""

    held: Held
    sender: str
    attempt_id: UUID
    template_version: str
    members: tuple[UUID, ...]
    address_hashes: frozenset[bytes]
    body: dict[str, Any]
    family: str
    looked_at: datetime


def fill_batch(session: Session, room: PostRoom, held: Held, now: datetime) -> Parcel | None:
    """Return the batch with its letters written; None if the lease is lost or nobody is left in it."""
    batch = session.scalars(
        select(tables.Batch)
        .where(tables.Batch.id == held.batch_id, tables.Batch.lease_token == held.token)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        return None
    members = recheck(session, room, batch, now)
    written = write_letters(session, room, batch.template, members, now=now)
    if not written.recipients or written.letter is None:
        batches.close(session, batch.id, reason="Nothing was left to send when the batch was taken up.")
        return None
    batches.renew(session, held, now=now, lease=room.lease)
    attempt_id = session.execute(select(func.uuidv7())).scalar_one()
    return Parcel(
        held=held,
        sender=batch.sender,
        attempt_id=attempt_id,
        template_version=room.stationery.version(batch.template, written.carried),
        members=tuple(recipient.message_id for recipient in written.recipients),
        address_hashes=frozenset(member.address_hash for member in members),
        body=request_body(
            written.letter, _sender(session, room, batch), batch.family, attempt_id, written.recipients
        ),
        family=batch.family,
        looked_at=now,
    )


def _sender(session: Session, room: PostRoom, batch: tables.Batch) -> Sender:
    """Return who sends: the house, with the coach as the one whom an answer reaches."""
    if batch.answers_to is None:
        return room.sender
    to = session.scalar(select(tables.Coach.email).where(tables.Coach.id == batch.answers_to))
    return replace(room.sender, reply_to=to)
