"""Filters over all fields, with values worth trying, for the test that SQL and Python agree."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from coaching.domain.audience_fields import FIELDS, Field, Kind, Takes
from tests.support.audiences import COACHES, DIMENSIONS, KINDS, SCORES, TAGS, ZONES

NUMBERS = (*SCORES, 1, 2, -1)
DAYS = (0, 1, 2, 7, 30)
# Words for fields whose values nobody can list; the last of each is nobody's.
_WORDS = {
    "focus": (*DIMENSIONS, "purpose"),
    "next_focus": (*DIMENSIONS, "purpose"),
    "reached": (*DIMENSIONS, "purpose"),
    "zone": (*ZONES, "Europe/Rome"),
    "coach": (*COACHES, "Maren@Firm.Example.TEST", "nobody@firm.example.test"),
    "tags": (*TAGS, "it's \\ {odd}"),
    "sequences": (*DIMENSIONS, "welcome"),
    "sequences_had": (*DIMENSIONS, "welcome"),
}
_PARTS = {"dimension": (*DIMENSIONS, "purpose"), "kind": (*KINDS, "own")}


def conditions_on(field: Field) -> Iterator[dict[str, Any]]:
    """Yield a condition for each comparison of a field with each value worth trying."""
    for name in _names(field):
        for comparison, takes in field.comparisons.items():
            for value in _values(field, takes):
                yield {"field": name, comparison: value}


def _names(field: Field) -> Iterator[str]:
    if not field.takes_part:
        yield field.name
        return
    for part in field.parts or _PARTS[field.name.partition("<")[2].strip(">")]:
        yield field.stem + part


def _values(field: Field, takes: Takes) -> Iterator[Any]:
    words = field.words or _WORDS.get(field.name, ())
    if takes in (Takes.VALUE, Takes.NOTHING) and field.missing:
        yield None
    if takes is Takes.TRUTH:
        yield from (True, False)
    elif takes is Takes.DAYS:
        yield from DAYS
    elif takes is Takes.NUMBER or (takes is Takes.VALUE and field.kind is Kind.NUMBER):
        yield from NUMBERS
    elif takes in (Takes.VALUE, Takes.WORD):
        yield from words
    elif takes is Takes.WORDS:
        yield from ([words[0]], [words[-1]], [*words[:2], words[0]])


ALL_CONDITIONS = [one for field in FIELDS for one in conditions_on(field)]
# By field and comparison: scores have so many values that of others hardly one would be drawn.
BY_COMPARISON = [
    [one for one in conditions_on(field) if comparison in one]
    for field in FIELDS
    for comparison in field.comparisons
]
filters = st.recursive(
    st.sampled_from(BY_COMPARISON).flatmap(st.sampled_from),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)
