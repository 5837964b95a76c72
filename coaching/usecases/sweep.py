"""Takes the letters that are due, decides each, and puts those that may go into batches.

Safe to run twice at once: clients are locked first, in the order of their ids, and those that another sweep
holds are passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.engine.decide import Decision, after_queueing, decide
from coaching.usecases.client_states import MayWriteTo, letter_facts, load_states

SWEEP_AT_ONCE = 1000
BATCH_SIZE = 1000


@dataclass(frozen=True)
class Swept:
    """How many letters were looked at, and how many of them were put into batches."""

    looked_at: int
    queued: int


def sweep(
    session: Session, *, sender: str, may_write_to: MayWriteTo, now: datetime, limit: int = SWEEP_AT_ONCE
) -> Swept:
    """Decide up to `limit` due letters as of `now`; `sender` is the address that the batches go out from."""
    due = _due_letters(session, now, limit)
    states = load_states(session, {row.recipient_id for row in due}, may_write_to=may_write_to, now=now)
    to_send: list[tables.Message] = []
    for row in due:
        letter = letter_facts(row)
        state = states[row.recipient_id]
        decision = decide(letter, state, now)
        write_down(row, decision, now)
        if decision.outcome == "send":
            to_send.append(row)
            states[row.recipient_id] = after_queueing(state, letter, now)
    session.flush()
    _put_into_batches(session, to_send, sender, now)
    if to_send or _ready(session, now):
        ring_after_commit(session, bell.DELIVER)
    return Swept(len(due), len(to_send))


def _due_letters(session: Session, now: datetime, limit: int) -> Sequence[tables.Message]:
    """Lock the clients of due letters, then read their due letters as they stand under that lock."""
    looked = (
        tables.Message.state == "planned",
        tables.Message.look_at <= now,
        tables.Message.recipient_kind == "client",
    )
    candidates = (
        select(tables.Message.recipient_id).where(*looked).order_by(tables.Message.look_at).limit(limit)
    )
    locked = session.scalars(
        select(tables.Client.id)
        .where(tables.Client.id.in_(candidates))
        .order_by(tables.Client.id)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    return session.scalars(
        select(tables.Message)
        .where(*looked, tables.Message.recipient_id.in_(locked))
        .order_by(tables.Message.rank, tables.Message.due_at, tables.Message.id)
        .limit(limit)
    ).all()


def write_down(row: tables.Message, decision: Decision, now: datetime) -> None:
    """Keep a decision on its row: the outcome, every rule's word, and when to look again."""
    row.rule_codes = decision.rule_codes
    row.outcome = decision.reason
    row.decided_at = now
    match decision.outcome:
        case "wait":
            row.look_at = decision.next_at or now
        case "skip":
            row.state = "skipped"
        case "expire":
            row.state = "expired"


def _put_into_batches(session: Session, rows: Iterable[tables.Message], sender: str, now: datetime) -> None:
    for (template, family), members in _groups(rows).items():
        for chunk in _chunks(members):
            batch = tables.Batch(
                template=template,
                sender=sender,
                family=family,
                size=len(chunk),
                not_before=now,
                created_at=now,
            )
            session.add(batch)
            session.flush()
            session.execute(
                update(tables.Message)
                .where(tables.Message.id.in_([row.id for row in chunk]))
                .values(state="queued", batch_id=batch.id)
                .execution_options(synchronize_session=False)
            )


def _groups(rows: Iterable[tables.Message]) -> dict[tuple[str, str], list[tables.Message]]:
    groups: dict[tuple[str, str], list[tables.Message]] = defaultdict(list)
    for row in rows:
        groups[row.template, row.family].append(row)
    return groups


def _chunks(rows: Iterable[tables.Message]) -> list[list[tables.Message]]:
    """Split into batches of at most 1,000 in which every recipient occurs once."""
    chunks: list[tuple[set[UUID], list[tables.Message]]] = []
    for row in rows:
        for recipients, members in chunks:
            if row.recipient_id not in recipients and len(members) < BATCH_SIZE:
                break
        else:
            recipients, members = set(), []
            chunks.append((recipients, members))
        recipients.add(row.recipient_id)
        members.append(row)
    return [members for _, members in chunks]


def _ready(session: Session, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(tables.Batch)
            .where(tables.Batch.state == "ready", tables.Batch.not_before <= now)
        )
        or 0
    )
