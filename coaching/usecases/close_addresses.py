"""Closes addresses that reports speak against: dead, complaining, unsubscribed, or worn out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as UUID_
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.closings import WORN_OUT, Closing, closing, is_soft_bounce
from coaching.domain.events import EventKind
from coaching.usecases.bounces import worn_out
from coaching.usecases.facts import Fact, record_many
from coaching.usecases.read_reports import Report
from coaching.usecases.suppressions import Closed, suppress_many

_HASHES = bindparam("hashes", type_=ARRAY(BYTEA))
_IDS = bindparam("ids", type_=ARRAY(UUID_(as_uuid=True)))

# By address and scope: the same address can be closed altogether and for letters.
Closings = dict[tuple[bytes, str], Closing]


def may_close(report: Report) -> bool:
    """Tell whether a report closes an address, by itself or together with others."""
    return closing(report.kind, report.detail) is not None or is_soft_bounce(report.kind, report.detail)


def close_addresses(session: Session, new: Sequence[Report], *, now: datetime) -> None:
    """Suppress what these reports close, and say so of clients. Behind `close_fence`, if `may_close` any."""
    telling = [report for report in new if may_close(report)]
    if not telling:
        return
    closings = _closings(session, telling)
    closed = [Closed(address, scope, found.reason) for (address, scope), found in closings.items()]
    added = suppress_many(session, closed, source="receipt", now=now)
    if added:
        _tell(session, added, now)


def _closings(session: Session, telling: Sequence[Report]) -> Closings:
    readers = _hashes_of_readers(session, telling)
    closings: Closings = {}
    bounced: dict[bytes, set[datetime]] = defaultdict(set)
    # A complaint weighs most: nobody should lift a suppression without knowing of it.
    for report in sorted(telling, key=lambda report: (report.kind != "spamreport", report.at)):
        address_hash = report.address_hash
        if address_hash is None and report.message_id is not None:
            address_hash = readers.get(report.message_id)
        if address_hash is None:
            continue
        found = closing(report.kind, report.detail)
        if found is not None:
            closings.setdefault((address_hash, found.scope), found)
        else:
            bounced[address_hash].add(report.at)
    for address_hash in worn_out(session, bounced):
        closings.setdefault((address_hash, WORN_OUT.scope), WORN_OUT)
    return closings


def _hashes_of_readers(session: Session, telling: Sequence[Report]) -> Mapping[UUID, bytes]:
    """Return whose address a letter went to, for reports that lost it."""
    lost = {report.message_id for report in telling if report.address_hash is None and report.message_id}
    if not lost:
        return {}
    rows = session.execute(
        select(tables.Message.id, tables.Client.address_hash)
        .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
        .where(tables.Message.id == any_(_IDS)),
        {"ids": list(lost)},
    )
    return dict(rows.all())


def _tell(session: Session, added: Sequence[Closed], now: datetime) -> None:
    rows = session.execute(
        select(tables.Client.address_hash, tables.Client.id).where(
            tables.Client.address_hash == any_(_HASHES)
        ),
        {"hashes": sorted({one.address_hash for one in added})},
    )
    clients = dict(rows.all())
    facts = [_fact(clients[one.address_hash], one) for one in added if one.address_hash in clients]
    record_many(session, facts, now=now)


def _fact(client_id: UUID, closed: Closed) -> Fact:
    # Whoever unsubscribes at the mail provider has said the same as one who followed the link in a letter.
    if closed.scope == "letters":
        return Fact(EventKind.LETTERS_UNSUBSCRIBED, client_id, client_id)
    return Fact(EventKind.ADDRESS_SUPPRESSED, client_id, client_id, {"reason": closed.reason})
