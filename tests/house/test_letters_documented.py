"""`docs/letters.md` and the table of letters say the same."""

import re

import pytest

from coaching.domain.deeds import DEEDS
from coaching.domain.letters import LETTERS, LetterTemplate
from coaching.domain.links import Purpose
from coaching.domain.plan_letter_values import StepValues
from coaching.settings import ROOT

PAPER = (ROOT / "docs" / "letters.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([\w-]+)` \| (\w+) \| ([^|]+) \| (\w+) \| ([^|]+) \|$", re.MULTILINE)
# What these links are for depends on the step; the paper says what a decision has in their place.
_OF_A_STEP = {"act": "done", "first": "started"}
TOLD = {name: (family, rides, buttons) for name, family, _, rides, buttons in _ROW.findall(PAPER)}


def buttons_of(letter: LetterTemplate) -> str:
    """Return what a letter's links are for, in the order of its values; all have one for stopping."""
    links = [name.removesuffix("_url") for name in letter.variable_names if name.endswith("_url")]
    if issubclass(letter.variables, StepValues):
        links = [_OF_A_STEP.get(name, name) for name in links]
    return ", ".join(name.replace("_", " ") for name in links if name != "unsubscribe") or "none"


def test_every_letter_is_told_once() -> None:
    """The paper names each letter, and none that isn't one."""
    names = [name for name, *_ in _ROW.findall(PAPER)]
    assert sorted(names) == sorted(LETTERS)


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_as_told(name: str) -> None:
    """Its family, whether it rides or carries others, and its buttons."""
    letter = LETTERS[name]
    family, rides, buttons = TOLD[name]
    assert family == letter.family
    assert rides == ("hosts" if letter.hosts else "yes" if letter.mergeable else "no")
    if name != "week":  # its buttons are those of what it carries
        assert buttons == buttons_of(letter)


def test_every_button_is_explained() -> None:
    """Whatever a client may do by a link has its line."""
    _, _, section = PAPER.partition("## What the buttons do\n")
    explained = re.findall(r"^\| ([a-z ]+) \| [^|]+ \|$", section.partition("\n## ")[0], re.MULTILINE)
    meant = {one.name.lower().replace("_", " ").removeprefix("still ") for one in {*DEEDS, Purpose.ANSWER}}
    assert sorted(explained) == sorted(meant | {"button"})
