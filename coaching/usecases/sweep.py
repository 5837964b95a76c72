"""Takes the letters that are due, decides each, and puts those that may go into batches.

Safe to run twice at once: clients are locked first, in the order of their ids, and those that another sweep
holds are passed over.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.engine.decide import Decision, after_queueing, decide
from coaching.domain.ledger import batch_rank
from coaching.domain.letters import LETTERS
from coaching.usecases.client_states import MayWriteTo, letter_facts, load_states
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.next_batch import anything_ready
from coaching.usecases.recheck_campaign import GONE

SWEEP_AT_ONCE = 1000
BATCH_SIZE = 1000


@dataclass(frozen=True)
class Swept:
    """How many letters were looked at, and how many of them were put into batches.

    `passed_over`: clients with due letters that somebody else works on just now.
    """

    looked_at: int
    queued: int
    passed_over: int = 0


def sweep(
    session: Session, *, sender: str, may_write_to: MayWriteTo, now: datetime, limit: int = SWEEP_AT_ONCE
) -> Swept:
    """Decide up to `limit` due letters as of `now`; `sender` is the address that the batches go out from."""
    waiting = _clients_with_due_letters(session, now, limit)
    locked = _lock(session, waiting)
    passed_over = waiting - locked - _cancel_those_of_nobody(session, waiting - locked, now)
    due = _due_letters(session, locked, now, limit)
    states = load_states(session, {row.recipient_id for row in due}, may_write_to=may_write_to, now=now)
    to_send: list[tuple[tables.Message, Decision]] = []
    held_back: list[tuple[UUID, Verdict]] = []
    for row in due:
        facts = letter_facts(row)
        state = states[row.recipient_id]
        decision = decide(facts, state, now)
        if decision.outcome == "send":
            to_send.append((row, decision))
            states[row.recipient_id] = after_queueing(state, facts, now)
        else:
            held_back.append((row.id, Verdict.of(decision)))
    hold_back(session, held_back, queued=False, now=now)
    _put_into_batches(session, to_send, sender, now)
    if to_send or anything_ready(session, now=now):
        ring_after_commit(session, bell.DELIVER)
    return Swept(len(due), len(to_send), len(passed_over))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        tables.Message.state == "planned",
        tables.Message.look_at <= now,
        tables.Message.recipient_kind == "client",
    )


def _clients_with_due_letters(session: Session, now: datetime, limit: int) -> set[UUID]:
    oldest = (
        select(tables.Message.recipient_id).where(_is_due(now)).order_by(tables.Message.look_at).limit(limit)
    )
    return set(session.scalars(oldest))


def _lock(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Lock these clients in the order of their ids; those that somebody else holds are passed over."""
    return set(
        session.scalars(
            select(tables.Client.id)
            .where(tables.Client.id.in_(ids))
            .order_by(tables.Client.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )


def _cancel_those_of_nobody(session: Session, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Call off the due letters of clients who are no longer here; return those clients."""
    if not ids:
        return set()
    gone = set(ids) - set(session.scalars(select(tables.Client.id).where(tables.Client.id.in_(ids))))
    letters = session.scalars(
        select(tables.Message.id).where(_is_due(now), tables.Message.recipient_id.in_(gone))
    ).all()
    messages.cancel(session, letters, GONE.said, now=now)
    return gone


def _due_letters(
    session: Session, clients: Collection[UUID], now: datetime, limit: int
) -> Sequence[tables.Message]:
    """Read the due letters of clients that are locked, as they stand under that lock."""
    return session.scalars(
        select(tables.Message)
        .where(_is_due(now), tables.Message.recipient_id.in_(clients))
        .order_by(tables.Message.rank, tables.Message.due_at, tables.Message.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()


def _put_into_batches(
    session: Session, to_send: Sequence[tuple[tables.Message, Decision]], sender: str, now: datetime
) -> None:
    resumed_at = session.scalar(select(tables.Sender.resumed_at).where(tables.Sender.address == sender))
    said = {row.id: Said.of(decision) for row, decision in to_send}
    for (template, family, _), members in _groups((row for row, _ in to_send), resumed_at).items():
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
                created_at=now,
            )
            session.add(batch)
            session.flush()
            _queue(session, chunk, said, batch.id, now)


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
    rows: Iterable[tables.Message], resumed_at: datetime | None
) -> dict[tuple[str, str, bool], list[tables.Message]]:
    """Sort by what may share a request; what waited through an outage keeps to itself."""
    groups: dict[tuple[str, str, bool], list[tables.Message]] = defaultdict(list)
    for row in rows:
        waited = resumed_at is not None and row.look_at < resumed_at
        groups[row.template, row.family, waited].append(row)
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
