"""The letters of sequences: brief, one idea and one act each, in words that leave people free."""

import re

import pytest

from coaching.domain.drip_letters import DRIP_LETTERS
from tests.email.papers import SHIPPED

_IDEA = re.compile(r"{% block idea %}(.*?){% endblock %}", re.DOTALL)
_ACT = re.compile(r'{% set act = "(.+?)" %}')
# What would push, promise, praise one pole or say what we can't know.
PUSHES = re.compile(
    r"\b(must|should have|have to now|hurry|don't miss|only today|last chance|guarantee\w*|proven|studies"
    r"|research|success\w*|succeed\w*|everyone knows|most people|best|fail\w*|dream job|just do)\b",
    re.IGNORECASE,
)

every_drip = pytest.mark.parametrize("name", DRIP_LETTERS)


def idea_of(name: str, part: str = "body.txt") -> str:
    """Return the words that are a letter's own."""
    found = _IDEA.search(SHIPPED.part(name, part))
    assert found is not None
    return found[1]


@every_drip
def test_a_letter_is_brief(name: str) -> None:
    """Sixty to a hundred and ten words are its own, and nothing is filled into them."""
    idea = idea_of(name)
    assert 60 <= len(re.findall(r"[\w']+", idea)) <= 110
    assert "{{" not in idea


@every_drip
def test_a_letter_asks_for_one_act(name: str) -> None:
    """Its button says in a few words that the one thing was done, the same in HTML and text."""
    acts = {_ACT.findall(SHIPPED.part(name, part))[0] for part in ("body.mjml", "body.txt")}
    assert len(acts) == 1
    assert 2 <= len(acts.pop().split()) <= 5


@every_drip
def test_a_letter_leaves_people_free(name: str) -> None:
    """It neither pushes nor promises, and claims nothing about people in general."""
    assert not PUSHES.search(idea_of(name))


def test_no_two_letters_say_the_same() -> None:
    """Each letter, and each of its versions, has an idea of its own."""
    assert len({idea_of(name) for name in DRIP_LETTERS}) == len(DRIP_LETTERS)
