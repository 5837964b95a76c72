"""One look at a coach's clients on one morning: whose they are, what is new, and the lines of a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import digest_phrases as say
from coaching.domain import local_time
from coaching.domain.digests import MOST_LINES, Kind, Listing, Morning, Span, Thing
from coaching.domain.events import EventKind
from coaching.usecases.mind_drafts import WORKING_DAYS_TO_APPROVE

_A_MONDAY = date(2024, 1, 1)
# Columns of several tables: names and types are in what each list selects.
Query = Any
Line = Any


@dataclass(frozen=True)
class Look:
    """One look at a coach's clients on one morning."""

    session: Session
    coach: tables.Coach
    morning: Morning
    span: Span

    @property
    def theirs(self) -> ColumnElement[bool]:
        """The condition that a client is theirs to look after."""
        own = tables.Client.coach_id == self.coach.id
        return or_(own, tables.Client.coach_id.is_(None)) if self.coach.admin else own

    def is_new(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that something became so since the last list."""
        return and_(at > self.span.after, at <= self.span.until)

    def on(self, at: datetime) -> date:
        """Return the day of an instant where the coach is."""
        return local_time.local(at, self.morning.zone).date()

    @property
    def today(self) -> date:
        """The day of the list."""
        return self.morning.on


def about_facts(look: Look, kind: EventKind, *columns: Any) -> Query:
    """Begin a query for what became known of clients since the last list."""
    return (
        select_lines(*columns)
        .select_from(tables.Event)
        .join(tables.Client, tables.Client.id == tables.Event.client_id)
        .where(tables.Event.kind == kind, look.is_new(tables.Event.at.expression))
    )


def select_lines(*columns: Any) -> Query:
    """Begin a query whose last column counts all lines there are, whatever its limit."""
    return select(*columns, func.count().over().label("total"))


def read_lines(look: Look, query: Query, newest: Any) -> Sequence[Line]:
    """Read the first lines, newest first, of confirmed clients who are the coach's to look after."""
    return look.session.execute(
        _to_look_after(look, query).order_by(newest.desc(), tables.Client.id).limit(MOST_LINES)
    ).all()


def read_clients(look: Look, query: Query, newest: Any, tie: Any) -> Sequence[Line]:
    """Read as `read_lines` does, but one line a client, their newest; `more` counts their others.

    `query` has no count of its own; of equally new ones, `tie` decides. Its columns keep their names.
    """
    whose = tables.Client.id
    order = (newest.desc(), tie.desc())
    found = (
        _to_look_after(look, query)
        .add_columns(
            whose.label("whose"),
            newest.label("newest"),
            func.row_number().over(partition_by=whose, order_by=order).label("place"),
            (func.count().over(partition_by=whose) - 1).label("more"),
        )
        .subquery()
    )
    return look.session.execute(
        select(*found.c, func.count().over().label("total"))
        .where(found.c.place == 1)
        .order_by(found.c.newest.desc(), found.c.whose)
        .limit(MOST_LINES)
    ).all()


def waited_again(look: Look, since: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that since the last list once more three working days went by, from then on."""
    began = _working_days(cast(func.timezone(look.morning.zone, since), Date))
    rounds = (
        (_working_days(literal(on, Date)) - began) // WORKING_DAYS_TO_APPROVE
        for on in (look.span.since_on, look.today)
    )
    before, by_now = rounds
    return by_now > before


def _working_days(on: ColumnElement[Any]) -> ColumnElement[int]:
    """Return which working day a date is, or the last one before it, counted from a Monday long ago."""
    days = cast(on - literal(_A_MONDAY, Date), Integer) + 1
    return days // 7 * len(local_time.WORKING_DAYS) + func.least(days % 7, len(local_time.WORKING_DAYS))


def _to_look_after(look: Look, query: Query) -> Query:
    return query.where(look.theirs, tables.Client.confirmed_at.is_not(None))


def listing_of(kind: Kind, rows: Sequence[Line], what: Callable[[Line], str]) -> Listing:
    """Return the list of this kind; the first column is the client's name, `what` says the rest."""
    things = tuple(Thing(say.client_name(row[0]), what(row)) for row in rows)
    return Listing(kind, things, rows[0].total if rows else 0)
