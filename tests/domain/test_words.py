"""What the report says in words: whole, plain, and fair to both poles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from coaching.adapters.content import load_plan_rules, load_report_words
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.scoring import PROFILES, Certainty, Profile, ProfileName
from coaching.settings import CONTENT
from tests.domain.instrument_making import JOB_CAREER

WORDS = load_report_words(CONTENT / "reports" / "job-career.yaml", [JOB_CAREER])
RULES = load_plan_rules(CONTENT / "plans" / "job-career.yaml", [JOB_CAREER])
VERDICTS = re.compile(
    r"\b(oops|unfortunately|poor|weak|bad|fail\w*|lack of|excellent|great|amazing|better than|worse"
    r"|improve\w*|proven|must)\b|!|↑|%",
    re.IGNORECASE,
)


def texts(thing: object) -> Iterator[str]:
    """Every piece of text inside a tree of dataclasses, tuples and mappings."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from texts(value)
    elif isinstance(thing, tuple):
        for value in thing:
            yield from texts(value)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name))


def profile(name: ProfileName, certainty: Certainty, neighbours: tuple[ProfileName, ...] = ()) -> Profile:
    """A profile with chances that don't matter here."""
    return Profile(name, certainty, 0.1, 0.8, 0.1, neighbours)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("certainty", get_args(Certainty))
def test_every_profile_has_a_sentence_for_every_certainty(name: ProfileName, certainty: Certainty) -> None:
    """The summary is finished text, and names the other reading whenever there is one."""
    neighbours: tuple[ProfileName, ...] = ("in transition", "career-leaning")
    if name == "job-leaning":
        neighbours = ("job-leaning", "in transition")
    other = next(neighbour for neighbour in neighbours if neighbour != name)
    summary = WORDS.summary(profile(name, certainty, () if certainty == "clear" else neighbours))
    assert "{" not in summary
    assert (other in summary) == (certainty != "clear")


def test_too_few_answers_have_words_of_their_own() -> None:
    """Without a profile the summary says so."""
    assert WORDS.summary(None) == WORDS.no_profile


def test_every_band_of_every_dimension_has_words() -> None:
    """Seven dimensions, three bands, a plain sentence and a step in each."""
    for dimension in JOB_CAREER.dimensions:
        bands = WORDS.dimension(dimension.key).bands
        assert list(bands) == ["low", "middle", "high"]
        assert all(
            words.says.startswith(("You ", "Some ", "Pay ", "The work ", "Your ")) for words in bands.values()
        )
    with pytest.raises(KeyError):
        WORDS.dimension("stamina")


def test_nothing_judges_shouts_or_promises() -> None:
    """No verdict words, no exclamation marks, no arrows, in the report, the form or the plan."""
    found = [text for text in (*texts(WORDS), *texts(RULES)) if VERDICTS.search(text)]
    assert found == []


def test_the_consent_explains_the_profiling() -> None:
    """Before the first answer one reads how numbers arise, that people decide, and how to object."""
    logic = " ".join(WORDS.consent.logic)
    assert WORDS.consent.text_version == "2026-11"
    for part in ("average", "profiling", *PROFILES, "no decision about you is made by a machine"):
        assert part in logic
    assert "object" in WORDS.consent.objection


def test_the_form_offers_what_can_be_stored() -> None:
    """Stages, rhythms and weights of the form are those that the house knows."""
    closing = WORDS.closing
    assert tuple(choice.value for choice in closing.stages) == STAGES
    assert tuple(choice.value for choice in closing.rhythms) == RHYTHMS
    assert [choice.value for choice in closing.importance_points] == ["1", "2", "3", "4", "5"]


def test_short_poles_fit_beside_a_chart() -> None:
    """The two words of a dimension's poles stand on one narrow line."""
    assert all(len(words.low) + len(words.high) <= 32 for words in WORDS.dimensions)


def test_each_milestone_asks_for_one_step_in_one_sentence() -> None:
    """A detail is one sentence, a title a few words without a full stop."""
    for milestone in RULES.milestones:
        assert re.fullmatch(r"[A-Z][^.?!;:]*\.", milestone.detail), milestone.kind
        assert len(milestone.title) <= 50, milestone.kind
        assert not milestone.title.endswith("."), milestone.kind
