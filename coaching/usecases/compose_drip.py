"""Writes the letters of sequences, and chooses for each what there is to read with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import library, links
from coaching.domain.drip_letter_values import DripValues
from coaching.domain.library import Item, Library
from coaching.domain.links import Purpose
from coaching.usecases.compose import Links, Reader, shared_values
from coaching.usecases.enrollment_facts import Key, load_versions
from coaching.usecases.items_brought import ItemsBrought


@dataclass(frozen=True)
class Drip:
    """One letter of a sequence: why it comes, and what goes with it, if anything is left."""

    why: str
    item: Item | None


def load_drips(session: Session, shelf: Library, message_ids: Collection[UUID]) -> dict[UUID, Drip]:
    """Return what these letters of sequences say, by letter; one whose sequence isn't there is left out.

    So many queries, however many letters.
    """
    rows = _letters(session, message_ids)
    versions = load_versions(session, {_version_of(row) for row in rows})
    rows = [row for row in rows if _version_of(row) in versions]
    brought = ItemsBrought.under_lock(session, {row.recipient_id for row in rows})
    drips: dict[UUID, Drip] = {}
    for row in rows:
        sequence = versions[_version_of(row)]

        def fitting(
            seen: Collection[str], dimension: str | None = sequence.dimension, stage: str | None = row.stage
        ) -> Item | None:
            return library.choose(shelf.values(), dimension=dimension, stage=stage, seen=seen)

        drips[row.id] = Drip(sequence.why, brought.bring(row.recipient_id, row.id, shelf, fitting))
    brought.keep(session)
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


def _letters(session: Session, message_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    return session.execute(
        select(tables.Message.id, tables.Message.recipient_id, tables.Message.detail, tables.Client.stage)
        .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
        .where(tables.Message.id.in_(message_ids))
        .order_by(tables.Message.id)
    ).all()


def _version_of(row: Row[Any]) -> Key:
    return row.detail["sequence"], row.detail["version"]
