"""Signs of life: whether a part of the house has been well without a gap, and until when it was not.

The ledger concludes from silence only where somebody was there to hear.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables

Part = Literal["webhook", "workers"]

# Beats come every 20 seconds or so; some of them may be late or lost.
LONGEST_PAUSE = timedelta(seconds=90)
# As far as anybody looks back: SendGrid repeats its reports for a day.
LOOKED_BACK = timedelta(days=2)
KEPT = timedelta(days=3)


def beat(session: Session, part: Part, *, well: bool, now: datetime) -> None:
    """Write down that a part is well now, or (`well` false) that it was away or failing up to now."""
    session.execute(insert(tables.Heartbeat).values(part=part, at=now, well=well))


def unbroken(session: Session, part: Part, *, since: datetime, until: datetime) -> bool:
    """Tell whether each moment of this time had a beat in the 90 s before it, and none was of a failure."""
    return _broken_until(session, part, since=since, until=until) is None


def last_gap(session: Session, part: Part, *, before: datetime) -> datetime | None:
    """Return the newest moment up to which the part was away or failing; `before` itself if it still is.

    None: it was well for as long as anybody looks back, which is two days.
    """
    return _broken_until(session, part, since=before - LOOKED_BACK, until=before)


def last_heard(session: Session, part: Part) -> datetime | None:
    """Return when a part was well last, or None if nobody has ever heard of it."""
    heard = select(func.max(tables.Heartbeat.at)).where(tables.Heartbeat.part == part, tables.Heartbeat.well)
    return session.scalar(heard)


def forget_old_beats(session: Session, now: datetime) -> None:
    """Delete what is older than three days."""
    session.execute(delete(tables.Heartbeat).where(tables.Heartbeat.at < now - KEPT))


def _broken_until(session: Session, part: Part, *, since: datetime, until: datetime) -> datetime | None:
    beats = (
        select(tables.Heartbeat.at, tables.Heartbeat.well)
        .where(
            tables.Heartbeat.part == part,
            tables.Heartbeat.at >= since - LONGEST_PAUSE,
            tables.Heartbeat.at <= until,
        )
        .cte("beats")
    )
    before = func.lag(beats.c.at).over(order_by=beats.c.at)
    paused = select(beats.c.at, before.label("before")).where(beats.c.well).cte("paused")
    failed = select(func.max(beats.c.at)).where(~beats.c.well, beats.c.at >= since).scalar_subquery()
    back = (
        select(func.max(paused.c.at))
        .where(or_(paused.c.before.is_(None), paused.c.at - paused.c.before > LONGEST_PAUSE))
        # The first beat of all tells of no pause if it is as old as the time asked about.
        .where(paused.c.at > since)
        .scalar_subquery()
    )
    newest = select(func.max(paused.c.at)).scalar_subquery()
    failed_at, back_at, newest_at = session.execute(select(failed, back, newest)).one()
    if newest_at is None or until - newest_at > LONGEST_PAUSE:
        return until
    return max((at for at in (failed_at, back_at) if at is not None), default=None)
