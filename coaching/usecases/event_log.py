"""The log that integrators read: gives facts their numbers, and reads them back in that order."""

from collections.abc import Collection, Sequence

from sqlalchemy import CTE, func, select, update
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.domain.events import EventKind

NUMBERED_AT_ONCE = 5_000
_NUMBERING = 7_310_002


def number_events(session: Session, *, limit: int = NUMBERED_AT_ONCE) -> int:
    """Give waiting facts the next numbers, oldest first; return how many got one.

    One at a time, each waiting for the commit of the one before: so numbers come to light in their order, and
    who has seen one has missed none below it.
    """
    session.execute(select(func.pg_advisory_xact_lock(_NUMBERING)))
    line = _line(limit)
    others = aliased(tables.Event)
    last = select(func.coalesce(func.max(others.number), 0)).scalar_subquery()
    numbered = session.scalars(
        update(tables.Event)
        .where(tables.Event.id == line.c.id, line.c.reached)
        .values(number=last + line.c.place)
        .returning(tables.Event.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(numbered)


def read_events(
    session: Session, *, after: int = 0, limit: int = 100, kinds: Collection[EventKind] = ()
) -> tuple[Sequence[tables.Event], int | None]:
    """Return facts numbered above `after`, and the number to go on from if more are there already."""
    query = select(tables.Event).where(tables.Event.number > after)
    if kinds:
        query = query.where(tables.Event.kind.in_(kinds))
    found = session.scalars(query.order_by(tables.Event.number).limit(limit + 1)).all()
    page = found[:limit]
    return page, page[-1].number if len(found) > limit else None


def _line(limit: int) -> CTE:
    """Facts without a number, with their place in line and whether it can be reached.

    A fact that is being followed up just now isn't waited for: a worker that waits does nothing else. Nothing
    behind it is reached either, so that no fact comes before one that led to it.
    """
    waiting = (
        select(tables.Event.id, tables.Event.at)
        .where(tables.Event.number.is_(None))
        .order_by(tables.Event.at, tables.Event.id)
        .limit(limit)
        .cte("waiting")
    )
    free = (
        select(tables.Event.id)
        .join(waiting, waiting.c.id == tables.Event.id)
        .with_for_update(of=tables.Event, skip_locked=True)
        .cte("free")
    )
    order = (waiting.c.at, waiting.c.id)
    return (
        select(
            waiting.c.id,
            func.row_number().over(order_by=order).label("place"),
            func.bool_and(free.c.id.is_not(None)).over(order_by=order).label("reached"),
        )
        .outerjoin_from(waiting, free, free.c.id == waiting.c.id)
        .cte("line")
    )
