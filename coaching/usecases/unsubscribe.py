"""Stops all letters but those a client asks for, at the client's word; only that word brings them back."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import BadLink, Purpose
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.suppressions import close_fence, suppress

# What is said beside the buttons of templates/web/links/unsubscribe.html and _choices.html, and of each kind
# in api/pages/letter_choices.py. Other words there are another version.
TEXT_VERSION = "letters-page-2026-11-24"
_SOURCE = "page"
_LOOK_AGAIN_S = 0.05
# A post takes a fraction of this; a mail provider that hangs must not use up the threads of the site.
PATIENCE = timedelta(seconds=3)


@dataclass(frozen=True)
class UnsubscribeView:
    """Whether letters go to the reader of this link.

    'barred': its address gets none whatever its owner wants, for `reason`. 'gone': there is no such client
    any more.
    """

    state: Literal["on", "off", "barred", "gone"]
    reason: str = ""


def look_at_unsubscribe(session: Session, secrets: Secrets, token: str) -> UnsubscribeView:
    """Say whether letters go; changes nothing. Raises NotFound for a link that isn't ours."""
    return view_of(session, reader_of(session, secrets, token))


def stop_letters(
    database: Database, secrets: Secrets, token: str, *, patience: timedelta = PATIENCE
) -> UnsubscribeView:
    """Stop letters, and return once none to this client is just leaving. Raises NotFound.

    From the first commit on no attempt with this client begins. A request that had begun can't be called
    back, so it is waited for, up to `patience`: whoever has the answer gets no letter that is posted later.
    Manages its own transactions, since it must hold nothing while it waits.
    """
    with database.transaction() as session:
        view = unsubscribe(session, secrets, token, now=database.now(session))
    wait_for_those_leaving(database, secrets, token, patience=patience)
    return view


def wait_for_those_leaving(
    database: Database, secrets: Secrets, token: str, *, patience: timedelta = PATIENCE
) -> None:
    """Return once no request with a letter to this client is under way, or patience ends."""
    give_up = time.monotonic() + patience.total_seconds()
    pause = threading.Event()
    while time.monotonic() < give_up:
        with database.transaction() as session:
            if not _is_leaving(session, reader_of(session, secrets, token)):
                break
        pause.wait(_LOOK_AGAIN_S)


def unsubscribe(session: Session, secrets: Secrets, token: str, *, now: datetime) -> UnsubscribeView:
    """Stop letters at once, whatever is under way; a repeat changes nothing. Raises NotFound.

    The suppression is what stops. The consent says so too, since a suppression belongs to an address and the
    client may have another one tomorrow.
    """
    close_fence(session)
    client = reader_of(session, secrets, token, hold=True)
    if client is not None:
        added = suppress(
            session, client.address_hash, "letters", reason="unsubscribed", source="link", now=now
        )
        if say(session, client, granted=False, now=now) or added:
            record(session, EventKind.LETTERS_UNSUBSCRIBED, client.id, client_id=client.id, now=now)
    return view_of(session, client)


def resume_letters(session: Session, secrets: Secrets, token: str, *, now: datetime) -> UnsubscribeView:
    """Let letters come again where only the client's own word has stopped them. Raises NotFound."""
    client = reader_of(session, secrets, token, hold=True)
    before = view_of(session, client)
    if client is None or before.state != "off":
        return before
    note_act(session, client.id, now=now)  # which locks the client, and so comes before the suppression
    if not _lift(session, client, now):
        return before
    say(session, client, granted=True, now=now)
    return view_of(session, client)


def heed_wish(session: Session, client: tables.Client, *, wished_at: datetime, now: datetime) -> bool:
    """Let letters come again for a wish that the client has confirmed; False if stopped after it."""
    stopped_at = session.scalar(
        select(tables.Suppression.at).where(
            tables.Suppression.address_hash == client.address_hash,
            tables.Suppression.scope == "letters",
            tables.Suppression.lifted_at.is_(None),
        )
    )
    if stopped_at is not None and stopped_at > wished_at:
        return False
    _lift(session, client, now)
    return True


def letter_of(secrets: Secrets, token: str) -> UUID:
    """Return the id of the letter in which this link stands. Raises NotFound for a link that isn't ours."""
    try:
        return links.read_as(secrets.keys, token, Purpose.UNSUBSCRIBE)
    except BadLink:
        raise NotFound("this link does not open anything") from None


def reader_of(session: Session, secrets: Secrets, token: str, *, hold: bool = False) -> tables.Client | None:
    """Return whom the letter went to, if they are still there; `hold`: they stay so until the commit."""
    message_id = letter_of(secrets, token)
    query = (
        select(tables.Client)
        .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
        .where(tables.Message.id == message_id, tables.Message.recipient_kind == "client")
    )
    if hold:
        # The weakest lock: behind the fence we must not wait for workers who have locked many clients.
        query = query.with_for_update(read=True, key_share=True, of=tables.Client)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def view_of(session: Session, client: tables.Client | None) -> UnsubscribeView:
    """Say whether letters go to this client."""
    if client is None:
        return UnsubscribeView("gone")
    standing = dict(
        session.execute(
            select(tables.Suppression.scope, tables.Suppression.reason).where(
                tables.Suppression.address_hash == client.address_hash,
                tables.Suppression.scope.in_(("all", "letters")),
                tables.Suppression.lifted_at.is_(None),
            )
        ).all()
    )
    if "all" in standing:
        return UnsubscribeView("barred", standing["all"])
    return UnsubscribeView("off" if standing else "on")


def _is_leaving(session: Session, client: tables.Client | None) -> bool:
    if client is None:
        return False
    under_way = (
        select(tables.Message.id)
        .join(tables.Batch, tables.Batch.id == tables.Message.batch_id)
        .where(
            tables.Message.recipient_kind == "client",
            tables.Message.recipient_id == client.id,
            tables.Message.state == "queued",
            tables.Batch.state == "posting",
        )
    )
    return session.scalar(under_way.limit(1)) is not None


def _lift(session: Session, client: tables.Client, now: datetime) -> bool:
    lifted = session.scalar(
        update(tables.Suppression)
        .where(
            tables.Suppression.address_hash == client.address_hash,
            tables.Suppression.scope == "letters",
            tables.Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=now)
        .returning(tables.Suppression.id)
        .execution_options(synchronize_session=False)
    )
    if lifted is None:
        return False
    record(session, EventKind.LETTERS_RESUMED, client.id, client_id=client.id, now=now)
    return True


def last_word(session: Session, client: tables.Client) -> bool | None:
    """Return what the client last said about letters, None if nothing."""
    return session.scalar(
        select(tables.Consent.granted)
        .where(tables.Consent.client_id == client.id, tables.Consent.purpose == "letters")
        .order_by(tables.Consent.at.desc(), tables.Consent.id.desc())
        .limit(1)
    )


def say(session: Session, client: tables.Client, *, granted: bool, now: datetime) -> bool:
    """Add this word to the client's consents unless it is their last one; tell whether it was added."""
    if last_word(session, client) is granted:
        return False
    session.add(
        tables.Consent(
            client_id=client.id,
            purpose="letters",
            granted=granted,
            text_version=TEXT_VERSION,
            source=_SOURCE,
            at=now,
        )
    )
    session.flush()
    return True
