"""How often one keeps in touch: from when it counts, when reminders come, and whom to write to."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from coaching.domain.engine.state import RelationshipFacts

GAP = timedelta(days=7)


def anchor(relationship: RelationshipFacts) -> date:
    """Return the date that the rhythm counts from: the last contact, else the start, moved by pauses."""
    since = relationship.last_contact_on or relationship.starts_on
    return since + timedelta(days=relationship.shifted_days)


def reminders(relationship: RelationshipFacts, *, slow: bool) -> tuple[date, date, date]:
    """Return when the three reminders come; slow: twice as late, and twice as far apart."""
    pace = 2 if slow else 1
    first = anchor(relationship) + timedelta(days=(relationship.cadence_days or 1) * pace)
    first = max(first, relationship.not_before or first)
    return first, first + GAP * pace, first + GAP * 2 * pace


def propose_touches(
    relationships: Iterable[RelationshipFacts], *, count: int, today: date
) -> tuple[UUID, ...]:
    """Return whom to write to this week: who has waited longest for their rhythm first."""
    waiting = [
        one
        for one in relationships
        if one.state == "active" and one.kind != "event" and anchor(one) + GAP <= today
    ]

    def longest(one: RelationshipFacts) -> tuple[float, str]:
        return -((today - anchor(one)).days / (one.cadence_days or 30)), str(one.id)

    return tuple(one.id for one in sorted(waiting, key=longest)[:count])
