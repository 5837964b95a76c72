"""Everything in the library may come to somebody, and all that the firm publishes on is there."""

from collections.abc import Iterator
from itertools import product

import pytest

from coaching.adapters.content import Content
from coaching.domain.clients import STAGES
from coaching.domain.library import TOPICS, Item, choose, choose_close
from coaching.domain.sequences import Branch, Part, Sequence
from coaching.settings import CONTENT, ROOT

SHIPPED = Content.load(CONTENT)
SHELF = SHIPPED.library
DIMENSIONS = tuple(one.key for one in SHIPPED.instrument("job-career").dimensions)
PAPER = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
# What the firm says that it publishes: career advice, résumés, interviews, leadership, recruitment.
PUBLISHED = {"career-advice", "resume", "interview-follow-up", "leadership", "recruitment"}


def most_letters(parts: tuple[Part, ...]) -> int:
    """Return how many letters the longest way through these parts has."""
    return sum(
        max(most_letters(way.steps) for way in part.ways)
        if isinstance(part, Branch)
        else int(hasattr(part, "letter"))
        for part in parts
    )


def brought_by(sequence: Sequence, stage: str | None) -> Iterator[Item]:
    """Yield what the letters of a sequence bring to a client who has had nothing yet."""
    seen: set[str] = set()
    for _ in range(most_letters(sequence.parts)):
        item = choose(SHELF.values(), dimension=sequence.dimension, stage=stage, seen=seen)
        if item is not None:
            seen.add(item.id)
            yield item


def brought_by_weeks(dimension: str, stage: str | None) -> Iterator[Item]:
    """Yield what the weeks of a client with this focus bring, as long as there is something."""
    seen: set[str] = set()
    while item := choose_close(SHELF.values(), dimensions=(dimension,), stage=stage, seen=seen):
        seen.add(item.id)
        yield item


@pytest.mark.parametrize("item", SHELF.values(), ids=list(SHELF))
def test_every_item_comes_to_somebody(item: Item) -> None:
    """Some letter of a sequence, or some week, brings it: nothing lies behind what always comes first."""
    stages = (*STAGES, None)
    by_letters = (brought_by(one, stage) for one, stage in product(SHIPPED.sequences.values(), stages))
    by_weeks = (brought_by_weeks(dimension, stage) for dimension, stage in product(DIMENSIONS, stages))
    assert any(item in brought for ways in (by_letters, by_weeks) for brought in ways)


def test_every_topic_is_there() -> None:
    """All that the firm publishes on has an item, a name for readers, and its word in the paper."""
    assert set(TOPICS) == {one.topic for one in SHELF.values()} == PUBLISHED
    assert all(f"`{topic}`" in PAPER for topic in TOPICS)


@pytest.mark.parametrize("item", SHELF.values(), ids=list(SHELF))
def test_every_item_is_about_what_there_is(item: Item) -> None:
    """No dimension or stage is misspelt, which would hide the item without a word."""
    assert set(item.dimensions) <= set(DIMENSIONS)
    assert set(item.stages) <= set(STAGES)
