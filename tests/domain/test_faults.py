"""How the faults of a document that people write are told."""

from typing import Any

import pytest

from coaching.domain.faults import DocumentFaults, Where, place, plain, shown


@pytest.mark.parametrize(
    ("where", "said"),
    [((), "the document"), (("steps", 2, "when"), "steps[2].when"), ((0, "all"), "[0].all")],
)
def test_a_place_is_written_as_people_write_it(where: Where, said: str) -> None:
    """Keys with dots, positions in brackets."""
    assert place(where) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "nothing"), ("x", "'x'"), (3, "3"), ({}, "a mapping"), ([1, 2], "a list of 2")],
)
def test_a_value_is_shown_short(value: object, said: str) -> None:
    """What is large is named, not printed."""
    assert shown(value) == said


def test_long_text_is_cut() -> None:
    """An error stays on one line of a screen."""
    assert len(shown("a" * 500)) == 60


def test_all_faults_are_told_with_their_places() -> None:
    """Whoever mends a file sees everything at once."""
    error = DocumentFaults([(("a",), "is wrong"), (("b", 1), "is missing")])
    assert str(error) == "a: is wrong; b[1]: is missing"


def test_a_plain_document_has_no_values_of_a_reader() -> None:
    """Subclasses that a file reader puts around values go; what they say stays."""

    class Marked(str):
        __slots__ = ()

    read: Any = plain({Marked("k"): (Marked("v"), True, None, 1.5)})
    assert read == {"k": ["v", True, None, 1.5]}
    assert type(read["k"][0]) is str
