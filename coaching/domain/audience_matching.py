"""Asks of one client what a filter says; `coaching/adapters/audience_sql.py` asks it of all at once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from coaching.domain import local_time
from coaching.domain.audience_fields import NEGATIONS, Field, Kind, field_named
from coaching.domain.audiences import AllOf, AnyOf, Condition, Filter, NotOf
from coaching.domain.engine.state import ClientState


def matches(one: Filter, state: ClientState, now: datetime) -> bool:
    """Tell whether the filter holds for this client now.

    What asks for a missing value doesn't hold; each `not` is the exact opposite of what it stands before.
    """
    match one:
        case AllOf(parts):
            return all(matches(part, state, now) for part in parts)
        case AnyOf(parts):
            return any(matches(part, state, now) for part in parts)
        case NotOf(part):
            return not matches(part, state, now)
        case Condition():
            return _holds(one, state, now)


def _holds(one: Condition, state: ClientState, now: datetime) -> bool:
    if one.comparison in NEGATIONS:
        return not _holds(Condition(one.field, NEGATIONS[one.comparison], one.value), state, now)
    field, part = field_named(one.field)
    return _COMPARE[one.comparison](_found(field, part, state, now), one.value)


def _found(field: Field, part: str, state: ClientState, now: datetime) -> Any:
    """Return a client's value; of moments and dates, how far away they are."""
    found = field.find(state, part, now)
    if found is None:
        return None
    if field.kind is Kind.MOMENT:
        return now - found
    if field.kind is Kind.DAY:
        return local_time.local(now, state.time_zone).date() - found
    if field.kind is Kind.DUE:
        return found - local_time.local(now, state.time_zone).date()
    return found


def _further(found: timedelta | None, days: int) -> bool:
    return found is not None and found > timedelta(days=days)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda found, value: bool(found == value),
    "in": lambda found, value: found in value,
    "above": lambda found, value: found is not None and found > value,
    "below": lambda found, value: found is not None and found < value,
    "at_least": lambda found, value: found is not None and found >= value,
    "at_most": lambda found, value: found is not None and found <= value,
    "has": lambda found, value: value in found,
    "has_any": lambda found, value: not found.isdisjoint(value),
    "empty": lambda found, value: (not found) == value,
    "within_days": lambda found, value: found is not None and found <= timedelta(days=value),
    "before_days": _further,
    "after_days": _further,
}
