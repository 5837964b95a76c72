"""The registry of letters: what each needs, whom it is for, and until when it makes sense."""

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from coaching.domain.letters import LETTERS, PROBE, LetterError, LetterTemplate, letter

every_letter = pytest.mark.parametrize("template", LETTERS.values(), ids=list(LETTERS))


@every_letter
def test_values_are_text_with_a_sample(template: LetterTemplate) -> None:
    """Every letter's sample fills each of its variables with words."""
    sample = template.sample.as_mapping()
    assert set(sample) == set(template.variable_names)
    assert all(isinstance(value, str) and value for value in sample.values())


@every_letter
def test_every_letter_says_who_writes_and_why_and_ends(template: LetterTemplate) -> None:
    """Every letter greets, signs, gives its reason, and is stale after a while."""
    assert {"greeting", "why", "sign_off"} <= set(template.variable_names)
    assert timedelta(hours=1) <= template.expires_after <= timedelta(days=45)


@every_letter
def test_every_client_can_stop_letters(template: LetterTemplate) -> None:
    """Only a letter to the firm itself goes without the address that stops letters."""
    assert ("unsubscribe_url" in template.variable_names) is (template.reader == "client")


def test_letters_to_the_firm_are_transactional() -> None:
    """A letter without a way to stop it can't be of a family that people say yes or no to."""
    assert LETTERS[PROBE].reader == "firm"
    with pytest.raises(LetterError, match="letter 'probe': only transactional letters go to the firm"):
        replace(LETTERS[PROBE], family="campaign")


def test_letters_about_a_report_are_transactional() -> None:
    """They go at any hour and count against no budget; an invitation does not."""
    names = ("report", "report-reminder", "report-known", "was-this-you")
    assert {LETTERS[name].family for name in names} == {"transactional"}
    assert LETTERS["look-again"].family == "campaign"


@pytest.mark.parametrize(("name", "days"), [("probe", 1), ("look-again", 3), ("report", 14)])
def test_how_long_a_letter_makes_sense(name: str, days: int) -> None:
    """What has to do with a moment is stale sooner than what was asked for."""
    assert LETTERS[name].expires_after == timedelta(days=days)


def test_values_cannot_be_changed_after_they_were_given() -> None:
    """What a letter was given stays what was decided."""
    with pytest.raises(FrozenInstanceError):
        LETTERS["report"].sample.greeting = "Hello Eve,"  # type: ignore[misc]


def test_an_unknown_letter_is_named_with_the_known_ones() -> None:
    """A wrong name is answered with the names that exist."""
    with pytest.raises(LetterError, match="no letter 'raport'; there are: report, report-reminder"):
        letter("raport")


def test_another_registry_can_be_asked() -> None:
    """The names in the answer are those of the registry that was asked."""
    only = {"probe": LETTERS["probe"]}
    assert letter("probe", only) is LETTERS["probe"]
    with pytest.raises(LetterError, match=r"no letter 'report'; there are: probe$"):
        letter("report", only)
