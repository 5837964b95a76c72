"""Decides the members of a campaign's batch again, all in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.set_wise import recheck_statement, rule_values, windows
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import PostRoom

GONE = Verdict("cancel", Said("The client is no longer here."))
_STATEMENT = recheck_statement()


@dataclass(frozen=True, slots=True)
class Member:
    """One letter of a batch that may go, and who reads it. `about`: what a letter to the firm is about."""

    message_id: UUID
    address: str
    address_hash: bytes
    name: str
    coach_name: str | None
    submission_id: UUID | None = None
    about: str = ""


def recheck_campaign(session: Session, room: PostRoom, batch: tables.Batch, now: datetime) -> list[Member]:
    """Return the members that may go now, in order of their ids; the others have left the batch."""
    zones = session.scalars(
        select(tables.Client.time_zone)
        .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
        .where(tables.Message.batch_id == batch.id)
        .distinct()
    ).all()
    values = rule_values(
        zones=windows(list(zones), now), may_write_to=room.may_write_to, family=batch.family, now=now
    )
    rows = session.execute(_STATEMENT, {**values, "batch_id": batch.id}).all()
    held_back = [row for row in rows if row.gone or row.outcome != "send"]
    if held_back:
        hold_back(session, [(row.message_id, _verdict(row)) for row in held_back], queued=True, now=now)
        rows = [row for row in rows if not row.gone and row.outcome == "send"]
    return [
        Member(message_id, email, address_hash, name, coach_name)
        for message_id, _, email, address_hash, name, coach_name, *_ in rows
    ]


def _verdict(row: Row[Any]) -> Verdict:
    if row.gone:
        return GONE
    return Verdict(row.outcome, Said(row.reason, tuple(row.rule_codes)), row.opens_at)
