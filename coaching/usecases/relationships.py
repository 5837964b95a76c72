"""The people, groups and events in a client's network by one name: add, change, end, be in touch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.errors import NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.relationships import Contact, relationship_faults, standing_to_json
from coaching.domain.undo import Undo
from coaching.usecases.contacts import (
    list_contacts,
    note_contact,
    read_contact,
    register_for_event,
    restore_relationship,
    snooze,
)
from coaching.usecases.find_mentor import seek_again, settle_finding
from coaching.usecases.plan_rows import lock_client, today_of
from coaching.usecases.quiet import go_quiet
from coaching.usecases.relationship_rows import (
    MENTOR,
    NOWHERE,
    Held,
    hold_relationship,
    refuse_ended,
    standing_of,
    tell,
)

__all__ = [
    "Contact",
    "add_relationship",
    "change_relationship",
    "end_relationship",
    "go_quiet",
    "list_contacts",
    "list_relationships",
    "note_contact",
    "read_contact",
    "read_relationship",
    "register_for_event",
    "restore_relationship",
    "snooze",
]
_EDITABLE = ("kind", "name", "cadence_days", "starts_on")


def add_relationship(
    session: Session,
    content: Content,
    client_id: UUID,
    given: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> UUID:
    """Add a relationship and return its id; with a mentor, finding one is reached.

    given: kind, name; cadence_days (not for an event); starts_on (today if left out, but for an event).
    Raises NotFound, Refused by field.
    """
    client = lock_client(session, client_id)
    today = today_of(client, now)
    _refuse_faults(relationship_faults(given, None, today=today))
    values = {"cadence_days": None, "starts_on": today, **given}
    row = tables.Relationship(
        client_id=client_id, created_at=now, **{name: values[name] for name in _EDITABLE}
    )
    session.add(row)
    session.flush()
    held = Held(row, client)
    tell(session, held, EventKind.RELATIONSHIP_ADDED, actor=actor, now=now, relationship_kind=row.kind)
    if row.kind == MENTOR:
        settle_finding(session, content, client_id, actor=actor, now=now)
    return row.id


def change_relationship(
    session: Session,
    content: Content,
    relationship_id: UUID,
    given: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Change kind, name, cadence_days or starts_on, where given; who becomes a mentor has been found.

    Where the last mentor becomes something else, one is looked for again.

    Raises NotFound; Refused by field; Conflict where it has ended.
    """
    held = hold_relationship(session, relationship_id)
    row = held.row
    refuse_ended(row)
    stands = {name: getattr(row, name) for name in _EDITABLE}
    _refuse_faults(relationship_faults(given, stands, today=today_of(held.client, now)))
    changed = sorted(name for name in _EDITABLE if name in given and given[name] != stands[name])
    if not changed:
        return
    for name in changed:
        setattr(row, name, given[name])
    session.flush()
    tell(session, held, EventKind.RELATIONSHIP_CHANGED, actor=actor, now=now, changed=changed)
    if "kind" in changed and row.kind == MENTOR:
        settle_finding(session, content, row.client_id, actor=actor, now=now)
    elif "kind" in changed and stands["kind"] == MENTOR:
        seek_again(session, content, row.client_id, now=now)


def end_relationship(session: Session, relationship_id: UUID, *, actor: str, now: datetime) -> Undo:
    """End it: nothing comes about it any more, and its history stays. Raises NotFound."""
    held = hold_relationship(session, relationship_id)
    before = standing_to_json(standing_of(held.row))
    if held.row.state != "ended":
        held.row.state = "ended"
        session.flush()
        tell(session, held, EventKind.RELATIONSHIP_ENDED, actor=actor, now=now)
    return Undo(before, standing_to_json(standing_of(held.row)))


def read_relationship(session: Session, relationship_id: UUID) -> tables.Relationship:
    """Return one relationship. Raises NotFound."""
    row = session.get(tables.Relationship, relationship_id, populate_existing=True)
    if row is None:
        raise NotFound(NOWHERE)
    return row


def list_relationships(
    session: Session,
    client_id: UUID,
    *,
    state: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[Sequence[tables.Relationship], UUID | None]:
    """Return a page of a client's relationships, those that ended too, and the cursor of the next page.

    Raises NotFound.
    """
    if session.get(tables.Client, client_id) is None:
        raise NotFound("There is no client of this id.")
    query = select(tables.Relationship).where(tables.Relationship.client_id == client_id)
    if state is not None:
        query = query.where(tables.Relationship.state == state)
    if after is not None:
        query = query.where(tables.Relationship.id > after)
    found = session.scalars(
        query.order_by(tables.Relationship.id).limit(limit + 1).execution_options(populate_existing=True)
    ).all()
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def _refuse_faults(faults: Any) -> None:
    found = {field: [said] for field, said in faults}
    if found:
        raise Refused(found)
