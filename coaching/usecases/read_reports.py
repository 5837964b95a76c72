"""Reads what SendGrid sends, however strange, in our own terms; what nobody can read is passed over."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from coaching.domain.addresses import mailbox_hash

_KEPT_DETAIL = ("reason", "status", "type", "response", "attempt", "sg_message_id", "useragent")
_MACHINE_OPEN = "sg_machine_open"
_LONGEST_DETAIL = 300
_LONGEST_KIND = 40
_LINK_BYTES = 8
# No letter of ours was reported on before or after; a time of the year 1 would be trouble further on.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800  # the years 2000 and 2100


@dataclass(frozen=True, slots=True)
class Report:
    """One report in our own terms. `link`: a hash of what was clicked, since links hold tokens."""

    message_id: UUID | None
    attempt_id: UUID | None
    address_hash: bytes | None
    kind: str
    at: datetime
    detail: dict[str, str]
    link: bytes | None = None


def read_reports(raw: Iterable[object], pepper: str) -> list[Report]:
    """Return the reports that can be understood; the others are passed over, since nobody would mend them."""
    return [report for event in raw if (report := _read(event, pepper)) is not None]


def _read(event: object, pepper: str) -> Report | None:
    if not isinstance(event, Mapping):
        return None
    kind, at = _kind(event.get("event")), _moment(event.get("timestamp"))
    if kind is None or at is None:
        return None
    email, url = event.get("email"), event.get("url")
    return Report(
        message_id=_uuid(event.get("message_id")),
        attempt_id=_uuid(event.get("attempt_id")),
        address_hash=mailbox_hash(pepper, _storable(email)) if isinstance(email, str) else None,
        kind=kind,
        at=at,
        detail=_detail(event),
        link=_link(url) if kind == "click" and isinstance(url, str) else None,
    )


def _kind(raw: object) -> str | None:
    if not isinstance(raw, str) or not 0 < len(raw) <= _LONGEST_KIND:
        return None
    return raw if raw.isascii() and raw.isprintable() else None


def _moment(raw: object) -> datetime | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not _EARLIEST <= raw < _LATEST:
        return None
    return datetime.fromtimestamp(raw, UTC)


def _uuid(raw: Any) -> UUID | None:
    try:
        return UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _link(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "replace")).digest()[:_LINK_BYTES]


def _detail(event: Mapping[str, Any]) -> dict[str, str]:
    kept = {}
    for name in _KEPT_DETAIL:
        value = event.get(name)
        # Only plain values: what is nested is none of these, and may be nested without end.
        if isinstance(value, str | int | float):
            kept[name] = _storable(str(value)[:_LONGEST_DETAIL])
    if event.get(_MACHINE_OPEN) is True:
        kept[_MACHINE_OPEN] = "true"
    return kept


def _storable(text: str) -> str:
    """Return the text without what PostgreSQL can't keep: zero bytes and half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
