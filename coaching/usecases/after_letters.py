"""What follows once letters were looked at: the next occurrence is planned, silence is noted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.engine.attention import STILL_USEFUL, is_slow
from coaching.domain.engine.reconcile import reconcile
from coaching.domain.engine.relationship_slots import TIMES
from coaching.domain.engine.state import ClientState
from coaching.domain.engine.wanted import wanted
from coaching.domain.events import EventKind
from coaching.domain.letters import LETTERS
from coaching.usecases.facts import record
from coaching.usecases.schedule import save_changes

_QUIET_AFTER = timedelta(days=7)
_REMINDERS = frozenset({"mentor-nudge", "keep-in-touch"})
_LEFT = ("queued", "merged")


def freshen_hosts(
    session: Session, letters: Iterable[tuple[tables.Message, ClientState]], *, now: datetime
) -> None:
    """Let letters that carry others say what is true now, not what was when they were planned."""
    for row, state in letters:
        if row.template not in LETTERS or not LETTERS[row.template].hosts:
            continue
        slot = next((one for one in wanted(state, now) if one.key == row.slot_key), None)
        if slot is not None and slot.detail != row.detail:
            session.execute(
                update(tables.Message).where(tables.Message.id == row.id).values(detail=slot.detail)
            )


def follow_letters(
    session: Session, states: Mapping[UUID, ClientState], rows: Sequence[tables.Message], *, now: datetime
) -> None:
    """Plan what comes next for these clients, as they stand after these letters were decided."""
    planned = {client_id: state for client_id, state in states.items() if state.plan is not None}
    changes = {one: reconcile(wanted(state, now), state.letters, now) for one, state in planned.items()}
    save_changes(session, changes, now=now)
    gone = {one.id for state in states.values() for one in state.letters if one.state in _LEFT}
    left = [row for row in rows if row.id in gone]
    _expect_silence(session, states, left, now)
    for row in left:
        if row.template == STILL_USEFUL:
            record(
                session, EventKind.CLIENT_WENT_QUIET, row.recipient_id, client_id=row.recipient_id, now=now
            )


def _expect_silence(
    session: Session, states: Mapping[UUID, ClientState], rows: Iterable[tables.Message], now: datetime
) -> None:
    """After the last reminder about somebody: a week, or two, and the relationship goes quiet."""
    for row in rows:
        if row.template not in _REMINDERS or row.detail.get("time") != TIMES:
            continue
        state = states[row.recipient_id]
        today = local_time.local(now, state.time_zone).date()
        session.execute(
            update(tables.Relationship)
            .where(tables.Relationship.id == UUID(row.detail["relationship"]))
            .values(quiet_on=today + _QUIET_AFTER * (2 if is_slow(state) else 1))
        )
