"""Stops letters at the client's word: everything but what they ask for themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import BadLink, Purpose
from coaching.usecases.facts import record
from coaching.usecases.suppressions import close_fence, suppress


@dataclass(frozen=True)
class UnsubscribeView:
    """Whether letters still go to the reader of this link."""

    state: Literal["on", "off"]


def look_at_unsubscribe(session: Session, secrets: Secrets, token: str) -> UnsubscribeView:
    """Say whether letters still go; changes nothing. Raises NotFound."""
    client = _reader(session, secrets, token, lock=False)
    standing = session.scalar(
        select(tables.Suppression.id).where(
            tables.Suppression.address_hash == client.address_hash,
            tables.Suppression.scope.in_(("all", "letters")),
            tables.Suppression.lifted_at.is_(None),
        )
    )
    return UnsubscribeView("on" if standing is None else "off")


def unsubscribe(session: Session, secrets: Secrets, token: str, *, now: datetime) -> None:
    """Stop all but transactional letters to this client; a repeat changes nothing. Raises NotFound."""
    close_fence(session)
    client = _reader(session, secrets, token, lock=True)
    added = suppress(session, client.address_hash, "letters", reason="unsubscribed", source="link", now=now)
    if added:
        record(session, EventKind.LETTERS_UNSUBSCRIBED, client.id, client_id=client.id, now=now)


def _reader(session: Session, secrets: Secrets, token: str, *, lock: bool) -> tables.Client:
    try:
        message_id = links.read_as(secrets.keys, token, Purpose.UNSUBSCRIBE)
    except BadLink:
        raise NotFound("this link does not open anything") from None
    query = (
        select(tables.Client)
        .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
        .where(tables.Message.id == message_id)
    )
    client = session.scalars(query.with_for_update(of=tables.Client) if lock else query).one_or_none()
    if client is None:
        raise NotFound("this link does not open anything")
    return client
