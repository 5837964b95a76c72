"""Clients and letters put straight into the tables, for tests of the ledger."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.addresses import mailbox_hash, mailbox_key
from coaching.domain.ledger import TRANSACTIONAL


def put_client(session: Session, secrets: Secrets, email: str = "ana@example.test", **changes: Any) -> UUID:
    """Add a client with this address."""
    values: dict[str, Any] = {"name": "Ana Silva", "time_zone": "Europe/Paris", **changes}
    row = tables.Client(
        email=email,
        email_key=mailbox_key(email),
        address_hash=mailbox_hash(secrets.pepper, email),
        **values,
    )
    session.add(row)
    session.flush()
    return row.id


def put_letter(session: Session, client_id: UUID, due_at: datetime, **changes: Any) -> tables.Message:
    """Add a report letter that is due."""
    values: dict[str, Any] = {
        "recipient_kind": "client",
        "recipient_id": client_id,
        "family": TRANSACTIONAL,
        "template": "report",
        "slot_key": "report:1",
        "due_at": due_at,
        "look_at": due_at,
        "expires_at": due_at + timedelta(days=7),
        "rank": 10,
        "why": "A test wants it.",
        **changes,
    }
    row = tables.Message(**values)
    session.add(row)
    session.flush()
    return row


def agree(session: Session, client_id: UUID, at: datetime, *, granted: bool = True) -> None:
    """Say yes or no to letters in the client's name."""
    session.add(
        tables.Consent(
            client_id=client_id,
            purpose="letters",
            granted=granted,
            text_version="2026-11",
            source="test",
            at=at,
        )
    )
    session.flush()


def suppress_all(session: Session, client_id: UUID, at: datetime, scope: str = "all") -> None:
    """Forbid letters to the client's address."""
    address_hash = session.get_one(tables.Client, client_id).address_hash
    session.add(
        tables.Suppression(address_hash=address_hash, scope=scope, reason="bounced", source="test", at=at)
    )
    session.flush()


def count(session: Session, table: type[tables.Base]) -> int:
    """Return how many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0
