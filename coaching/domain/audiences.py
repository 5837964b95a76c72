"""A filter over clients: one definition for sequences, campaigns and the console."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AllOf:
    """Every one of these holds; of none, that is everybody."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True)
class AnyOf:
    """At least one of these holds; of none, that is nobody."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True)
class NotOf:
    """This does not hold."""

    part: "Filter"


@dataclass(frozen=True)
class Condition:
    """One field compared with a value, which has the type that the comparison takes.

    A word, a number, true or false, None for a missing value, whole days, or a tuple of words.
    """

    field: str
    comparison: str
    value: Any


Filter = AllOf | AnyOf | NotOf | Condition


def conditions(one: Filter) -> Iterator[Condition]:
    """Yield every condition of a filter, in the order in which they were written."""
    if isinstance(one, Condition):
        yield one
    elif isinstance(one, NotOf):
        yield from conditions(one.part)
    else:
        for part in one.parts:
            yield from conditions(part)
