"""Letters are called something that people say, never by the name of a template or a slot."""

import pytest

from coaching.domain.letter_names import NAMES, letter_in_words
from coaching.domain.letters import LETTERS, TOUCHES, WEEK


def test_every_letter_that_may_be_spoken_of_has_a_name() -> None:
    """Every letter to a client may be named; what rides in a coach's list or goes to the firm is not."""
    told = {name for name, one in LETTERS.items() if one.reader == "client"}
    assert told <= set(NAMES) <= set(LETTERS)
    assert {WEEK, TOUCHES} <= told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("event-eve", "the note before an event"),
        ("week", "the letter of the week"),
        ("week:2026-W49", "the letter of the week from Monday 30 November"),
        ("week:2026-W99", "another letter"),
        ("milestone:ahead:1:2026-12-10", "another letter"),
        ("", "another letter"),
    ],
)
def test_a_letter_is_called_by_its_name(name: str, said: str) -> None:
    """A week by its Monday; what isn't known is another letter."""
    assert letter_in_words(name) == said
