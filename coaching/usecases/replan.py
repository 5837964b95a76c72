"""Brings the planned letters of very many clients in line, after a rule was changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.domain.engine.reconcile import Changes
from coaching.domain.errors import NotFound
from coaching.usecases.client_states import MayWriteTo
from coaching.usecases.schedule import schedule_clients

AT_ONCE = 1000
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Replanned:
    """How many letters were planned, moved and called off, for how many clients; `last` of them by id."""

    clients: int = 0
    planned: int = 0
    moved: int = 0
    called_off: int = 0
    last: UUID | None = None

    def __add__(self, other: "Replanned") -> "Replanned":
        """Both, one after the other."""
        return Replanned(
            self.clients + other.clients,
            self.planned + other.planned,
            self.moved + other.moved,
            self.called_off + other.called_off,
            other.last or self.last,
        )


def replan(
    database: Database,
    may_write_to: MayWriteTo,
    *,
    after: UUID | None = None,
    chunk: int = AT_ONCE,
    actor: str,
) -> Iterator[Replanned]:
    """Go through all clients behind `after` in the order of their ids; yield what each chunk brought.

    A chunk is up to 1,000 clients and a transaction of its own: what was yielded stays, whatever comes.
    """
    while True:
        with database.transaction() as session:
            done = replan_chunk(session, may_write_to, after, chunk, actor=actor, now=database.now(session))
        if done.last is None:
            return
        yield done
        after = done.last


def replan_chunk(
    session: Session, may_write_to: MayWriteTo, after: UUID | None, chunk: int, *, actor: str, now: datetime
) -> Replanned:
    """Do so for the next `chunk` clients behind `after`; behind the last of all there are none."""
    ids = session.scalars(
        select(tables.Client.id)
        .where(tables.Client.id > (after or _NOBODY))
        .order_by(tables.Client.id)
        .limit(chunk)
    ).all()
    if not ids:
        return Replanned()
    changes = schedule_clients(session, ids, may_write_to=may_write_to, now=now)
    done = _counted(changes.values(), len(ids), ids[-1])
    _note(session, done, None, actor, now)
    return done


def replan_client(
    session: Session, may_write_to: MayWriteTo, client_id: UUID, *, actor: str, now: datetime
) -> Replanned:
    """Do so for one client. Raises NotFound."""
    changes = schedule_clients(session, [client_id], may_write_to=may_write_to, now=now)
    if not changes:
        raise NotFound(f"there is no client {client_id}")
    done = _counted(changes.values(), 1, client_id)
    _note(session, done, client_id, actor, now)
    return done


def count_clients(session: Session, *, after: UUID | None = None) -> int:
    """Return how many clients there are behind `after`. Raises NotFound where that is nobody's id."""
    if after is not None and session.get(tables.Client, after) is None:
        raise NotFound(
            f"there is no client {after}; check the id, or leave --after out: who is done already stays as is"
        )
    behind = select(func.count()).where(tables.Client.id > (after or _NOBODY))
    return session.scalar(behind) or 0


def _counted(changes: Iterable[Changes], clients: int, last: UUID) -> Replanned:
    done = Replanned(clients, last=last)
    for one in changes:
        done += Replanned(0, len(one.inserts), len(one.moves), len(one.cancels))
    return done


def _note(session: Session, done: Replanned, client_id: UUID | None, actor: str, now: datetime) -> None:
    """Write down who changed planned letters; that nothing was to be done is nothing to remember."""
    counts = {"planned": done.planned, "moved": done.moved, "called_off": done.called_off}
    if any(counts.values()):
        data = {**counts, "clients": done.clients, "last": str(done.last)}
        session.add(
            tables.Audit(actor=actor, action="clients_replanned", subject_id=client_id, data=data, at=now)
        )
