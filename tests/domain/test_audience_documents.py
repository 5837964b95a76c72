"""Filters as people write them: read whole, written down again, and every fault named with its place."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.audience_documents import (
    DEEPEST,
    MOST_PARTS,
    MOST_WORDS,
    filter_to_document,
    parse_filter,
    unknown_dimensions,
)
from coaching.domain.audience_fields import COMPARISONS, FIELDS, NEGATIONS, field_named
from coaching.domain.audiences import AllOf, AnyOf, Condition, NotOf, conditions
from coaching.domain.faults import DocumentFaults, place
from tests.support.audience_filters import ALL_CONDITIONS, filters

STARTING = {"field": "stage", "is": "starting"}


def faults_of(document: object, where: tuple[str | int, ...] = ()) -> dict[str, str]:
    """Return what reading a document complains of, by place."""
    with pytest.raises(DocumentFaults) as refused:
        parse_filter(document, where)
    return {place(at): reason for at, reason in refused.value.faults}


def nested(depth: int) -> dict[str, Any]:
    """Return a condition inside so many groups."""
    inner: dict[str, Any] = STARTING
    for _ in range(depth):
        inner = {"not": inner}
    return inner


def test_a_filter_is_read_whole() -> None:
    """Groups and conditions as they are written."""
    read = parse_filter(
        {
            "all": [
                STARTING,
                {"any": [{"field": "tags", "has_any": ["a", "b"]}, {"field": "unanswered", "at_least": 3}]},
                {"not": {"field": "coach", "is": " Maren@Firm.Example.Test "}},
            ]
        }
    )
    assert read == AllOf(
        (
            Condition("stage", "is", "starting"),
            AnyOf((Condition("tags", "has_any", ("a", "b")), Condition("unanswered", "at_least", 3))),
            NotOf(Condition("coach", "is", "maren@firm.example.test")),
        )
    )
    assert [one.field for one in conditions(read)] == ["stage", "tags", "unanswered", "coach"]


@given(document=filters)
def test_what_is_written_down_reads_the_same(document: dict[str, Any]) -> None:
    """A filter's document gives the same filter, as often as it goes around."""
    read = parse_filter(document)
    assert parse_filter(filter_to_document(read)) == read


@pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.name)
def test_every_comparison_of_a_field_is_taken(field: Any) -> None:
    """Each of its type's, and none of another's."""
    own = [one for one in ALL_CONDITIONS if field_named(one["field"])[0] is field]
    assert {key for one in own for key in one} - {"field"} == set(field.comparisons)
    for one in own:
        parse_filter(one)
    others = {name for kind in COMPARISONS.values() for name in kind} - set(field.comparisons)
    for comparison in others:
        assert "takes one of" in faults_of({"field": own[0]["field"], comparison: 1})["the document"]


@pytest.mark.parametrize(
    ("document", "where", "said"),
    [
        ("stage", "the document", "a filter is all, any, not, or a field with a comparison, not 'stage'"),
        (None, "the document", "not nothing"),
        ({}, "the document", "a filter has one of all, any, not and field, not nothing"),
        ({"all": [], "any": []}, "the document", "one of all, any, not and field, not all, any"),
        ({"some": []}, "the document", "not some"),
        ({"all": STARTING}, "all", "all is a list of filters, not a mapping"),
        ({"any": [STARTING, 3]}, "any[1]", "not 3"),
        ({"not": {"all": [{"field": 3, "is": 1}]}}, "not.all[0].field", "field is a name, not 3"),
        ({"field": "shoe", "is": 1}, "field", "there is no field 'shoe'; there are stage, profile"),
        ({"field": "score", "above": 1}, "field", "there is no field 'score'"),
        ({"field": "score.", "above": 1}, "field", "score.<dimension> is written with a key behind it"),
        ({"field": "score.a b", "above": 1}, "field", "score.<dimension> is written with a key behind it"),
        ({"field": "stage.x", "is": "starting"}, "field", "there is no field 'stage.x'"),
        ({"field": "milestones.lost", "above": 1}, "field", "milestones.<state> is one of milestones.prop"),
        ({"field": "relationships.boss", "above": 1}, "field", "relationships.<kind> is one of relat"),
        ({"field": "stage"}, "the document", "stage takes one of is, not, in, not_in; here stands nothing"),
        (
            {**STARTING, "in": ["growing"]},
            "the document",
            "stage takes one of is, not, in, not_in; here stands is, in",
        ),
        ({"field": "stage", "is": "king"}, "is", "stage has one of starting, pivoting, growing, undecided"),
        ({"field": "stage", "is": 3}, "is", "this is one of starting, pivoting, growing, undecided, not 3"),
        ({"field": "plan", "is": None}, "is", "plan is never missing, so this can't be null"),
        ({"field": "created", "is": None}, "the document", "created takes one of within_days, not_within_d"),
        ({"field": "submitted", "is": "2026-11-01"}, "is", "only null stands here"),
        ({"field": "stage", "in": "starting"}, "in", "this is a list of 1 to 100 words, not 'starting'"),
        ({"field": "stage", "in": []}, "in", "this is a list of 1 to 100 words, not a list of 0"),
        ({"field": "stage", "in": ["starting", None]}, "in[1]", "not nothing"),
        ({"field": "tags", "has_any": ["x"] * (MOST_WORDS + 1)}, "has_any", "not a list of 101"),
        ({"field": "tags", "has": ""}, "has", "this is text of 1 to 200 characters, not ''"),
        ({"field": "tags", "has": "x" * 201}, "has", "this is text of 1 to 200 characters, not '"),
        ({"field": "tags", "has": "\ud800"}, "has", "characters that are never stored"),
        ({"field": "tags", "empty": "yes"}, "empty", "this is true or false, not 'yes'"),
        ({"field": "acted", "is": 1}, "is", "this is true or false, not 1"),
        ({"field": "zone", "is": "Mars/Olympus"}, "is", "there is no time zone of this name"),
        ({"field": "composite", "above": "40"}, "above", "this is a number, not '40'"),
        ({"field": "composite", "above": True}, "above", "this is a number, not True"),
        ({"field": "composite", "above": None}, "above", "this is a number, not nothing"),
        (
            {"field": "composite", "above": float("nan")},
            "above",
            "this is a number from -1,000,000,000 to 1,000,000,000, not nan",
        ),
        (
            {"field": "composite", "is": float("inf")},
            "is",
            "this is a number from -1,000,000,000 to 1,000,000,000, not inf",
        ),
        (
            {"field": "composite", "is": 10**400},
            "is",
            "this is a number from -1,000,000,000 to 1,000,000,000, not 1000",
        ),
        ({"field": "last_act", "within_days": 1.5}, "within_days", "a whole number of days from 0 to 36,500"),
        ({"field": "last_act", "within_days": -1}, "within_days", "not -1"),
        ({"field": "last_act", "before_days": 36_501}, "before_days", "not 36501"),
        ({"field": "last_act", "before_days": True}, "before_days", "not True"),
    ],
)
def test_a_fault_says_where_and_what_is_known(document: object, where: str, said: str) -> None:
    """The place is the way through the document."""
    [(at, reason)] = faults_of(document).items()
    assert at == where
    assert said in reason


