"""Lets relationships go quiet whose last reminder brought no contact either; the coach is told of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.events import EventKind
from coaching.domain.relationships import EVENT
from coaching.usecases.facts import Fact, record_many

CLIENTS_AT_ONCE = 200
_DAY = timedelta(days=1)


def go_quiet(session: Session, *, now: datetime) -> int:
    """Let relationships of up to 200 clients go quiet whose day has come there; return how many did.

    Not while letters to the client rest: nobody could answer then. Several workers may do this at once.
    """
    due = _due(session, now)
    clients = _lock_clients(session, due)
    rows = session.scalars(
        select(tables.Relationship)
        .join(tables.Client, tables.Client.id == tables.Relationship.client_id)
        .where(tables.Relationship.client_id.in_(clients), due)
        .order_by(tables.Relationship.id)
        .with_for_update(of=tables.Relationship)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.state = "quiet"
    session.flush()
    quiet = [Fact(EventKind.RELATIONSHIP_WENT_QUIET, row.id, row.client_id) for row in rows]
    record_many(session, quiet, now=now)
    return len(rows)


def _due(session: Session, now: datetime) -> ColumnElement[bool]:
    """Return the condition on relationship and client: `quiet_on` has come where the client is."""
    zones: dict[date, list[str]] = defaultdict(list)
    for zone in session.scalars(_zones(now)):
        zones[local_time.local(now, zone).date()].append(zone)
    has_come = (
        and_(tables.Client.time_zone.in_(names), tables.Relationship.quiet_on <= today)
        for today, names in zones.items()
    )
    # Named, since two selects around it would leave it to look at the pauses of all clients there are.
    resting = (
        select(tables.Pause.id)
        .where(tables.Pause.client_id == tables.Client.id, tables.Pause.ended_at.is_(None))
        .correlate(tables.Client)
    )
    return and_(
        tables.Relationship.state == "active",
        tables.Relationship.kind != EVENT,
        or_(False, *has_come),
        ~resting.exists(),
    )


def _zones(now: datetime) -> Select[str]:
    """Zones in which a day may have come: by tomorrow's date in UTC it has come somewhere."""
    return (
        select(tables.Client.time_zone)
        .join(tables.Relationship, tables.Relationship.client_id == tables.Client.id)
        .where(tables.Relationship.state == "active", tables.Relationship.quiet_on <= now.date() + _DAY)
        .distinct()
    )


def _lock_clients(session: Session, due: ColumnElement[bool]) -> Sequence[object]:
    """Lock, in order of id, those whom nobody else is busy with."""
    has_one = select(tables.Relationship.id).where(tables.Relationship.client_id == tables.Client.id, due)
    return session.scalars(
        select(tables.Client.id)
        .where(has_one.correlate(tables.Client).exists())
        .order_by(tables.Client.id)
        .limit(CLIENTS_AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
