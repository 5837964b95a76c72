"""Notes that the workers are at work, and notices when they had been away."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.usecases.heartbeat import beat
from coaching.usecases.senders import resume_after

_EVERY = timedelta(seconds=20)


def note_alive(session: Session, *, sender: str, now: datetime) -> None:
    """Write a sign of life now and then; after a long silence, what has waited leaves at a pace."""
    last = session.scalar(select(func.max(tables.Heartbeat.at)).where(tables.Heartbeat.part == "workers"))
    if last is not None and now - last < _EVERY:
        return
    if last is not None:
        resume_after(session, sender, last, now=now)
    beat(session, "workers", well=True, now=now)
