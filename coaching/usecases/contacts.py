"""Notes real contact, wishes to be reminded later and sign-ups for events, and takes each back exactly."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.cadence import after_contact, after_snooze
from coaching.domain.engine.state import RelationshipFacts
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_edits import FARTHEST
from coaching.domain.relationships import (
    EVENT,
    Contact,
    Standing,
    clean_note,
    contact_faults,
    note_after,
    standing_from_json,
    standing_to_json,
)
from coaching.domain.undo import Undo
from coaching.usecases.acts import note_act
from coaching.usecases.plan_rows import today_of
from coaching.usecases.relationship_rows import (
    NOWHERE,
    Held,
    facts_of,
    hold_relationship,
    put_standing,
    refuse_ended,
    standing_of,
    tell,
)

_LINE, _COUNT = "interaction", "interactions"


def note_contact(
    session: Session, relationship_id: UUID, contact: Contact, *, actor: str, now: datetime
) -> Undo:
    """Note real contact: the rhythm counts from the last one, and who went quiet is back.

    `after` holds the id of the interaction. Raises NotFound; Refused by field; Conflict where it has ended.
    """
    held = hold_relationship(session, relationship_id)
    refuse_ended(held.row)
    contact = replace(contact, note=clean_note(contact.note))
    today = today_of(held.client, now)
    _refuse(dict(contact_faults(contact, held.row.kind, held.row.starts_on, today=today)))
    before = standing_of(held.row)
    noted_on = _noted_on(session, held.row)
    seen = facts_of(held.row)
    moved = after_contact(seen, contact.on)
    last_note = note_after(before, contact, noted_on=noted_on)
    quiet_on = before.quiet_on if moved is seen else None
    after = replace(_moved(before, moved), last_note=last_note, quiet_on=quiet_on)
    line = _add_line(session, held.row, contact, actor=actor, now=now)
    put_standing(session, held.row, after)
    note_act(session, held.client.id, now=now)
    said = {_LINE: str(line.id), "on": contact.on.isoformat(), "contact_kind": contact.kind}
    tell(session, held, EventKind.CONTACT_MADE, actor=actor, now=now, **said)
    counted = {_LINE: str(line.id), _COUNT: _count_lines(session, relationship_id)}
    return Undo(standing_to_json(before), standing_to_json(after) | counted)


def snooze(session: Session, relationship_id: UUID, not_before: date, *, actor: str, now: datetime) -> Undo:
    """Let reminders rest until a local date; the next comes then, also after the third, or when it was quiet.

    Raises NotFound; Refused; Conflict for an event, or where it has ended.
    """
    held = hold_relationship(session, relationship_id)
    refuse_ended(held.row)
    if held.row.kind == EVENT:
        raise Conflict("An event has its day: its reminders can't be put off.")
    today = today_of(held.client, now)
    if not today < not_before <= today + FARTHEST:
        raise Refused({"not_before": ["Choose a day from tomorrow on, within five years."]})
    moved = after_snooze(facts_of(held.row), not_before)
    after = replace(_moved(standing_of(held.row), moved), quiet_on=None)
    return _change(session, held, after, actor=actor, now=now)


def register_for_event(session: Session, relationship_id: UUID, *, actor: str, now: datetime) -> Undo:
    """Note that the client goes to an event; what is known already changes nothing.

    Raises NotFound; Conflict where it is no event, is over, or has ended.
    """
    held = hold_relationship(session, relationship_id)
    refuse_ended(held.row)
    today, before = today_of(held.client, now), standing_of(held.row)
    if held.row.kind != EVENT:
        raise Conflict("One can only sign up for an event.")
    if held.row.starts_on < today:
        raise Conflict("This event is over.")
    after = replace(before, registered_on=before.registered_on or today)
    return _change(session, held, after, actor=actor, now=now)


def restore_relationship(
    session: Session, relationship_id: UUID, undo: Undo, *, actor: str, now: datetime
) -> bool:
    """Put it back as it stood before; False, and nothing changed, if it was changed since.

    A contact that was told since counts as a change, also where an older day made it move nothing.
    """
    held = hold_relationship(session, relationship_id)
    before, after = standing_from_json(undo.before), standing_from_json(undo.after)
    line = _line_of(session, relationship_id, undo)
    if standing_of(held.row) != after or (line is None and _LINE in undo.after):
        return False
    if line is None and before == after:
        return True
    put_standing(session, held.row, before)
    if line is None:
        changed = _differing(after, before)
        tell(session, held, EventKind.RELATIONSHIP_CHANGED, actor=actor, now=now, changed=changed)
    else:
        session.delete(line)
        session.flush()
        told = {_LINE: undo.after[_LINE]}
        tell(session, held, EventKind.CONTACT_TAKEN_BACK, actor=actor, now=now, **told)
    return True


def read_contact(session: Session, interaction_id: UUID) -> tables.Interaction:
    """Return one contact. Raises NotFound."""
    line = session.get(tables.Interaction, interaction_id)
    if line is None:
        raise NotFound("There is no contact of this id.")
    return line


def list_contacts(
    session: Session, relationship_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> tuple[Sequence[tables.Interaction], UUID | None]:
    """Return a page of contacts in the order in which they were told, and the cursor of the next page.

    Raises NotFound.
    """
    if session.get(tables.Relationship, relationship_id) is None:
        raise NotFound(NOWHERE)
    query = select(tables.Interaction).where(tables.Interaction.relationship_id == relationship_id)
    if after is not None:
        query = query.where(tables.Interaction.id > after)
    found = session.scalars(query.order_by(tables.Interaction.id).limit(limit + 1)).all()
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def _change(session: Session, held: Held, after: Standing, *, actor: str, now: datetime) -> Undo:
    before = standing_of(held.row)
    if before != after:
        put_standing(session, held.row, after)
        changed = _differing(before, after)
        tell(session, held, EventKind.RELATIONSHIP_CHANGED, actor=actor, now=now, changed=changed)
    return Undo(standing_to_json(before), standing_to_json(after))


def _moved(standing: Standing, seen: RelationshipFacts) -> Standing:
    return replace(
        standing,
        state=seen.state,
        last_contact_on=seen.last_contact_on,
        shifted_days=seen.shifted_days,
        not_before=seen.not_before,
    )


def _differing(one: Standing, other: Standing) -> list[str]:
    before, after = standing_to_json(one), standing_to_json(other)
    return sorted(name for name in before if before[name] != after[name])


def _add_line(
    session: Session, row: tables.Relationship, contact: Contact, *, actor: str, now: datetime
) -> tables.Interaction:
    line = tables.Interaction(
        relationship_id=row.id,
        contact_on=contact.on,
        kind=contact.kind,
        note=contact.note,
        actor=actor,
        created_at=now,
    )
    session.add(line)
    session.flush()
    return line


def _noted_on(session: Session, row: tables.Relationship) -> date | None:
    """Return the day of the contact that the last note is from; one that no contact tells is the last's."""
    newest = select(func.max(tables.Interaction.contact_on)).where(
        tables.Interaction.relationship_id == row.id, tables.Interaction.note.is_not(None)
    )
    return session.scalar(newest) or (row.last_contact_on if row.last_note else None)


def _line_of(session: Session, relationship_id: UUID, undo: Undo) -> tables.Interaction | None:
    """Return the contact that this undo takes back, if it is there and none was told after it."""
    if _LINE not in undo.after or undo.after[_COUNT] != _count_lines(session, relationship_id):
        return None
    return session.get(tables.Interaction, UUID(undo.after[_LINE]), populate_existing=True)


def _count_lines(session: Session, relationship_id: UUID) -> int:
    lines = select(func.count()).where(tables.Interaction.relationship_id == relationship_id)
    return session.scalar(lines) or 0


def _refuse(faults: dict[str, str]) -> None:
    if faults:
        raise Refused({field: [said] for field, said in faults.items()})
