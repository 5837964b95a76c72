"""Brings a client's planned letters in line with what should stand planned now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.engine.reconcile import Changes, reconcile
from coaching.domain.engine.state import Slot
from coaching.domain.engine.wanted import wanted
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said


def schedule_client(session: Session, client_id: UUID, *, may_write_to: MayWriteTo, now: datetime) -> Changes:
    """Plan, move and call off letters for one client; return the changes. A second run finds none."""
    locked = session.scalar(
        select(tables.Client.id).where(tables.Client.id == client_id).with_for_update(key_share=True)
    )
    if locked is None:
        return Changes()
    state = load_states(session, [client_id], may_write_to=may_write_to, now=now)[client_id]
    changes = reconcile(wanted(state, now), state.letters, now)
    _save(session, client_id, changes, now)
    return changes


def _save(session: Session, client_id: UUID, changes: Changes, now: datetime) -> None:
    for message_id, reason in changes.cancels:
        messages.cancel(session, [message_id], Said(reason), now=now)
    for message_id, slot in changes.moves:
        session.execute(update(tables.Message).where(tables.Message.id == message_id).values(_timing(slot)))
    if changes.inserts:
        rows = [_row(client_id, slot, now) for slot in changes.inserts]
        session.execute(insert(tables.Message).on_conflict_do_nothing(), rows)
    if any(slot.due_at <= now for slot in changes.inserts):
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
