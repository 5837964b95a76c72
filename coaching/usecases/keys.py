"""API keys: made once, shown once, kept as a hash, revoked at any time."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound, Refused

Scope = Literal["intake", "manage"]
_SHAPE = re.compile(r"wp_[0-9a-f]{8}_[A-Za-z0-9_-]{43}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")


@dataclass(frozen=True)
class KnownKey:
    """A key as a door needs to know it."""

    id: UUID
    scope: Scope
    origins: tuple[str, ...]


def create_key(session: Session, *, scope: Scope, origins: tuple[str, ...] = (), now: datetime) -> str:
    """Store a new key and return it; it can't be read again. Raises Refused for an origin that is none."""
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise Refused({"origin": [f"{origin!r} is no origin; one would be https://www.example.test."]})
    prefix = f"wp_{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    session.add(
        tables.ApiKey(prefix=prefix, hash=_hash(key), scope=scope, origins=list(origins), created_at=now)
    )
    session.flush()
    return key


def list_keys(session: Session) -> list[tables.ApiKey]:
    """Return every key ever made, oldest first."""
    return list(session.scalars(select(tables.ApiKey).order_by(tables.ApiKey.created_at, tables.ApiKey.id)))


def revoke_key(session: Session, prefix: str, *, now: datetime) -> None:
    """End a key at once; one that is revoked already stays so. Raises NotFound."""
    row = session.scalars(select(tables.ApiKey).where(tables.ApiKey.prefix == prefix)).one_or_none()
    if row is None:
        raise NotFound(f"no key begins with {prefix}")
    row.revoked_at = row.revoked_at or now
    session.flush()


def find_key(session: Session, key: str) -> KnownKey | None:
    """Return the key if it is one of ours and not revoked."""
    if not _SHAPE.fullmatch(key):
        return None
    row = session.scalars(select(tables.ApiKey).where(tables.ApiKey.prefix == key[:11])).one_or_none()
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.hash, _hash(key)):
        return None
    scope: Scope = "manage" if row.scope == "manage" else "intake"
    return KnownKey(row.id, scope, tuple(row.origins))


def origin_is_known(session: Session, origin: str) -> bool:
    """Tell whether any living key may be used from web pages of this origin."""
    found = session.scalar(
        select(tables.ApiKey.id)
        .where(tables.ApiKey.revoked_at.is_(None), tables.ApiKey.origins.contains([origin]))
        .limit(1)
    )
    return found is not None


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
