"""Reads a filter from its document, a request or a part of a file, and writes it down as one again."""

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coaching.domain.audience_fields import Field, Kind, Takes, field_named
from coaching.domain.audiences import AllOf, AnyOf, Condition, Filter, NotOf
from coaching.domain.faults import DocumentFaults, Fault, Where, shown

DEEPEST = 10
MOST_PARTS = 200
MOST_WORDS = 100
_LONGEST_WORD = 200
_LARGEST = 1e9
_MOST_DAYS = 36_500
_MOST_FAULTS = 50
_GROUPS = ("all", "any", "not")
_NOTHING: Filter = AllOf(())
_TEXT = f"text of 1 to {_LONGEST_WORD} characters"


def parse_filter(document: object, where: Where = ()) -> Filter:
    """Return the filter that a document tells of. Raises DocumentFaults with every fault at once.

    `where`: the way to the document, if it stands in a larger one; places of faults begin with it.
    """
    reader = _Reader()
    read = reader.part(document, where, 1)
    if reader.faults:
        raise DocumentFaults(reader.faults)
    return read


def filter_to_document(one: Filter) -> dict[str, Any]:
    """Return the document that a filter is read from, as plain JSON values."""
    match one:
        case AllOf(parts):
            return {"all": [filter_to_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [filter_to_document(part) for part in parts]}
        case NotOf(part):
            return {"not": filter_to_document(part)}
        case Condition(name, comparison, value):
            return {"field": name, comparison: list(value) if isinstance(value, tuple) else value}


def unknown_dimensions(document: object, known: Collection[str], where: Where = ()) -> list[Fault]:
    """Return a fault for each dimension in a filter's document that isn't one of these.

    A filter on such a one would be read, and hold for nobody.
    """
    if isinstance(document, list | tuple):
        found = [unknown_dimensions(one, known, (*where, n)) for n, one in enumerate(document)]
        return [fault for faults in found for fault in faults]
    if not isinstance(document, Mapping):
        return []
    if "field" in document:
        return _unknown_in_condition(document, known, where)
    found = [unknown_dimensions(one, known, (*where, key)) for key, one in document.items()]
    return [fault for faults in found for fault in faults]


def _unknown_in_condition(document: Mapping[str, Any], known: Collection[str], where: Where) -> list[Fault]:
    asked, part = field_named(str(document["field"]))
    if not asked.of_dimensions:
        return []
    named = [(part, (*where, "field"))] if part else list(_words_in(document, where))
    said = f"there are {', '.join(known)}"
    return [(at, f"there is no dimension {one}; {said}") for one, at in named if one not in known]


def _words_in(document: Mapping[str, Any], where: Where) -> Iterator[tuple[str, Where]]:
    """Yield each word that a condition compares with, and its place."""
    for key, value in document.items():
        if isinstance(value, list | tuple):
            yield from ((one, (*where, key, n)) for n, one in enumerate(value))
        elif key != "field" and isinstance(value, str):
            yield value, (*where, key)


@dataclass
class _Reader:
    """Reads part after part and goes on after a fault, so that all are told at once."""

    faults: list[Fault] = field(default_factory=list)
    parts: int = 0

    def part(self, value: object, where: Where, depth: int) -> Filter:
        """Read a group or a condition."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            if self.parts == MOST_PARTS + 1:
                self.fault(
                    where, f"a filter has at most {MOST_PARTS} conditions and groups; this is one more"
                )
            return _NOTHING
        if not isinstance(value, Mapping):
            self.fault(where, f"a filter is all, any, not, or a field with a comparison, not {shown(value)}")
            return _NOTHING
        return self._condition(value, where) if "field" in value else self._group(value, where, depth)

    def _group(self, doc: Mapping[Any, Any], where: Where, depth: int) -> Filter:
        if len(doc) != 1 or next(iter(doc)) not in _GROUPS:
            self.fault(where, f"a filter has one of all, any, not and field, not {_keys(doc)}")
            return _NOTHING
        ((key, inner),) = doc.items()
        if depth > DEEPEST:
            self.fault((*where, key), f"groups stand in each other at most {DEEPEST} deep")
            return _NOTHING
        if key == "not":
            return NotOf(self.part(inner, (*where, key), depth + 1))
        if not isinstance(inner, list | tuple):
            self.fault((*where, key), f"{key} is a list of filters, not {shown(inner)}")
            return _NOTHING
        several = [self.part(one, (*where, key, n), depth + 1) for n, one in enumerate(inner)]
        return AllOf(tuple(several)) if key == "all" else AnyOf(tuple(several))

    def _condition(self, doc: Mapping[Any, Any], where: Where) -> Filter:
        name = doc["field"]
        if not isinstance(name, str):
            self.fault((*where, "field"), f"field is a name, not {shown(name)}")
            return _NOTHING
        try:
            asked, _ = field_named(name)
        except ValueError as error:
            self.fault((*where, "field"), str(error))
            return _NOTHING
        known = asked.comparisons
        given = [key for key in doc if key != "field"]
        if len(given) != 1 or given[0] not in known:
            self.fault(where, f"{name} takes one of {', '.join(known)}; here stands {_keys(given)}")
            return _NOTHING
        comparison = str(given[0])
        value = self._value(asked, known[comparison], doc[comparison], (*where, comparison))
        return Condition(str(name), comparison, value)

    def _value(self, asked: Field, takes: Takes, given: object, where: Where) -> Any:
        try:
            if takes is Takes.WORDS:
                return self._words(asked, given, where)
            return _READ[takes](asked, given)
        except ValueError as error:
            self.fault(where, str(error))
            return None

    def _words(self, asked: Field, given: object, where: Where) -> tuple[str, ...]:
        if not isinstance(given, list | tuple) or not 0 < len(given) <= MOST_WORDS:
            raise ValueError(f"this is a list of 1 to {MOST_WORDS} words, not {shown(given)}")
        read = []
        for n, one in enumerate(given):
            try:
                read.append(_word(asked, one))
            except ValueError as error:
                self.fault((*where, n), str(error))
        return tuple(read)

    def fault(self, where: Where, reason: str) -> None:
        """Note a fault; who reads fifty of them has enough to do."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append((where, reason))


def _keys(given: Collection[Any]) -> str:
    named = ", ".join(shown(str(key)).strip("'") for key in list(given)[:5])
    return (named + (", ..." if len(given) > 5 else "")) or "nothing"


def _value(asked: Field, given: object) -> Any:
    if given is None and asked.missing:
        return None
    if given is None:
        raise ValueError(f"{asked.name} is never missing, so this can't be null")
    return _number(asked, given) if asked.kind is Kind.NUMBER else _word(asked, given)


def _word(asked: Field, given: object) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_WORD:
        wanted = f"one of {', '.join(asked.words)}" if asked.words else _TEXT
        raise ValueError(f"this is {wanted}, not {shown(given)}")
    word = asked.read(str(given))
    if asked.words and word not in asked.words:
        raise ValueError(f"{asked.name} has one of {', '.join(asked.words)}, not {shown(given)}")
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in word):
        raise ValueError("this contains characters that are never stored")
    return word


def _number(_: Field, given: object) -> float:
    wanted = "a number"
    if isinstance(given, int | float) and not isinstance(given, bool):
        if abs(given) <= _LARGEST:
            return int(given) if isinstance(given, int) else float(given)
        wanted = f"a number from {-_LARGEST:,.0f} to {_LARGEST:,.0f}"
    raise ValueError(f"this is {wanted}, not {shown(given)}")


def _truth(_: Field, given: object) -> bool:
    if isinstance(given, bool):
        return given
    raise ValueError(f"this is true or false, not {shown(given)}")


def _days(_: Field, given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= _MOST_DAYS:
        return int(given)
    raise ValueError(f"this is a whole number of days from 0 to {_MOST_DAYS:,}, not {shown(given)}")


def _nothing(asked: Field, given: object) -> None:
    if given is not None:
        raise ValueError(f"only null stands here (never yet); else {asked.name} has within_days and the like")


_READ: Mapping[Takes, Callable[[Field, object], Any]] = {
    Takes.VALUE: _value,
    Takes.WORD: _word,
    Takes.NUMBER: _number,
    Takes.TRUTH: _truth,
    Takes.DAYS: _days,
    Takes.NOTHING: _nothing,
}
