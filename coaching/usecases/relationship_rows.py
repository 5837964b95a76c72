"""Holds a relationship while it is changed, and tells how it stands."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import RelationshipFacts
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.events import EventKind
from coaching.domain.relationships import Standing
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import lock_client

NOWHERE = "There is no relationship of this id."
MENTOR = "mentor"
_STANDING = tuple(field.name for field in fields(Standing))
_FACTS = tuple(field.name for field in fields(RelationshipFacts))


@dataclass(frozen=True)
class Held:
    """A relationship that nobody else can change before the commit: its client is locked."""

    row: tables.Relationship
    client: tables.Client


def hold_relationship(session: Session, relationship_id: UUID) -> Held:
    """Lock the client, then the relationship, and return both as they are now. Raises NotFound."""
    client_id = session.scalar(
        select(tables.Relationship.client_id).where(tables.Relationship.id == relationship_id)
    )
    if client_id is None:
        raise NotFound(NOWHERE)
    client = lock_client(session, client_id)
    row = session.get(tables.Relationship, relationship_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotFound(NOWHERE)
    return Held(row, client)


def has_mentor(session: Session, client_id: UUID) -> bool:
    """Tell whether somebody is the client's mentor, also one who has gone quiet."""
    mentor = select(tables.Relationship.id).where(
        tables.Relationship.client_id == client_id,
        tables.Relationship.kind == MENTOR,
        tables.Relationship.state != "ended",
    )
    return session.scalar(mentor.limit(1)) is not None


def refuse_ended(row: tables.Relationship) -> None:
    """Refuse to change what has ended. Raises Conflict."""
    if row.state == "ended":
        raise Conflict("This relationship has ended and stays as it was; add it anew if it goes on.")


def standing_of(row: tables.Relationship) -> Standing:
    """Return how it stands."""
    return Standing(**{name: getattr(row, name) for name in _STANDING})


def facts_of(row: tables.Relationship) -> RelationshipFacts:
    """Return it as the rules see it."""
    return RelationshipFacts(**{name: getattr(row, name) for name in _FACTS})


def put_standing(session: Session, row: tables.Relationship, standing: Standing) -> None:
    """Let it stand so."""
    for name in _STANDING:
        setattr(row, name, getattr(standing, name))
    session.flush()


def tell(session: Session, held: Held, kind: EventKind, *, actor: str, now: datetime, **said: Any) -> None:
    """Write the fact and who made it true; `said`: ids and plain values, nothing personal."""
    row = held.row
    record(session, kind, row.id, client_id=row.client_id, now=now, **said)
    session.add(tables.Audit(actor=actor, action=kind.value, subject_id=row.id, data=said, at=now))
    session.flush()
