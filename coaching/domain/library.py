"""The firm's articles, podcasts and tips, and which of them goes with a letter."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from coaching.domain.plan_phrases import in_words

Kind = Literal["article", "podcast", "tip"]
Topic = Literal["career-advice", "resume", "interview-follow-up", "leadership", "recruitment"]
# As readers see them, in this order.
TOPICS: Mapping[Topic, str] = {
    "career-advice": "Career advice",
    "resume": "R\u00e9sum\u00e9s",
    "interview-follow-up": "Following up after interviews",
    "leadership": "Leadership",
    "recruitment": "Recruitment",
}
_KINDS: Mapping[Kind, str] = {"article": "An article", "podcast": "A podcast", "tip": "A tip"}


@dataclass(frozen=True)
class Item:
    """One thing to read or to listen to. `about`: one sentence of ours, as letters say it.

    Without `dimensions` it is a general one; without `stages` it is for every stage.
    """

    id: str
    kind: Kind
    title: str
    topic: Topic
    dimensions: tuple[str, ...]
    stages: tuple[str, ...]
    minutes: int
    address: str
    about: str

    def suits(self, stage: str | None) -> bool:
        """Tell whether it is for people at this stage; one that isn't known suits what is for all."""
        return not self.stages or stage in self.stages


Library = Mapping[str, Item]  # by id, in the order of the files


def choose(
    items: Iterable[Item], *, dimension: str | None, stage: str | None, seen: Collection[str]
) -> Item | None:
    """Return the item that fits best and hasn't been seen; None where nothing is left.

    First what fits both, then the dimension, then the stage, then any general one; for a letter about no
    dimension then any other that suits the stage. Of equals that which is about the fewest other things, and
    the first in order: the same question has the same answer.
    """
    fitting = [
        (_how_far(item, dimension, stage), len(item.dimensions), place, item)
        for place, item in enumerate(items)
        if item.id not in seen
    ]
    best = min((one for one in fitting if one[0] is not None), default=None, key=lambda one: one[:3])
    return best[3] if best else None


def choose_close(
    items: Collection[Item], *, dimensions: Iterable[str], stage: str | None, seen: Collection[str]
) -> Item | None:
    """Return an item that fits stage and one of the dimensions, the first of these first; else None."""
    for dimension in dimensions:
        close = [one for one in items if dimension in one.dimensions and one.suits(stage)]
        item = choose(close, dimension=dimension, stage=stage, seen=seen)
        if item is not None:
            return item
    return None


def _how_far(item: Item, dimension: str | None, stage: str | None) -> int | None:
    """Return 0 for what fits both, more for what fits less, None for what doesn't fit at all."""
    if dimension is not None and dimension in item.dimensions:
        return 0 if item.suits(stage) else 1
    if stage is not None and stage in item.stages:
        return 2
    if not item.dimensions:
        return 3
    return 4 if dimension is None and item.suits(stage) else None


def reading(item: Item) -> str:
    """Return what a letter says of it: what it is about, what it is, and how long it takes."""
    unit = "minute" if item.minutes == 1 else "minutes"
    return f"{item.about} {_KINDS[item.kind]}, {in_words(item.minutes)} {unit}."


NOTHING_LEFT = "You have had all that we have on this. What would you like to read about next?"
SUGGEST_LABEL = "Tell us a topic"
