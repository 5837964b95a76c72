"""A filter as SQL over `client`: for whom, of all, it holds. Says what `matches` says, client by client."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)

from coaching.adapters.audience_columns import COLUMNS, today
from coaching.domain.audience_fields import NEGATIONS, Kind, field_named
from coaching.domain.audiences import AllOf, AnyOf, Condition, Filter, NotOf

_Compare = Callable[[ColumnElement[Any], Any], ColumnElement[Any]]


def clients_matching(one: Filter, now: datetime) -> ColumnElement[bool]:
    """Return the condition, over `tables.Client`, that the filter holds; it is true or false, never NULL."""
    match one:
        case AllOf(parts):
            return and_(true(), *(clients_matching(part, now) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(clients_matching(part, now) for part in parts))
        case NotOf(part):
            return not_(clients_matching(part, now))
        case Condition():
            return _holds(one, now)


def _holds(one: Condition, now: datetime) -> ColumnElement[bool]:
    if one.comparison in NEGATIONS:
        return not_(_holds(Condition(one.field, NEGATIONS[one.comparison], one.value), now))
    field, part = field_named(one.field)
    found = COLUMNS[field.name](part, now)
    if one.value is None:
        return found.is_(None)
    if one.comparison in _DISTANCES:
        said = _DISTANCES[one.comparison](_distance(field.kind, found, now), _days(field.kind, one.value))
    else:
        said = _COMPARE[one.comparison](found, one.value)
    return func.coalesce(said, false())


def _distance(kind: Kind, found: ColumnElement[Any], now: datetime) -> ColumnElement[Any]:
    """Return how far away a moment is, as an interval, or a date, in days."""
    if kind is Kind.MOMENT:
        return literal(now, DateTime(timezone=True)) - found
    return found - today(now) if kind is Kind.DUE else today(now) - found


def _days(kind: Kind, days: int) -> Any:
    return timedelta(days=days) if kind is Kind.MOMENT else days


def _text(words: tuple[str, ...]) -> ColumnElement[Any]:
    return cast(list(words), ARRAY(Text))


_DISTANCES: Mapping[str, _Compare] = {
    "within_days": lambda away, most: away <= most,
    "before_days": lambda away, most: away > most,
    "after_days": lambda away, most: away > most,
}
_COMPARE: Mapping[str, _Compare] = {
    "is": lambda found, value: found == _number(value),
    "in": lambda found, value: found == func.any(_text(value)),
    "above": lambda found, value: found > _number(value),
    "below": lambda found, value: found < _number(value),
    "at_least": lambda found, value: found >= _number(value),
    "at_most": lambda found, value: found <= _number(value),
    "has": lambda found, value: literal(value, Text) == func.any(found),
    "has_any": lambda found, value: found.bool_op("&&")(_text(value)),
    "empty": lambda found, value: func.cardinality(found) == 0 if value else func.cardinality(found) > 0,
}


def _number(value: Any) -> Any:
    """Numbers are compared as Python does, as 64-bit floats; others as they are."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return literal(float(value), Double)
    return value
