"""Puts letters that may go into batches: what may share a request does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.decide import Decision
from coaching.domain.ledger import batch_rank
from coaching.domain.letters import LETTERS
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said

BATCH_SIZE = 1000
# Template, family, the coach whom answers reach, and whether it waited through an outage.
Shared = tuple[str, str, UUID | None, bool]


def put_into_batches(
    session: Session, to_send: Sequence[tuple[tables.Message, Decision]], sender: str, now: datetime
) -> None:
    """Queue these letters in new batches that go out from `sender`."""
    resumed_at = session.scalar(select(tables.Sender.resumed_at).where(tables.Sender.address == sender))
    said = {row.id: Said.of(decision) for row, decision in to_send}
    coaches = _coaches(session, [row.recipient_id for row, _ in to_send])
    groups = _groups((row for row, _ in to_send), coaches, resumed_at)
    for (template, family, coach_id, _), members in groups.items():
        for chunk in _chunks(members, _most(template)):
            batch = tables.Batch(
                template=template,
                sender=sender,
                family=family,
                rank=batch_rank(family),
                size=len(chunk),
                # From when on they might have gone: that tells what has waited through an outage.
                due_at=min(row.look_at for row in chunk),
                not_before=now,
                answers_to=coach_id,
                created_at=now,
            )
            session.add(batch)
            session.flush()
            _queue(session, chunk, said, batch.id, now)


def _coaches(session: Session, client_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the coach of each client who has one: an answer to a letter reaches them."""
    rows = session.execute(
        select(tables.Client.id, tables.Client.coach_id).where(
            tables.Client.id.in_(client_ids), tables.Client.coach_id.is_not(None)
        )
    )
    return {client_id: coach_id for client_id, coach_id in rows if coach_id is not None}


def _most(template: str) -> int:
    """Return how many letters share a request: one whose body is written for each client goes by itself."""
    known = LETTERS.get(template)  # one that is no longer known fails when it is to be written
    return 1 if known is not None and known.body == "own" else BATCH_SIZE


def _queue(
    session: Session, rows: Iterable[tables.Message], said: dict[UUID, Said], batch_id: UUID, now: datetime
) -> None:
    alike: dict[Said, list[UUID]] = defaultdict(list)
    for row in rows:
        alike[said[row.id]].append(row.id)
    for one, ids in alike.items():
        messages.queue(session, ids, one, batch_id, now=now)


def _groups(
    rows: Iterable[tables.Message], coaches: Mapping[UUID, UUID], resumed_at: datetime | None
) -> dict[Shared, list[tables.Message]]:
    """Sort by what may share a request; what waited through an outage keeps to itself."""
    groups: dict[Shared, list[tables.Message]] = defaultdict(list)
    for row in rows:
        waited = resumed_at is not None and row.look_at < resumed_at
        groups[row.template, row.family, coaches.get(row.recipient_id), waited].append(row)
    return groups


def _chunks(rows: Iterable[tables.Message], most: int) -> list[list[tables.Message]]:
    """Split into batches of at most so many, in which every recipient occurs once."""
    chunks: list[tuple[set[UUID], list[tables.Message]]] = []
    for row in rows:
        for recipients, members in chunks:
            if row.recipient_id not in recipients and len(members) < most:
                break
        else:
            recipients, members = set(), []
            chunks.append((recipients, members))
        recipients.add(row.recipient_id)
        members.append(row)
    return [members for _, members in chunks]
