"""Plans each coach's morning list, if there is anything on it; an empty morning sends nothing."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.digests import RANK, Morning, morning_of
from coaching.domain.digests import WRITTEN_FROM as AT
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.letters import DIGEST
from coaching.usecases.read_digest import read_digest

_WHY = "It is a working morning, and something is on the list."
_log = logging.getLogger(__name__)


def write_digests(session: Session, *, now: datetime) -> int:
    """Plan the list of every coach whose working morning it is; return how many were planned.

    Each morning is looked at once. Safe to run twice at once: coaches whom another run is at are passed over.
    """
    planned = 0
    for coach, morning in _lock(session, _waking(session, now), now):
        try:
            with session.begin_nested():
                planned += _write(session, coach, morning, now)
        except Exception:  # noqa: BLE001 - one coach's list must never hold up those of the others
            _log.exception("morning list not planned", extra={"coach_id": str(coach.id)})
    return planned


def _waking(session: Session, now: datetime) -> list[UUID]:
    """Find the coaches whose morning has come and hasn't been looked at; locks nobody."""
    rows = session.execute(
        select(tables.Coach.id, tables.Coach.time_zone, tables.Coach.listed_on).where(
            tables.Coach.list_stopped_at.is_(None)
        )
    )
    return [coach_id for coach_id, zone, listed_on in rows if _fresh(zone, listed_on, now)]


def _fresh(zone: str, listed_on: object, now: datetime) -> Morning | None:
    morning = morning_of(now, zone)
    return morning if morning is not None and morning.on != listed_on else None


def _lock(session: Session, ids: Sequence[UUID], now: datetime) -> list[tuple[tables.Coach, Morning]]:
    if not ids:
        return []
    coaches = session.scalars(
        select(tables.Coach)
        .where(tables.Coach.id.in_(ids), tables.Coach.list_stopped_at.is_(None))
        .order_by(tables.Coach.id)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    mornings = ((coach, _fresh(coach.time_zone, coach.listed_on, now)) for coach in coaches)
    return [(coach, morning) for coach, morning in mornings if morning is not None]


def _write(session: Session, coach: tables.Coach, morning: Morning, now: datetime) -> int:
    coach.listed_on = morning.on
    session.flush()
    if not read_digest(session, coach, morning):
        return 0
    planned = session.scalar(
        insert(tables.Message)
        .values(
            recipient_kind="coach",
            recipient_id=coach.id,
            family=TRANSACTIONAL,
            template=DIGEST,
            slot_key=morning.slot_key,
            local_date=morning.on,
            local_time=AT,
            time_zone=morning.zone,
            due_at=morning.due_at,
            look_at=morning.due_at,
            expires_at=morning.expires_at,
            rank=RANK,
            why=_WHY,
            created_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["recipient_id", "slot_key"], index_where=tables.Message.state != "cancelled"
        )
        .returning(tables.Message.id)
    )
    return int(planned is not None)
