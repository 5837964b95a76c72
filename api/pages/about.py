"""The last page of the form: what is wrong with what was typed, said at the field that can mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaching.domain.errors import FieldErrors
from coaching.domain.words import ClosingWords

TRAP = "website"  # a field that people don't see; what fills it in is a program
_OWN_PREFIX = "client."  # the use case names fields by their place in the JSON body


@dataclass(frozen=True)
class Problem:
    """One fault: its field, that field's id on the page (None: not on this page), and what to do."""

    field: str
    anchor: str | None
    label: str
    message: str


def problems(wrong: FieldErrors, words: ClosingWords, dimensions: Mapping[str, str]) -> list[Problem]:
    """Turn faults by field into lines for the summary, in the order of the page.

    `dimensions` gives names by key. What the page has no field for comes first.
    """
    labels = _labels(words, dimensions)
    found = [_problem(field.removeprefix(_OWN_PREFIX), said, labels) for field, said in wrong.items()]
    places = {field: place for place, field in enumerate(labels)}
    return sorted(found, key=lambda problem: places.get(problem.field, -1))


def _problem(field: str, said: Sequence[str], labels: Mapping[str, tuple[str, str]]) -> Problem:
    label, anchor = labels.get(field, (field, None))
    return Problem(field, anchor, label, " ".join(said))


def _labels(words: ClosingWords, dimensions: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return (label, id) by field, in the order in which they stand on the page."""
    weights = {f"importance.{key}": (name, f"importance.{key}.0") for key, name in dimensions.items()}
    return weights | {
        "question": (words.question, "question"),
        "name": (words.name, "name"),
        "email": (words.email, "email"),
        "time_zone": (words.time_zone, "time_zone"),
        "stage": (words.stage, "stage.0"),
        "rhythm": (words.rhythm, "rhythm.0"),
    }
