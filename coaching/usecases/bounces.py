"""Counts the soft bounces of an address: one says nothing, too many in a row say that nothing reaches it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import any_, bindparam, select, union
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from coaching.adapters import tables
from coaching.domain.closings import MOST_SOFT_BOUNCES, SOFT_BOUNCES, SOFT_BOUNCES_WITHIN, is_worn_out

_HASHES = bindparam("hashes", type_=ARRAY(BYTEA))
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_UNTIL = bindparam("until", type_=DateTime(timezone=True))

Times = Mapping[bytes, Sequence[datetime]]


def worn_out(session: Session, bounced: Mapping[bytes, Collection[datetime]]) -> list[bytes]:
    """Return which of these addresses are worn out, in the order of their hashes.

    `bounced`: the soft bounces that came just now; they are stored already. A delivery between bounces that
    is reported only after the last of them comes too late: a person may lift the suppression.
    """
    if not bounced:
        return []
    times = [at for ats in bounced.values() for at in ats]
    span = {"since": min(times) - SOFT_BOUNCES_WITHIN, "until": max(times) + SOFT_BOUNCES_WITHIN}
    bounces = _bounces(session, sorted(bounced), span)
    suspects = sorted(one for one, ats in bounces.items() if len(set(ats)) >= MOST_SOFT_BOUNCES)
    if not suspects:
        return []
    deliveries = _deliveries(session, suspects, span)
    return [one for one in suspects if is_worn_out(bounces[one], deliveries.get(one, ()))]


def _bounces(session: Session, hashes: Sequence[bytes], span: Mapping[str, datetime]) -> Times:
    rows = session.execute(
        select(tables.Receipt.address_hash, tables.Receipt.at).where(
            tables.Receipt.kind == "bounce",
            tables.Receipt.address_hash == any_(_HASHES),
            tables.Receipt.at.between(_SINCE, _UNTIL),
            tables.Receipt.detail["type"].astext.in_(SOFT_BOUNCES),
        ),
        {"hashes": hashes, **span},
    )
    return _by_hash(rows)


def _deliveries(session: Session, hashes: Sequence[bytes], span: Mapping[str, datetime]) -> Times:
    """Return when something was delivered to these addresses, as far as it went to people we know.

    Receipts are found by their letters: an index on every delivery's address would cost more than it gives.
    """
    readers = union(
        select(tables.Client.address_hash, tables.Client.id).where(
            tables.Client.address_hash == any_(_HASHES)
        ),
        select(tables.Receipt.address_hash, tables.Message.recipient_id)
        .join(tables.Message, tables.Message.id == tables.Receipt.message_id)
        .where(
            tables.Receipt.kind == "bounce",
            tables.Receipt.address_hash == any_(_HASHES),
            tables.Receipt.at.between(_SINCE, _UNTIL),
        ),
    ).subquery("readers")
    rows = session.execute(
        select(readers.c.address_hash, tables.Receipt.at)
        .join(tables.Message, tables.Message.recipient_id == readers.c.id)
        .join(tables.Receipt, tables.Receipt.message_id == tables.Message.id)
        .where(
            tables.Receipt.kind == "delivered",
            tables.Receipt.address_hash == readers.c.address_hash,
            tables.Receipt.at.between(_SINCE, _UNTIL),
        ),
        {"hashes": hashes, **span},
    )
    return _by_hash(rows)


def _by_hash(rows: Iterable[tuple[bytes | None, datetime]]) -> Times:
    times: dict[bytes, list[datetime]] = defaultdict(list)
    for address_hash, at in rows:
        if address_hash is not None:
            times[address_hash].append(at)
    return times
