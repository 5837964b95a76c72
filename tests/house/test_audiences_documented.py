"""`docs/audiences.md` and the table of fields say the same."""

import re

import pytest

from coaching.domain.audience_documents import DEEPEST, MOST_PARTS, MOST_WORDS, parse_filter
from coaching.domain.audience_fields import COMPARISONS, FIELDS, Field
from coaching.settings import ROOT

PAPER = (ROOT / "docs" / "audiences.md").read_text(encoding="utf-8")
_FIELD = re.compile(r"^\| `([a-z_.<>]+)` \| ([a-z ]+) \| ([^|]*) ?\| ([^|]+) \|$", re.MULTILINE)
_TYPE = re.compile(r"^\| ([a-z ]+) \| ((?:`[a-z_]+`(?:, )?)+) \|$", re.MULTILINE)
TOLD = {name: (kind, values.strip(), about) for name, kind, values, about in _FIELD.findall(PAPER)}


def values_of(field: Field) -> str:
    """Return what the paper says of a field's values: its words, and null where there may be none."""
    return "; ".join(filter(None, [", ".join(field.words), "null" if field.missing else ""]))


def test_every_field_is_told_once_and_in_order() -> None:
    """The paper names each field, and none that isn't one."""
    assert [name for name, *_ in _FIELD.findall(PAPER)] == [field.name for field in FIELDS]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_is_as_told(field: Field) -> None:
    """Its type, its words, whether it may be missing, and what its name may end in."""
    kind, values, about = TOLD[field.name]
    assert kind == field.kind.value
    assert values == values_of(field)
    if field.name == "milestones.<state>":
        assert all(part in about for part in field.parts)


def test_every_comparison_is_told() -> None:
    """For each type those that it has."""
    told = {kind: re.findall("`([a-z_]+)`", names) for kind, names in _TYPE.findall(PAPER)}
    assert told == {kind.value: list(names) for kind, names in COMPARISONS.items()}


def test_a_field_that_changed_would_be_seen() -> None:
    """The tests above tell a paper that is right from one that isn't."""
    assert "milestones.<state>" in TOLD
    assert TOLD["stage"] != (TOLD["stage"][0], "starting", TOLD["stage"][2])
    assert len(TOLD) == len(FIELDS)


def test_the_limits_are_those_told() -> None:
    """Ten deep, two hundred together, lists of a hundred."""
    assert (DEEPEST, MOST_PARTS, MOST_WORDS) == (10, 200, 100)
    assert "up to ten deep, with two hundred" in PAPER
    assert "up to a hundred words" in PAPER


def test_the_example_can_be_used() -> None:
    """What the paper shows is a filter."""
    from ruamel.yaml import YAML

    [example] = re.findall(r"^```yaml\n(.*?)^```", PAPER, re.MULTILINE | re.DOTALL)
    parse_filter(YAML(typ="safe").load(example))
