"""What letters have brought each client from the library, so that nobody gets the same twice.

What was chosen is kept with the letter in the transaction that writes it: after a crash or a retry the same
comes again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, cast, column, func, select, update, values
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.library import Item, Library

# Locks to choose under, by client; as many as a transaction may well hold at once.
_LOCKS = 64
_LOCK_SPACE = 5_407
_ITEM = tables.Message.detail["item"].astext


@dataclass
class ItemsBrought:
    """Which item each letter has brought to whom, or was about to: also one that was written and never went.

    `new`: what is brought now and isn't kept yet.
    """

    items: dict[UUID, dict[UUID, str]] = field(default_factory=lambda: defaultdict(dict))
    new: dict[UUID, str] = field(default_factory=dict)

    @classmethod
    def under_lock(cls, session: Session, clients: Collection[UUID]) -> "ItemsBrought":
        """Read what these clients' letters have brought; nobody else chooses for them until the commit."""
        brought = cls()
        if not clients:
            return brought
        _lock(session, clients)
        rows = session.execute(
            select(tables.Message.recipient_id, tables.Message.id, _ITEM.label("item")).where(
                tables.Message.recipient_id.in_(clients), tables.Message.detail.has_key("item")
            )
        )
        for row in rows:
            brought.items[row.recipient_id][row.id] = row.item
        return brought

    def bring(
        self,
        client_id: UUID,
        message_id: UUID,
        shelf: Library,
        choose: Callable[[Collection[str]], Item | None],
    ) -> Item | None:
        """Return what this letter brings; `choose` is asked with what the client has had from others.

        What has been chosen for it before stays, unless it has gone from the library, or another letter has
        brought it meanwhile.
        """
        items = self.items[client_id]
        kept = items.get(message_id)
        seen = {item for by, item in items.items() if by != message_id}
        item = shelf.get(kept) if kept and kept not in seen else None
        if item is None:
            item = choose(seen)
        if item is not None and item.id != kept:
            items[message_id] = self.new[message_id] = item.id
        return item

    def keep(self, session: Session) -> None:
        """Write what was chosen into the letters, in one statement."""
        _keep(session, self.new)


def _lock(session: Session, clients: Iterable[UUID]) -> None:
    """Let nobody else choose for these clients until the commit.

    A lock of its own: delivery doesn't hold clients, and whoever does may wait for a date of theirs that
    delivery has taken.
    """
    places = sorted({client_id.int % _LOCKS for client_id in clients})
    each = func.unnest(cast(places, ARRAY(Integer))).column_valued("place")
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, each)))


def _keep(session: Session, chosen: Mapping[UUID, str]) -> None:
    if not chosen:
        return
    new = values(column("id", Uuid), column("item", Text), name="new").data(sorted(chosen.items()))
    session.execute(
        update(tables.Message)
        .where(tables.Message.id == new.c.id)
        .values(detail=tables.Message.detail.concat(func.jsonb_build_object("item", new.c.item)))
        .execution_options(synchronize_session=False)
    )
