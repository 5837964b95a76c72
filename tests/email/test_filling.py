"""What goes in place of the tags: mere data, complete, within what SendGrid takes."""

from dataclasses import replace

import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.adapters.filling import (
    MOST_SUBSTITUTION_BYTES,
    Filler,
    bare_tag,
    escape,
    html_tag,
    plain_values,
)
from coaching.adapters.rendering import substitutions
from coaching.domain.letters import LETTERS, LetterError, LetterTemplate
from coaching.domain.phrases import one_line
from tests.email.nasty import a_value, values_of

REPORT = LETTERS["report"]
# Of letters that take the same values one stands for all: filling knows nothing else of a letter.
BY_VALUES = {template.variables: template for template in LETTERS.values()}.values()


@given(st.text() | a_value)
def test_escaping_is_what_jinja_does(value: str) -> None:
    """Any text is escaped as markupsafe escapes it, which writes the values of whole letters."""
    assert escape(value) == str(markupsafe.escape(value))


@pytest.mark.long
@pytest.mark.parametrize("template", BY_VALUES, ids=[template.name for template in BY_VALUES])
@given(data=st.data())
def test_filling_is_cleaning_and_escaping_and_nothing_else(
    template: LetterTemplate, data: st.DataObject
) -> None:
    """For any values the tags and what they stand for are what the words of the rule say."""
    values = data.draw(values_of(template))
    expected: dict[str, str] = {}
    for name, value in values.items():
        bare = one_line(value).replace("[%", "[ %")
        expected |= {f"[%{name}%]": bare, f"[%{name}.h%]": str(markupsafe.escape(bare))}
    filler = Filler(template)
    assert filler.fill(values) == filler.fill(template.variables(**values)) == expected
    assert substitutions(template.name, values) == expected


@given(a_value)
def test_what_is_filled_in_is_mere_data(value: str) -> None:
    """No value breaks a line, opens an element or brings a tag of its own."""
    tags = Filler(REPORT).fill(dict.fromkeys(REPORT.variable_names, value))
    for tag, filled in tags.items():
        assert "[%" not in filled
        assert len(filled.splitlines()) <= 1
        assert not tag.endswith(".h%]") or not set(filled) & set("<>\"'")


def test_a_missing_value_is_named() -> None:
    """What is missing is named with its letter, whichever way the letter is made."""
    values = REPORT.sample.as_mapping()
    del values["open_url"]
    for make in (plain_values, lambda template, given: Filler(template).fill(given)):
        with pytest.raises(LetterError, match="letter 'report': variable 'open_url' is missing"):
            make(REPORT, values)


def test_an_unknown_value_is_named() -> None:
    """A value that the letter doesn't take is refused by name."""
    values = {**REPORT.sample.as_mapping(), "first_name": "Ana"}
    with pytest.raises(LetterError, match="letter 'report': variable 'first_name' is unknown"):
        Filler(REPORT).fill(values)


def test_values_of_another_letter_are_refused() -> None:
    """One letter's values don't fit another."""
    with pytest.raises(LetterError, match="letter 'was-this-you': variable 'mine_url' is missing"):
        Filler(LETTERS["was-this-you"]).fill(REPORT.sample)


def test_only_text_is_taken() -> None:
    """None never becomes the word 'None' in a letter."""
    with pytest.raises(LetterError, match="variable 'why' is missing or not text"):
        Filler(REPORT).fill({**REPORT.sample.as_mapping(), "why": None})  # type: ignore[dict-item]


@pytest.mark.parametrize("letter", ["x", "é", "\u20ac", "👋", "&"])
def test_values_beyond_the_limit_are_refused_here_and_not_by_sendgrid(letter: str) -> None:
    """SendGrid takes 10,000 bytes a recipient: the last character that fits goes, one more does not."""
    filler, sample = Filler(REPORT), replace(REPORT.sample, why="")
    room = MOST_SUBSTITUTION_BYTES - sum(
        len(tag.encode()) + len(text.encode()) for tag, text in filler.fill(sample).items()
    )
    each = len(letter.encode()) + len(escape(letter).encode())
    filler.fill(replace(sample, why=letter * (room // each)))
    with pytest.raises(LetterError, match=r"letter 'report': the values take 100\d\d bytes, at most 10000"):
        filler.fill(replace(sample, why=letter * (room // each + 1)))


def test_each_value_has_two_tags() -> None:
    """The bare one for subject and text, the other for HTML; neither is part of the other."""
    assert (bare_tag("why"), html_tag("why")) == ("[%why%]", "[%why.h%]")