def test_places_begin_where_the_filter_stands() -> None:
    """So that a fault in a sequence is found in its file."""
    found = faults_of({"any": [STARTING, {"field": "stage", "is": "king"}]}, ("steps", 2, "when"))
    assert list(found) == ["steps[2].when.any[1].is"]


def test_all_faults_are_told_at_once() -> None:
    """Reading goes on behind a fault."""
    found = faults_of({"all": [3, {"not": {"field": "x"}}, {"field": "stage", "in": ["a", "starting", 4]}]})
    assert list(found) == ["all[0]", "all[1].not.field", "all[2].in[0]", "all[2].in[2]"]


def test_a_filter_is_no_deeper_than_it_may_be() -> None:
    """Ten groups in each other are read, an eleventh is named; a thousand do no harm."""
    parse_filter(nested(DEEPEST))
    [(at, reason)] = faults_of(nested(DEEPEST + 1)).items()
    assert (at, reason) == (".".join(["not"] * (DEEPEST + 1)), "groups stand in each other at most 10 deep")
    assert len(faults_of(nested(1000))) == 1


def test_a_filter_is_no_longer_than_it_may_be() -> None:
    """Two hundred conditions and groups are read; more are named once, however many they are."""
    parse_filter({"all": [STARTING] * (MOST_PARTS - 1)})
    for more in (MOST_PARTS, 20_000):
        [(at, reason)] = faults_of({"all": [STARTING] * more}).items()
        assert at == f"all[{MOST_PARTS - 1}]"
        assert "at most 200 conditions and groups" in reason


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("all", "any", "not", "field", "is", "within_days", "x")), inner, max_size=2
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_comes_is_read_or_refused(document: object) -> None:
    """Nothing but DocumentFaults comes of a document that is none."""
    with suppress(DocumentFaults):
        read = parse_filter(document)
        assert parse_filter(filter_to_document(read)) == read


def test_dimensions_that_nobody_has_are_found() -> None:
    """In names and in values, single and in lists; words of other fields are no dimensions."""
    known = ("networks", "skills")
    document = {
        "all": [
            {"field": "score.charm", "above": 40},
            {"field": "band.networks", "is": "low"},
            {"not": {"field": "focus", "has_none": ["skills", "luck"]}},
            {"any": [{"field": "next_focus", "is": None}, {"field": "reached", "empty": True}]},
            {"field": "sequences", "has": "charm"},
        ]
    }
    parse_filter(document)
    assert [(place(at), reason) for at, reason in unknown_dimensions(document, known)] == [
        ("all[0].field", "there is no dimension charm; there are networks, skills"),
        ("all[2].not.has_none[1]", "there is no dimension luck; there are networks, skills"),
    ]


def test_each_negation_is_of_a_comparison_beside_it() -> None:
    """What is negated is a comparison of every type that has its negation, with the same kind of value."""
    for kind in COMPARISONS.values():
        for name in kind.keys() & NEGATIONS.keys():
            assert kind[NEGATIONS[name]] == kind[name]
