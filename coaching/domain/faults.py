"""Faults of a document that people write: where each stands, and what is wrong there."""

from collections.abc import Iterable, Mapping
from typing import Any

Where = tuple[str | int, ...]
Fault = tuple[Where, str]


class DocumentFaults(ValueError):
    """A document can't be used; `faults` tells, for each fault, the keys and indexes that lead to it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{place(where)}: {reason}" for where, reason in self.faults))


def place(where: Where) -> str:
    """Return the way to a place as people write it: steps[2].when."""
    said = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return said.lstrip(".") or "the document"


def by_place(faults: Iterable[Fault], before: Where = ()) -> dict[str, list[str]]:
    """Return the reasons by place; `before`: the way to the document, if it stands in a larger one."""
    found: dict[str, list[str]] = {}
    for where, reason in faults:
        found.setdefault(place((*before, *where)), []).append(reason)
    return found


def shown(value: object) -> str:
    """Return a value as an error shows it: short, on one line."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = "nothing" if value is None else repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def plain(value: Any) -> Any:
    """Return a document as plain JSON values, without what a file reader may have put around them."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
