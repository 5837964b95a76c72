"""Writes the letters of sequences, and chooses for each what there is to read with it.

What was chosen is kept with the letter in the transaction that writes it: after a crash or a retry the same
comes again, and nobody gets the same twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Row, Text, Uuid, cast, column, func, select, update, values
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import library, links
from coaching.domain.drip_letter_values import DripValues
from coaching.domain.library import Item, Library
from coaching.domain.links import Purpose
from coaching.usecases.compose import Links, Reader, shared_values
from coaching.usecases.enrollment_facts import Key, load_versions

# Locks to choose under, by client; as many as a transaction may well hold at once.
_LOCKS = 64
_LOCK_SPACE = 5_407
_ITEM = tables.Message.detail["item"].astext


@dataclass(frozen=True)
class Drip:
    """One letter of a sequence: why it comes, and what goes with it, if anything is left."""

    why: str
    item: Item | None


def load_drips(session: Session, shelf: Library, message_ids: Collection[UUID]) -> dict[UUID, Drip]:
    """Return what these letters of sequences say, by letter; one whose sequence isn't there is left out.

    So many queries, however many letters. What has been chosen for a letter stays, unless it has gone from
    the library, or another letter has brought it meanwhile.
    """
    rows = _letters(session, message_ids)
    versions = load_versions(session, {_version_of(row) for row in rows})
    rows = [row for row in rows if _version_of(row) in versions]
    clients = {row.recipient_id for row in rows}
    _lock(session, clients)
    brought = _Brought.by_letter(session, clients)
    drips: dict[UUID, Drip] = {}
    for row in rows:
        sequence = versions[_version_of(row)]
        kept, seen = brought.of(row.recipient_id, row.id)
        item = shelf.get(kept) if kept and kept not in seen else None
        if item is None:
            item = library.choose(shelf.values(), dimension=sequence.dimension, stage=row.stage, seen=seen)
        if item is not None and item.id != kept:
            brought.note(row.recipient_id, row.id, item.id)
        drips[row.id] = Drip(sequence.why, item)
    _keep(session, brought.new)
    return drips


def drip_values(drip: Drip, reader: Reader, to: Links, firm_name: str) -> DripValues:
    """Return the values of one letter of a sequence."""
    suggest_url = f"{to.public_url}/suggest/{links.sign(to.secrets.keys, Purpose.SUGGEST, to.message_id)}"
    return DripValues(
        **shared_values(reader, to, firm_name),
        why=drip.why,
        reading=library.reading(drip.item) if drip.item else library.NOTHING_LEFT,
        reading_label=drip.item.title if drip.item else library.SUGGEST_LABEL,
        reading_url=drip.item.address if drip.item else suggest_url,
        did_url=to.act(Purpose.DID),
        talk_url=to.act(Purpose.TALK),
        suggest_url=suggest_url,
    )


@dataclass
class _Brought:
    """Which item each letter has brought to whom, or was about to: also one that was written and never went.

    `new`: what these letters bring that isn't kept yet.
    """

    items: dict[UUID, dict[UUID, str]] = field(default_factory=lambda: defaultdict(dict))
    new: dict[UUID, str] = field(default_factory=dict)

    @classmethod
    def by_letter(cls, session: Session, clients: Collection[UUID]) -> "_Brought":
        """Read what these clients' letters have brought, as it stands under the lock."""
        brought = cls()
        rows = session.execute(
            select(tables.Message.recipient_id, tables.Message.id, _ITEM.label("item")).where(
                tables.Message.recipient_id.in_(clients), tables.Message.detail.has_key("item")
            )
        )
        for row in rows:
            brought.items[row.recipient_id][row.id] = row.item
        return brought

    def of(self, client_id: UUID, message_id: UUID) -> tuple[str | None, set[str]]:
        """Return what this letter was to bring when it was written before, and what others have brought."""
        items = self.items[client_id]
        return items.get(message_id), {item for by, item in items.items() if by != message_id}

    def note(self, client_id: UUID, message_id: UUID, item: str) -> None:
        """Count an item as brought by this letter."""
        self.items[client_id][message_id] = self.new[message_id] = item


def _letters(session: Session, message_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    return session.execute(
        select(tables.Message.id, tables.Message.recipient_id, tables.Message.detail, tables.Client.stage)
        .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
        .where(tables.Message.id.in_(message_ids))
        .order_by(tables.Message.id)
    ).all()


def _version_of(row: Row[Any]) -> Key:
    return row.detail["sequence"], row.detail["version"]


def _lock(session: Session, clients: Iterable[UUID]) -> None:
    """Let nobody else choose for these clients until the commit.

    A lock of its own: delivery doesn't hold clients, and whoever does may wait for a date of theirs that
    delivery has taken.
    """
    places = sorted({client_id.int % _LOCKS for client_id in clients})
    each = func.unnest(cast(places, ARRAY(Integer))).column_valued("place")
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, each)))


def _keep(session: Session, chosen: Mapping[UUID, str]) -> None:
    """Write what was chosen into the letters, in one statement."""
    if not chosen:
        return
    new = values(column("id", Uuid), column("item", Text), name="new").data(sorted(chosen.items()))
    session.execute(
        update(tables.Message)
        .where(tables.Message.id == new.c.id)
        .values(detail=tables.Message.detail.concat(func.jsonb_build_object("item", new.c.item)))
        .execution_options(synchronize_session=False)
    )
