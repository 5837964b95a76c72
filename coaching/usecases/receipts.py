"""Takes in what SendGrid reports back: each report once, in any order, however often it is repeated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.addresses import mailbox_hash
from coaching.domain.events import EventKind
from coaching.domain.ledger import FATES
from coaching.usecases.facts import record
from coaching.usecases.settle import settle_attempts
from coaching.usecases.suppressions import suppress

_FATE_OF = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "dropped",
    "bounce": "bounced",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "spamreport": "complained",
}
# What a report closes: a mailbox that does not exist or complains is left alone altogether.
_SCOPE_OF = {"bounced": "all", "complained": "all", "unsubscribed": "letters"}
_KEPT_DETAIL = ("reason", "status", "type", "response", "attempt", "sg_message_id", "useragent")
_LONGEST_DETAIL = 300


@dataclass(frozen=True)
class Report:
    """One report in our own terms."""

    message_id: UUID | None
    attempt_id: UUID | None
    address_hash: bytes | None
    kind: str
    at: datetime
    detail: dict[str, str]


def read_reports(raw: Iterable[object], pepper: str) -> list[Report]:
    """Return the reports that can be understood; the others are passed over, since nobody would mend them."""
    return [report for event in raw if (report := _read(event, pepper)) is not None]


def record_receipts(session: Session, reports: list[Report], *, now: datetime) -> int:
    """Store reports that are new, move fates on, settle uncertain batches; return how many were new."""
    new = _store(session, reports)
    # Also by repeats: a second attempt's report can be the twin of one that the first attempt brought.
    settle_attempts(session, {report.attempt_id for report in reports if report.attempt_id}, now)
    for report in new:
        fate = _FATE_OF.get(report.kind)
        if fate is None:
            continue
        if report.message_id is not None:
            _move_fate(session, report.message_id, fate, report.at)
        if fate in _SCOPE_OF and not _is_soft(report):
            _suppress_reader(session, report, fate, now)
    return len(new)


def _read(event: object, pepper: str) -> Report | None:
    if not isinstance(event, Mapping):
        return None
    kind, at = event.get("event"), _moment(event.get("timestamp"))
    if not isinstance(kind, str) or len(kind) > 40 or not kind.isascii() or not kind.isprintable():
        return None
    if at is None:
        return None
    email = event.get("email")
    return Report(
        message_id=_uuid(event.get("message_id")),
        attempt_id=_uuid(event.get("attempt_id")),
        address_hash=mailbox_hash(pepper, _storable(email)) if isinstance(email, str) else None,
        kind=kind,
        at=at,
        detail={key: _storable(str(event[key]))[:_LONGEST_DETAIL] for key in _KEPT_DETAIL if key in event},
    )


def _storable(text: str) -> str:
    """Return the text without what PostgreSQL can't keep: zero bytes and half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _uuid(raw: Any) -> UUID | None:
    try:
        return UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _moment(raw: object) -> datetime | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return datetime.fromtimestamp(raw, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _store(session: Session, reports: list[Report]) -> list[Report]:
    if not reports:
        return []
    rows = [
        {
            "message_id": report.message_id,
            "attempt_id": report.attempt_id,
            "address_hash": report.address_hash,
            "kind": report.kind,
            "at": report.at,
            "detail": report.detail,
        }
        for report in reports
    ]
    added = session.execute(
        insert(tables.Receipt)
        .on_conflict_do_nothing()
        .returning(
            tables.Receipt.message_id, tables.Receipt.address_hash, tables.Receipt.kind, tables.Receipt.at
        ),
        rows,
    )
    new = {tuple(row) for row in added}
    unique = {(one.message_id, one.address_hash, one.kind, one.at): one for one in reports}
    return [report for key, report in unique.items() if key in new]


def _move_fate(session: Session, message_id: UUID, fate: str, at: datetime) -> None:
    below = FATES[: FATES.index(fate)]
    session.execute(
        update(tables.Message)
        .where(
            tables.Message.id == message_id, tables.Message.fate.is_(None) | tables.Message.fate.in_(below)
        )
        .values(fate=fate, fate_at=at)
    )


def _is_soft(report: Report) -> bool:
    """A full mailbox or a server that is away says nothing about the address."""
    return report.kind == "bounce" and report.detail.get("type") == "blocked"


def _suppress_reader(session: Session, report: Report, fate: str, now: datetime) -> None:
    address_hash = _hash_of_reader(session, report)
    if address_hash is None:
        return
    if suppress(session, address_hash, _SCOPE_OF[fate], reason=fate, source="receipt", now=now):
        client_id = session.scalar(select(tables.Client.id).where(tables.Client.address_hash == address_hash))
        if client_id is not None:
            record(
                session, EventKind.ADDRESS_SUPPRESSED, client_id, client_id=client_id, now=now, reason=fate
            )


def _hash_of_reader(session: Session, report: Report) -> bytes | None:
    if report.address_hash is not None:
        return report.address_hash
    return session.scalar(
        select(tables.Client.address_hash)
        .join(tables.Message, tables.Message.recipient_id == tables.Client.id)
        .where(tables.Message.id == report.message_id)
    )
