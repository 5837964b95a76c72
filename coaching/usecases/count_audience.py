"""Says how many clients an audience has, and who the first of them are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.audience_sql import clients_matching
from coaching.domain.audience_documents import parse_filter, unknown_dimensions
from coaching.domain.audiences import Filter
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
    """Return how many clients it has now, whether or not they may be written to, and the first few."""
    client = tables.Client
    members = select(client.id, client.name, client.stage).where(clients_matching(audience, now))
    found = members.cte("members")
    total = select(func.count()).select_from(found).scalar_subquery()
    rows = session.execute(select(found, total.label("total")).order_by(found.c.id).limit(FIRST)).all()
    return Audience(
        total=rows[0].total if rows else 0, first=[Member(row.id, row.name, row.stage) for row in rows]
    )
