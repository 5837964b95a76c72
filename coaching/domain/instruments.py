"""What a questionnaire is: dimensions, items, scale, rules and norms. Data, never code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Key = Literal[1, -1]
Band = Literal["low", "middle", "high"]
BANDS: tuple[Band, ...] = ("low", "middle", "high")


@dataclass(frozen=True)
class Scale:
    """The answer scale; one label for each point from minimum to maximum."""

    minimum: int
    maximum: int
    labels: tuple[str, ...]

    @property
    def points(self) -> range:
        """Every answer that may be given, lowest first."""
        return range(self.minimum, self.maximum + 1)


@dataclass(frozen=True)
class Dimension:
    """One axis from 0 to 100; low and high are the words of its poles, neither of which is better."""

    key: str
    name: str
    low: str
    high: str


@dataclass(frozen=True)
class Item:
    """One statement. Key 1 counts towards the high pole, -1 towards the low one. An id is never reworded."""

    id: str
    dimension: str
    key: Key
    page: int
    order: float
    text: str


@dataclass(frozen=True)
class Check:
    """An attention check: accepted as an answer, never scored."""

    id: str
    expect: int
    page: int
    order: float
    text: str


Question = Item | Check


@dataclass(frozen=True)
class MissingRules:
    """How many answers a dimension needs for each status; provisional also needs one of each key."""

    full: int
    prorated: int | None
    provisional: int | None


@dataclass(frozen=True)
class Norm:
    """Spread and reliability of one dimension, on the 0 to 100 axis."""

    sd: float
    alpha: float


@dataclass(frozen=True)
class Norms:
    """Where the errors of measurement come from: kind is 'prior' until a real sample replaces it."""

    version: str
    kind: Literal["prior", "sample"]
    n: int
    by_dimension: Mapping[str, Norm]


@dataclass(frozen=True)
class Instrument:
    """One version of a questionnaire, as `content/instruments/<name>.<version>.yaml` says it."""

    name: str
    version: int
    title: str
    minutes: int
    scale: Scale
    missing: MissingRules
    composite_at_least: int
    bands: tuple[float, float]
    norms: Norms
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    checks: tuple[Check, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Items and checks in the order of presentation: by page, then by order."""
        everything: tuple[Question, ...] = (*self.items, *self.checks)
        return tuple(sorted(everything, key=lambda question: (question.page, question.order)))

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """Every id that an answer may carry, items and checks, in the order of presentation."""
        return tuple(question.id for question in self.questions)

    @cached_property
    def page_numbers(self) -> tuple[int, ...]:
        """The numbers of the pages, from 1."""
        return tuple(sorted({question.page for question in self.questions}))

    def page(self, number: int) -> tuple[Question, ...]:
        """What stands on one page, in the order of presentation."""
        return tuple(question for question in self.questions if question.page == number)

    @cached_property
    def _dimension_by_key(self) -> dict[str, Dimension]:
        return {dimension.key: dimension for dimension in self.dimensions}

    def dimension(self, key: str) -> Dimension:
        """The dimension of that key; KeyError if there is none."""
        return self._dimension_by_key[key]

    @cached_property
    def _items_by_dimension(self) -> dict[str, tuple[Item, ...]]:
        return {
            dimension.key: tuple(item for item in self.items if item.dimension == dimension.key)
            for dimension in self.dimensions
        }

    def items_of(self, key: str) -> tuple[Item, ...]:
        """The items of one dimension, in file order; KeyError if there is no such dimension."""
        return self._items_by_dimension[key]

    def band(self, score: float) -> Band:
        """Where a number falls: below the first limit, between both (limits included), above the second."""
        lower, upper = self.bands
        return "low" if score < lower else "high" if score > upper else "middle"
