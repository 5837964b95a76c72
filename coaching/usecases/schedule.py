"""Brings clients' planned letters in line with what should stand planned now."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.engine.reconcile import UNCALLED_FOR, Changes, reconcile
from coaching.domain.engine.state import ClientState, Slot
from coaching.domain.engine.wanted import wanted
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.enrollments import settle_enrollments
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said
from coaching.usecases.silences import expect_silences

NOBODY: Mapping[UUID, ClientState] = MappingProxyType({})
_UNCALLED_FOR = Said(UNCALLED_FOR)
_log = logging.getLogger(__name__)


def schedule_client(session: Session, client_id: UUID, *, may_write_to: MayWriteTo, now: datetime) -> Changes:
    """Plan, move and call off letters for one client; return the changes. A second run finds none."""
    return schedule_clients(session, [client_id], may_write_to=may_write_to, now=now).get(
        client_id, Changes()
    )


def schedule_clients(
    session: Session,
    client_ids: Collection[UUID],
    *,
    may_write_to: MayWriteTo,
    now: datetime,
    known: Mapping[UUID, ClientState] = NOBODY,
) -> dict[UUID, Changes]:
    """Do so for up to 1,000 clients at once; return the changes of those that exist.

    Letters that wait are looked at again: what they waited for may have changed as well. `known`: how locked
    clients stand now, for those whom somebody has just loaded.
    """
    locked = session.scalars(
        select(tables.Client.id)
        .where(tables.Client.id.in_(client_ids))
        .order_by(tables.Client.id)
        .with_for_update(key_share=True)
    ).all()
    unknown = [one for one in locked if one not in known]
    loaded = load_states(session, unknown, may_write_to=may_write_to, now=now) if unknown else {}
    states = {one: known.get(one) or loaded[one] for one in locked}
    states = settle_enrollments(session, states, now=now)
    changes = {
        client_id: reconcile(wanted(state, now), state.letters, now) for client_id, state in states.items()
    }
    saved = save_changes(session, changes, now=now)
    expect_silences(session, states)
    _look_again(session, locked, now)
    return saved


def save_changes(session: Session, changes: Mapping[UUID, Changes], *, now: datetime) -> dict[UUID, Changes]:
    """Write down what `reconcile` found, by client; return what was written.

    A slot that a letter holds which the rules don't remember takes no other.
    """
    _cancel(session, [cancel[0] for one in changes.values() for cancel in one.cancels], now)
    moves = [move for one in changes.values() for move in one.moves]
    if moves:
        session.execute(
            update(tables.Message), [{"id": message_id, **_timing(slot)} for message_id, slot in moves]
        )
    written = _insert(session, changes, now)
    saved = {
        client_id: replace(
            one, inserts=tuple(slot for slot in one.inserts if (client_id, slot.key) in written)
        )
        for client_id, one in changes.items()
    }
    if any(slot.due_at <= now for one in saved.values() for slot in one.inserts):
        ring_after_commit(session, bell.SWEEP)
    return saved


def _insert(session: Session, changes: Mapping[UUID, Changes], now: datetime) -> set[tuple[UUID, str]]:
    """Plan the new letters; return the client and slot of each that found its slot free."""
    rows = {
        (client_id, slot.key): _row(client_id, slot, now)
        for client_id, one in changes.items()
        for slot in one.inserts
    }
    if not rows:
        return set()
    inserted = insert(tables.Message).on_conflict_do_nothing()
    returned = inserted.returning(tables.Message.recipient_id, tables.Message.slot_key)
    written = {(client_id, key) for client_id, key in session.execute(returned, list(rows.values()))}
    for client_id, key in rows.keys() - written:
        _log.warning("letter not planned: slot taken", extra={"client_id": str(client_id), "slot": key})
    return written


def _cancel(session: Session, ids: Collection[UUID], now: datetime) -> None:
    """Call off planned letters, and those that ride in one that hasn't left."""
    if ids:
        messages.part(session, ids, now, _UNCALLED_FOR, now=now)
        messages.cancel(session, ids, _UNCALLED_FOR, now=now)


def _look_again(session: Session, client_ids: Collection[UUID], now: datetime) -> None:
    woken = session.execute(
        update(tables.Message)
        .where(
            tables.Message.recipient_id.in_(client_ids),
            tables.Message.state == "planned",
            tables.Message.due_at <= now,
            tables.Message.look_at > now,
        )
        .values(look_at=now)
        .returning(tables.Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    if woken:
        ring_after_commit(session, bell.SWEEP)


def _row(client_id: UUID, slot: Slot, now: datetime) -> dict[str, object]:
    return {
        "recipient_kind": "client",
        "recipient_id": client_id,
        "family": slot.family,
        "template": slot.template,
        "slot_key": slot.key,
        "rank": slot.rank,
        "why": slot.why,
        "detail": slot.detail,
        "created_at": now,
        **_timing(slot),
    }


def _timing(slot: Slot) -> dict[str, object]:
    return {
        "local_date": slot.intent.on if slot.intent else None,
        "local_time": slot.intent.at if slot.intent else None,
        "time_zone": slot.intent.zone if slot.intent else None,
        "due_at": slot.due_at,
        "look_at": slot.due_at,
        "expires_at": slot.expires_at,
    }
