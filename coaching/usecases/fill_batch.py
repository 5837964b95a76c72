"""Fills in the letters of a claimed batch, for those members that may still get theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mail_body import Recipient, request_body
from coaching.adapters.rendering import Letter, substitutions
from coaching.domain.letters import ClientValues, LetterError, LetterValues, letter
from coaching.usecases.compose import Links, Reader, letter_values, report_tokens
from coaching.usecases.moves import batches, messages
from coaching.usecases.moves.batches import Held
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import PostRoom
from coaching.usecases.recheck import recheck
from coaching.usecases.recheck_campaign import Member


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
    written = _write(session, room, batch.template, members, now)
    if not written.recipients or written.letter is None:
        batches.close(session, batch.id, reason="Nothing was left to send when the batch was taken up.")
        return None
    batches.renew(session, held, now=now, lease=room.lease)
    attempt_id = session.execute(select(func.uuidv7())).scalar_one()
    return Parcel(
        held=held,
        sender=batch.sender,
        attempt_id=attempt_id,
        template_version=room.stationery.version(batch.template),
        members=tuple(recipient.message_id for recipient in written.recipients),
        address_hashes=frozenset(member.address_hash for member in members),
        body=request_body(written.letter, room.sender, batch.family, attempt_id, written.recipients),
        family=batch.family,
        looked_at=now,
    )


@dataclass
class _Written:
    """One content, and those whom it goes to."""

    letter: Letter | None = None
    recipients: list[Recipient] = field(default_factory=list)


def _write(
    session: Session, room: PostRoom, template: str, members: Sequence[Member], now: datetime
) -> _Written:
    about = [member.submission_id for member in members if member.submission_id is not None]
    tokens = report_tokens(session, about, room.secrets) if about else {}
    written = _Written()
    for member in members:
        try:
            _add(written, room, template, member, tokens)
        except (LetterError, LookupError) as error:
            # One letter that can't be written must not hold up the others.
            said = Said(f"It could not be written: {error}")
            messages.fail(session, [member.message_id], said, now=now)
    return written


def _add(
    written: _Written, room: PostRoom, template: str, member: Member, tokens: Mapping[UUID, str]
) -> None:
    """Write the letter of one more member. Raises LetterError or LookupError."""
    values = _values(room, template, member, tokens)
    stop = values.unsubscribe_url if isinstance(values, ClientValues) else None
    if letter(template).body == "own":
        # Its batch has this one member: the sweep sees to that.
        written.letter = room.stationery.render(template, values)
        written.recipients.append(Recipient(member.message_id, member.address, {}, stop))
    else:
        written.letter = room.stationery.compile_letter(template)
        filled = substitutions(template, values)
        written.recipients.append(Recipient(member.message_id, member.address, filled, stop))


def _values(room: PostRoom, template: str, member: Member, tokens: Mapping[UUID, str]) -> LetterValues:
    return letter_values(
        template,
        Reader(member.address, member.name, member.coach_name),
        Links(room.public_url, room.secrets, member.message_id),
        firm_name=room.sender.name,
        report_token=tokens.get(member.submission_id) if member.submission_id is not None else None,
        about=member.about or None,
    )
