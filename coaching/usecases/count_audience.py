"""Says how many clients an audience has, and who the first of them are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import QueryCanceled
from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.audience_sql import clients_matching
from coaching.domain.audience_documents import parse_filter, unknown_dimensions
from coaching.domain.audiences import Filter
from coaching.domain.errors import Refused
from coaching.domain.faults import DocumentFaults, Where

FIRST = 5


@dataclass(frozen=True)
class Member:
    """One client of an audience."""

    client_id: UUID
    name: str
    stage: str | None


@dataclass(frozen=True)
class Audience:
    """For how many clients a filter holds, and the first of them in the order in which they were added."""

    total: int
    first: Sequence[Member]


def read_audience(document: object, dimensions: Collection[str], where: Where = ()) -> Filter:
    """Return the filter of a document that names only these dimensions. Raises DocumentFaults."""
    read = parse_filter(document, where)
    faults = unknown_dimensions(document, dimensions, where)
    if faults:
        raise DocumentFaults(faults)
    return read


def count_audience(session: Session, audience: Filter, *, now: datetime) -> Audience:
    """Return how many clients it has now, whether or not they may be written to, and the first few.

    Raises Refused for `audience` if the database needs longer than a statement may take.
    """
    client = tables.Client
    members = select(client.id, client.name, client.stage).where(clients_matching(audience, now))
    found = members.cte("members")
    total = select(func.count()).select_from(found).scalar_subquery()
    rows = _rows(session, select(found, total.label("total")).order_by(found.c.id).limit(FIRST))
    return Audience(
        total=rows[0].total if rows else 0, first=[Member(row.id, row.name, row.stage) for row in rows]
    )


def _rows(session: Session, query: Select[Any]) -> Sequence[Row[Any]]:
    try:
        return session.execute(query).all()
    except OperationalError as fault:
        if isinstance(fault.orig, QueryCanceled):
            said = "Counting this takes too long; please ask for less at once."
            raise Refused({"audience": [said]}) from fault
        raise
