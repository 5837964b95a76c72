"""Decides every member of a claimed batch again on today's state; who no longer qualifies leaves it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.addresses import mailbox_hash
from coaching.domain.engine.decide import after_queueing, decide
from coaching.domain.engine.said import OVER, SUPPRESSED, UNLISTED
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.usecases.attention import spend_attention
from coaching.usecases.client_states import letter_facts, load_states
from coaching.usecases.coach_letters import recheck_coach_letters
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.post_room import PostRoom
from coaching.usecases.recheck_campaign import GONE, Member, recheck_campaign
from coaching.usecases.riders import recheck_riders
from coaching.usecases.suppressions import is_closed

_LATE = Said(OVER)
_UNLISTED = Said(UNLISTED)
_CLOSED = Said(SUPPRESSED)


def recheck(session: Session, room: PostRoom, batch: tables.Batch, now: datetime) -> list[Member]:
    """Return the members that may go now, in order of their ids; the others have left the batch."""
    if batch.family == "campaign":
        return recheck_campaign(session, room, batch, now)
    rows = session.scalars(
        select(tables.Message)
        .where(tables.Message.batch_id == batch.id, tables.Message.state == "queued")
        .order_by(tables.Message.id)
        .execution_options(populate_existing=True)
    ).all()
    if rows and rows[0].recipient_kind == "firm":
        return _of_the_firm(session, room, rows, now)
    if rows and rows[0].recipient_kind == "coach":
        return recheck_coach_letters(session, room, rows, now)
    return _of_clients(session, room, rows, now)


def _of_clients(
    session: Session, room: PostRoom, rows: Sequence[tables.Message], now: datetime
) -> list[Member]:
    states = load_states(session, {row.recipient_id for row in rows}, may_write_to=room.may_write_to, now=now)
    held_back: list[tuple[UUID, Verdict]] = []
    staying: list[tuple[tables.Message, LetterFacts, ClientState]] = []
    for row in rows:
        state = states.get(row.recipient_id)
        if state is None:
            held_back.append((row.id, GONE))
            continue
        facts = next((one for one in state.letters if one.id == row.id), None) or letter_facts(row)
        decision = decide(facts, state, now)
        if decision.outcome == "send":
            states[row.recipient_id] = after_queueing(state, facts, now)
            staying.append((row, facts, state))
        else:
            held_back.append((row.id, Verdict.of(decision)))
    spent = spend_attention(session, [(facts, state) for _, facts, state in staying], now=now)
    hold_back(session, held_back + spent, queued=True, now=now)
    late = {message_id for message_id, _ in spent}
    going = [(row, state) for row, _, state in staying if row.id not in late]
    recheck_riders(session, going, now=now)
    people = _people(session, [row.recipient_id for row, _ in going])
    return [_member(row, people) for row, _ in going]


def _people(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[str, bytes, str, str | None]]:
    rows = session.execute(
        select(
            tables.Client.id,
            tables.Client.email,
            tables.Client.address_hash,
            tables.Client.name,
            tables.Coach.name,
        )
        .outerjoin(tables.Coach, tables.Coach.id == tables.Client.coach_id)
        .where(tables.Client.id.in_(ids))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def _member(row: tables.Message, people: Mapping[UUID, tuple[str, bytes, str, str | None]]) -> Member:
    about = row.detail.get("submission")
    return Member(row.id, *people[row.recipient_id], submission_id=UUID(about) if about else None)


def _of_the_firm(
    session: Session, room: PostRoom, rows: Sequence[tables.Message], now: datetime
) -> list[Member]:
    """The firm's own letters only have to be in time, and to an address that may be written to."""
    ids = [row.id for row in rows]
    late = [row.id for row in rows if row.expires_at <= now]
    messages.expire(session, late, _LATE, now=now)
    if not room.may_write_to(room.sender.address):
        messages.skip(session, ids, _UNLISTED, now=now)
        return []
    own_hash = mailbox_hash(room.secrets.pepper, room.sender.address)
    if is_closed(session, own_hash):
        messages.skip(session, ids, _CLOSED, now=now)
        return []
    return [
        Member(row.id, room.sender.address, own_hash, room.sender.name, None, about=str(row.recipient_id))
        for row in rows
        if row.id not in late
    ]
