"""Takes the letters that are due, decides each, and puts those that may go into batches.

Safe to run twice at once: clients are locked first, in the order of their ids, and those that another sweep
holds are passed over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.engine.apply import apply
from coaching.domain.engine.decide import Decision, after_queueing, decide
from coaching.domain.engine.happenings import LetterEnded, LetterMerged, LetterReturned
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.letters import LETTERS
from coaching.usecases.after_letters import follow_letters, freshen_hosts
from coaching.usecases.attention import spend_attention
from coaching.usecases.batching import put_into_batches
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.next_batch import anything_ready
from coaching.usecases.recheck_campaign import GONE

SWEEP_AT_ONCE = 1000
_ENDS = {"skip": "skipped", "expire": "expired"}


@dataclass(frozen=True)
class Swept:
    """How many letters were looked at, and how many of them were put into batches.

    `passed_over`: clients with due letters that somebody else works on just now.
    """

    looked_at: int
    queued: int
    passed_over: int = 0


@dataclass(frozen=True)
class Sendable:
    """A letter that may go, with its client as they stood just before."""

    row: tables.Message
    decision: Decision
    facts: LetterFacts
    state: ClientState


@dataclass
class _Decided:
    """What came of the letters that were looked at, and how their clients stand after that."""

    states: dict[UUID, ClientState]
    to_send: list[Sendable] = field(default_factory=list)
    held_back: list[tuple[UUID, Verdict]] = field(default_factory=list)


def sweep(
    session: Session, *, sender: str, may_write_to: MayWriteTo, now: datetime, limit: int = SWEEP_AT_ONCE
) -> Swept:
    """Decide the due letters, as of `now`, of the clients to whom the `limit` oldest belong.

    `sender` is the address that the batches go out from.
    """
    waiting = _clients_with_due_letters(session, now, limit)
    locked = _lock(session, waiting)
    passed_over = waiting - locked - _cancel_those_of_nobody(session, waiting - locked, now)
    due = _due_letters(session, locked, now)
    states = load_states(session, {row.recipient_id for row in due}, may_write_to=may_write_to, now=now)
    decided = _Decided(states)
    # What can ride in another is looked at before what could carry it.
    for row in sorted(due, key=_hosts):
        _decide(decided, row, now)
    _take_attention(session, decided, now)
    hold_back(session, decided.held_back, queued=False, now=now)
    going = [(one.row, one.decision) for one in decided.to_send]
    freshen_hosts(session, [(one.row, one.state) for one in decided.to_send], now=now)
    put_into_batches(session, going, sender, now)
    follow_letters(session, decided.states, due, now=now)
    if decided.to_send or anything_ready(session, now=now):
        ring_after_commit(session, bell.DELIVER)
    return Swept(len(due), len(decided.to_send), len(passed_over))


def _decide(decided: _Decided, row: tables.Message, now: datetime) -> None:
    state = decided.states[row.recipient_id]
    facts = _facts(state, row)
    decision = decide(facts, state, now)
    if decision.outcome == "send":
        decided.to_send.append(Sendable(row, decision, facts, state))
        state = after_queueing(state, facts, now)
    else:
        decided.held_back.append((row.id, Verdict.of(decision)))
        if decision.outcome == "merge" and decision.host is not None:
            state = apply(state, LetterMerged(row.id, decision.host))
        elif decision.outcome in _ENDS:
            state = apply(state, LetterEnded(row.id, _ENDS[decision.outcome], now))
    decided.states[row.recipient_id] = state


def _hosts(row: tables.Message) -> bool:
    return row.template in LETTERS and LETTERS[row.template].hosts


def _facts(state: ClientState, row: tables.Message) -> LetterFacts:
    return next(one for one in state.letters if one.id == row.id)


def _take_attention(session: Session, decided: _Decided, now: datetime) -> None:
    """Take the dates; a letter whose date was just spent elsewhere waits instead."""
    spent = spend_attention(session, [(one.facts, one.state) for one in decided.to_send], now=now)
    decided.held_back += spent
    late = {message_id for message_id, _ in spent}
    for one in decided.to_send:
        if one.row.id in late:
            decided.states[one.state.client_id] = apply(
                decided.states[one.state.client_id], LetterReturned(one.row.id)
            )
    decided.to_send = [one for one in decided.to_send if one.row.id not in late]


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


def _due_letters(session: Session, clients: Collection[UUID], now: datetime) -> Sequence[tables.Message]:
    """Read all due letters of clients that are locked, as they stand under that lock.

    All: else what can ride in a letter would be looked at after that letter has gone. Nothing in their order
    is left to chance, so that a rehearsal finds the same: of equal sequences the first by name.
    """
    return session.scalars(
        select(tables.Message)
        .where(_is_due(now), tables.Message.recipient_id.in_(clients))
        .order_by(
            tables.Message.rank,
            tables.Message.due_at,
            func.coalesce(tables.Message.detail["sequence"].astext, "").collate("C"),
            tables.Message.template.collate("C"),
            tables.Message.slot_key.collate("C"),
        )
        .execution_options(populate_existing=True)
    ).all()
