"""Which article, podcast or tip goes with a letter."""

from collections.abc import Collection
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.adapters.content import Content
from coaching.domain.clients import STAGES
from coaching.domain.library import TOPICS, Item, choose, choose_close, reading
from coaching.settings import CONTENT

SHIPPED = Content.load(CONTENT)
DIMENSIONS = tuple(one.key for one in SHIPPED.instrument("job-career").dimensions)


def item(name: str, dimensions: str = "", stages: str = "") -> Item:
    """Return an item of this id."""
    return Item(
        id=name,
        kind="article",
        title=name,
        topic="career-advice",
        dimensions=tuple(dimensions.split()),
        stages=tuple(stages.split()),
        minutes=6,
        address=f"https://library.example.org/{name}",
        about="It says something.",
    )


BOTH = item("both", "networks", "starting")
DIMENSION = item("dimension", "networks", "growing")
STAGE = item("stage", "skills", "starting")
GENERAL = item("general")
OTHER = item("other", "skills", "growing")
SHELF = (OTHER, GENERAL, STAGE, DIMENSION, BOTH)


def chosen(*seen: str, dimension: str | None = "networks", stage: str | None = "starting") -> str | None:
    """Return the id of what is chosen by somebody who has seen these."""
    found = choose(SHELF, dimension=dimension, stage=stage, seen=seen)
    return found.id if found else None


def test_what_fits_best_comes_first() -> None:
    """Dimension and stage, then the dimension, the stage, any general one; what fits nowhere never comes."""
    order: list[str] = []
    while (found := chosen(*order)) is not None:
        order.append(found)
    assert order == ["both", "dimension", "stage", "general"]


@pytest.mark.parametrize(
    ("dimension", "stage", "found"),
    [
        (None, "growing", "other"),
        (None, None, "general"),
        ("networks", None, "dimension"),
        ("purpose", "undecided", "general"),
    ],
)
def test_what_is_not_known_is_not_asked_for(dimension: str | None, stage: str | None, found: str) -> None:
    """Without a dimension or a stage the rest decides."""
    assert chosen(dimension=dimension, stage=stage) == found


def test_of_equals_the_closest_and_then_the_first() -> None:
    """What is about fewer other things comes first, and then what stands first in the file."""
    broad, close, later = item("broad", "networks skills"), item("close", "networks"), item("x", "networks")
    found = choose([broad, close, later], dimension="networks", stage="starting", seen=())
    assert found == close


def close(*dimensions: str, stage: str | None = "starting", seen: Collection[str] = ()) -> str | None:
    """Return the id of what is close to these dimensions and this stage."""
    found = choose_close(SHELF, dimensions=dimensions, stage=stage, seen=seen)
    return found.id if found else None


def test_what_is_close_fits_stage_and_dimension() -> None:
    """The first dimension with something left comes first; nothing general or for others makes up for it."""
    assert close("networks", "skills") == "both"
    assert close("skills", "networks") == "stage"
    assert close("networks", "skills", seen={"both"}) == "stage"
    assert close("networks", seen={"both"}) is None
    assert close("purpose") is None
    assert close() is None
    assert close("networks", stage=None) is None


def test_an_item_for_every_stage_is_one_for_this_stage() -> None:
    """It comes before what is about the dimension at another stage."""
    every = item("every", "networks purpose")
    assert choose([DIMENSION, every], dimension="networks", stage="starting", seen=()) == every


keys = st.sampled_from([*DIMENSIONS, None])
stages = st.sampled_from([*STAGES, None])


@given(dimension=keys, stage=stages, seen=st.sets(st.sampled_from(sorted(SHIPPED.library))))
def test_never_twice_and_always_the_same(
    dimension: str | None, stage: str | None, seen: Collection[str]
) -> None:
    """What was seen is never chosen, and the same question has the same answer."""
    asked = [choose(SHIPPED.library.values(), dimension=dimension, stage=stage, seen=seen) for _ in "12"]
    assert asked[0] == asked[1]
    assert asked[0] is None or asked[0].id not in seen


@pytest.mark.parametrize(("dimension", "stage"), list(product(DIMENSIONS, STAGES)))
def test_there_is_enough_for_a_sequence(dimension: str, stage: str) -> None:
    """Three letters of a dimension's sequence bring three things that fit it and the stage."""
    fitting = [one for one in SHIPPED.library.values() if dimension in one.dimensions and one.suits(stage)]
    assert len(fitting) >= 3


def test_every_topic_and_kind_is_there() -> None:
    """Readers find what the firm says that it publishes."""
    assert {one.topic for one in SHIPPED.library.values()} == set(TOPICS)
    assert {one.kind for one in SHIPPED.library.values()} == {"article", "podcast", "tip"}


def test_what_a_letter_says_of_it() -> None:
    """What it is about, what it is, and how long it takes."""
    assert reading(item("x")) == "It says something. An article, six minutes."
