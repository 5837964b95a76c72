"""How often one keeps in touch: from when it counts, when reminders come, and whom to write to."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from coaching.domain.engine.state import RelationshipFacts

GAP = timedelta(days=7)
# What counts as the rhythm of somebody who has none.
_USUAL_DAYS = 30


def anchor(relationship: RelationshipFacts) -> date:
    """Return the date that the rhythm counts from: the last contact, else the start, moved by pauses."""
    since = relationship.last_contact_on or relationship.starts_on
    return since + timedelta(days=relationship.shifted_days)


def due_on(relationship: RelationshipFacts, *, slow: bool = False) -> date:
    """Return the day on which it is time to be in touch again; slow: after twice the rhythm."""
    days = relationship.cadence_days or _USUAL_DAYS
    return anchor(relationship) + timedelta(days=days * (2 if slow else 1))


def reminders(relationship: RelationshipFacts, *, slow: bool) -> tuple[date, date, date]:
    """Return when the three reminders come; slow: twice as late, and twice as far apart."""
    first, gap = due_on(relationship, slow=slow), GAP * (2 if slow else 1)
    first = max(first, relationship.not_before or first)
    return first, first + gap, first + gap * 2


def after_contact(relationship: RelationshipFacts, on: date) -> RelationshipFacts:
    """Return how it stands after contact on a date.

    Contact before the last one, told late, says nothing new of when to be in touch next.
    """
    if relationship.last_contact_on is not None and on < relationship.last_contact_on:
        return relationship
    return replace(
        relationship,
        last_contact_on=on,
        shifted_days=0,
        not_before=None,
        state="active" if relationship.state == "quiet" else relationship.state,
    )


def after_snooze(relationship: RelationshipFacts, not_before: date) -> RelationshipFacts:
    """Return how it stands once reminders rest until a day: if one was due before, all three begin anew then.

    So the next comes on that very day, also after the third, and where the relationship went quiet.
    """
    later = max((not_before - due_on(relationship)).days, 0)
    return replace(
        relationship,
        not_before=not_before,
        shifted_days=relationship.shifted_days + later,
        state="active" if relationship.state == "quiet" else relationship.state,
    )


def propose_touches(
    relationships: Iterable[RelationshipFacts], *, count: int, today: date
) -> tuple[UUID, ...]:
    """Return whom to write to this week: who has waited longest for their rhythm first.

    Nobody is named who had contact in the last seven days, or about whom reminders rest.
    """
    waiting = [one for one in relationships if _may_be_proposed(one, today)]

    def longest(one: RelationshipFacts) -> tuple[float, UUID]:
        return -((today - anchor(one)).days / (one.cadence_days or _USUAL_DAYS)), one.id

    return tuple(one.id for one in sorted(waiting, key=longest)[: max(count, 0)])


def _may_be_proposed(one: RelationshipFacts, today: date) -> bool:
    if one.state != "active" or one.kind == "event":
        return False
    if one.not_before is not None and one.not_before > today:
        return False
    if one.last_contact_on is None:
        return one.starts_on <= today
    return one.last_contact_on + GAP <= today
