"""The scoring rules: tables of cases and properties. Reference values have a file of their own."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.instruments import Instrument, MissingRules, Norm, Norms
from coaching.domain.scoring import (
    RULE_VERSION,
    AnswersRefused,
    DimensionScore,
    Profile,
    Score,
    Status,
    score_answers,
    score_from_json,
    score_to_json,
    shown,
    standard_error,
)
from tests.domain.instrument_making import JOB_CAREER, made_up

Answers = Mapping[str, int | None]
_KEYS = {item.id: item.key for item in JOB_CAREER.items}
_HORIZON = ("H1", "H2", "H3", "H4")

forms = st.fixed_dictionaries(
    {}, optional={item_id: st.none() | st.integers(1, 6) for item_id in JOB_CAREER.item_ids}
)
full_forms = st.fixed_dictionaries({item_id: st.integers(1, 6) for item_id in JOB_CAREER.item_ids})


def everyone_at(point: int, instrument: Instrument = JOB_CAREER) -> dict[str, int | None]:
    """A form in which each answer counts `point` towards the high pole."""
    ends = instrument.scale.minimum + instrument.scale.maximum
    return {item.id: point if item.key == 1 else ends - point for item in instrument.items}


def answered(*answers: int | None) -> DimensionScore:
    """The horizon score of these answers to H1, H2 (towards career), H3, H4 (towards job)."""
    return score_answers(JOB_CAREER, dict(zip(_HORIZON, answers, strict=True))).dimension("horizon")


@pytest.mark.parametrize(
    ("answers", "status", "score"),
    [
        ((6, 6, 1, 1), "full", 100.0),
        ((1, 1, 6, 6), "full", 0.0),
        ((5, 3, 3, 4), "full", 55.0),
        ((3, 3, 4, 4), "full", 40.0),
        ((5, None, 3, 4), "prorated", 60.0),
        ((3, None, 4, None), "provisional", 40.0),
        ((None, 6, None, 6), "provisional", 50.0),
        ((6, 6, None, None), "none", None),
        ((None, None, 1, 1), "none", None),
        ((6, None, None, None), "none", None),
        ((None, None, None, None), "none", None),
    ],
)
def test_a_dimension_needs_enough_answers(
    answers: tuple[int | None, ...], status: Status, score: float | None
) -> None:
    """Four answers are full, three prorated, one of each key provisional, anything less has no number."""
    dimension = answered(*answers)
    assert (dimension.status, dimension.score) == (status, score)
    assert dimension.answered == sum(answer is not None for answer in answers)


def test_without_a_number_there_is_no_band_either() -> None:
    """A dimension that could not be scored makes nothing up."""
    assert answered(6, 6, None, None) == DimensionScore("horizon", "none", 2, None, None, None, None, None)


def test_the_launch_priors_give_bands_of_thirteen_points() -> None:
    """SD 18 and alpha .70 make a standard error of 9.9 and an 80% band of 12.6 on either side."""
    dimension = answered(5, 3, 3, 4)
    assert dimension.sem == pytest.approx(9.859006, abs=1e-6)
    assert dimension.low == pytest.approx(55 - 12.634825, abs=1e-6)
    assert dimension.high == pytest.approx(55 + 12.634825, abs=1e-6)


def test_a_band_keeps_what_reaches_beyond_the_axis() -> None:
    """The stored band is raw; only what is shown ends at 0 and 100."""
    dimension = answered(6, 6, 1, 1)
    assert dimension.high is not None
    assert dimension.high > 112
    assert shown(dimension.high) == 100


@pytest.mark.parametrize(
    ("value", "number"), [(-3.0, 0), (0.4, 0), (0.5, 1), (42.5, 43), (43.5, 44), (99.6, 100), (112.6, 100)]
)
def test_shown_numbers_are_whole_and_on_the_axis(value: float, number: int) -> None:
    """Halves go upwards, and nothing is shown below 0 or above 100."""
    assert shown(value) == number


def test_an_empty_form_has_no_numbers_at_all() -> None:
    """Nothing answered: seven dimensions without a number, no composite, no profile."""
    score = score_answers(JOB_CAREER, {})
    assert [dimension.status for dimension in score.dimensions] == ["none"] * 7
    assert (score.composite, score.composite_low, score.composite_high, score.composite_sem) == (None,) * 4
    assert score.profile is None


def test_a_score_names_what_made_it() -> None:
    """Instrument version, rule version and norms travel with the numbers."""
    score = score_answers(JOB_CAREER, {})
    made_by = (score.instrument, score.version, score.rule_version, score.norms_version)
    assert made_by == ("job-career", 1, RULE_VERSION, "launch-1")


@pytest.mark.parametrize(("left_out", "expected"), [(0, 40.0), (1, 40.0), (2, None)])
def test_the_composite_needs_six_dimensions(left_out: int, expected: float | None) -> None:
    """One dimension may be missing, two may not."""
    answers = everyone_at(3)
    for dimension in JOB_CAREER.dimensions[:left_out]:
        answers.update({item.id: None for item in JOB_CAREER.items_of(dimension.key)})
    assert score_answers(JOB_CAREER, answers).composite == expected


def test_the_composite_error_shrinks_with_the_number_of_dimensions() -> None:
    """The composite's standard error is the root of the summed squares over the number of dimensions."""
    instrument = made_up(
        (4, 4), norms=Norms("n", "prior", 0, {"d0": Norm(20, 0.75), "d1": Norm(10, 0.36)})
    )  # standard errors 10 and 8
    assert score_answers(instrument, everyone_at(3, instrument)).composite_sem == pytest.approx(164**0.5 / 2)


JOB, BETWEEN, CAREER = "job-leaning", "in transition", "career-leaning"


@pytest.mark.parametrize(
    ("points", "sem", "name", "certainty", "neighbours"),
    [
        ((1, 1, 1, 1), 5, JOB, "clear", ()),  # 0
        ((3, 4, 3, 4), 5, BETWEEN, "clear", ()),  # 50
        ((6, 6, 6, 6), 5, CAREER, "clear", ()),  # 100
        ((3, 3, 2, 3), 10, JOB, "likely", (JOB, BETWEEN)),  # 35
        ((3, 3, 3, 4), 10, BETWEEN, "likely", (JOB, BETWEEN)),  # 45
        ((4, 4, 3, 4), 10, BETWEEN, "likely", (BETWEEN, CAREER)),  # 55
        ((4, 4, 5, 4), 10, CAREER, "likely", (BETWEEN, CAREER)),  # 65
        ((3, 3, 3, 3), 10, JOB, "borderline", (JOB, BETWEEN)),  # 40
        ((4, 4, 4, 4), 10, CAREER, "borderline", (BETWEEN, CAREER)),  # 60
    ],
)
def test_the_largest_probability_names_the_profile(
    points: tuple[int, ...], sem: float, name: str, certainty: str, neighbours: tuple[str, ...]
) -> None:
    """Clear from .80, likely from .60, else borderline; the two likeliest are named unless it is clear."""
    instrument = made_up((4,), norms=Norms("n", "prior", 0, {"d0": Norm(2 * sem, 0.75)}))
    ends = [point if n % 2 == 0 else 7 - point for n, point in enumerate(points)]
    profile = score_answers(instrument, {f"d0i{n}": answer for n, answer in enumerate(ends)}).profile
    assert profile is not None
    assert (profile.name, profile.certainty, profile.neighbours) == (name, certainty, neighbours)


def test_a_tie_between_job_and_transition_reads_as_in_transition() -> None:
    """When two profiles are equally likely the middle one is named, and the other beside it."""
    profile = score_answers(
        made_up((4,), bands=(40.0, 100.0), norms=Norms("n", "prior", 0, {"d0": Norm(1, 0.5)})),
        {"d0i0": 3, "d0i1": 4, "d0i2": 3, "d0i3": 4},
    ).profile
    assert profile is not None
    assert profile.p_job == profile.p_transition == 0.5
    assert (profile.name, profile.certainty) == ("in transition", "borderline")


@pytest.mark.parametrize("wrong", [0, 7, -1, 3.0, "3", True, [3]])
def test_what_is_no_point_of_the_scale_is_refused(wrong: object) -> None:
    """Numbers outside the scale, fractions, text and truth values are no answers."""
    answers: dict[str, Any] = {"H1": wrong, "H2": 3}
    with pytest.raises(AnswersRefused) as refusal:
        score_answers(JOB_CAREER, answers)
    assert list(refusal.value.errors) == ["H1"]
    assert "from 1 to 6" in refusal.value.errors["H1"][0]


def test_every_faulty_answer_is_named_at_once() -> None:
    """Unknown items and wrong answers are all in the refusal, the check among them."""
    with pytest.raises(AnswersRefused) as refusal:
        score_answers(JOB_CAREER, {"H1": 9, "Z9": 3, "AC1": 0, "S1": 2, "h1": None})
    assert set(refusal.value.errors) == {"H1", "Z9", "AC1", "h1"}


@given(full_forms, st.none() | st.integers(1, 6))
def test_the_attention_check_is_never_scored(answers: dict[str, int], check: int | None) -> None:
    """Whatever is answered to the check, the numbers are the same."""
    assert score_answers(JOB_CAREER, {**answers, "AC1": check}) == score_answers(JOB_CAREER, answers)


@pytest.mark.parametrize(
    ("sizes", "given", "status"), [((8,), 7, "full"), ((8,), 5, "prorated"), ((8,), 4, "none")]
)
def test_missing_rules_are_the_instruments_own(sizes: tuple[int, ...], given: int, status: Status) -> None:
    """How many answers are enough stands in the file; a rule that is left out doesn't exist."""
    instrument = made_up(sizes, missing=MissingRules(full=7, prorated=5, provisional=None))
    answers = dict.fromkeys([item.id for item in instrument.items][:given], 3)
    assert score_answers(instrument, answers).dimensions[0].status == status


def test_a_short_dimension_with_every_item_answered_is_full() -> None:
    """Dimensions may differ in length; nothing missing is nothing missing."""
    instrument = made_up((5, 3))
    score = score_answers(instrument, dict.fromkeys([item.id for item in instrument.items], 3))
    assert [dimension.status for dimension in score.dimensions] == ["full", "full"]


@given(st.sampled_from([(1, 4), (1, 7), (0, 10), (-2, 2)]), st.integers(1, 12), st.data())
def test_any_scale_gives_whole_limits_exactly(scale: tuple[int, int], size: int, data: st.DataObject) -> None:
    """A number that is 40 or 60 on paper is 40 or 60 in binary, so that no band is missed by a hair."""
    instrument = made_up((size,), scale, missing=MissingRules(size, None, None))
    answers = {item.id: data.draw(st.integers(*scale)) for item in instrument.items}
    steps = sum(
        answers[item.id] - scale[0] if item.key == 1 else scale[1] - answers[item.id]
        for item in instrument.items
    )
    dimension = score_answers(instrument, answers).dimensions[0]
    width = size * (scale[1] - scale[0])
    assert dimension.band == (
        "low" if 5 * steps < 2 * width else "high" if 5 * steps > 3 * width else "middle"
    )


@given(forms)
def test_numbers_stay_on_the_axis_and_chances_add_up(answers: Answers) -> None:
    """Scores lie from 0 to 100 within their bands, and the three probabilities make one."""
    score = score_answers(JOB_CAREER, answers)
    for dimension in score.dimensions:
        if dimension.score is not None:
            assert dimension.low is not None
            assert dimension.high is not None
            assert 0 <= dimension.score <= 100
            assert dimension.low < dimension.score < dimension.high
    if score.profile:
        chances = (score.profile.p_job, score.profile.p_transition, score.profile.p_career)
        assert all(0 <= chance <= 1 for chance in chances)
        assert sum(chances) == pytest.approx(1)


@given(forms)
def test_mirrored_answers_give_the_mirrored_score(answers: Answers) -> None:
    """Turning every answer round turns the numbers round, the chances with them."""
    score = score_answers(JOB_CAREER, answers)
    mirrored = score_answers(JOB_CAREER, {i: None if a is None else 7 - a for i, a in answers.items()})
    for one, other in zip(score.dimensions, mirrored.dimensions, strict=True):
        assert (one.score is None) == (other.score is None)
        if one.score is not None and other.score is not None:
            assert other.score == pytest.approx(100 - one.score, abs=1e-9)
            assert other.sem == one.sem
    if score.profile and mirrored.profile:
        assert mirrored.profile.p_career == pytest.approx(score.profile.p_job, abs=1e-12)


@given(forms, st.randoms())
def test_the_order_of_answers_and_items_changes_nothing(answers: Answers, random: Any) -> None:
    """Neither the order of a form nor that of the items in the file moves a number."""
    shuffled = list(answers.items())
    items = list(JOB_CAREER.items)
    random.shuffle(shuffled)
    random.shuffle(items)
    other = replace(JOB_CAREER, items=tuple(items))
    assert score_answers(other, dict(shuffled)) == score_answers(JOB_CAREER, answers)


@given(forms, st.sampled_from([item.id for item in JOB_CAREER.items]))
def test_a_missing_answer_never_narrows_a_band(answers: Answers, dropped: str) -> None:
    """With one answer less, each band is as wide as before, or wider, or gone."""
    before = score_answers(JOB_CAREER, answers)
    after = score_answers(JOB_CAREER, {**answers, dropped: None})
    pairs = [(before.composite_sem, after.composite_sem)]
    pairs += [(one.sem, other.sem) for one, other in zip(before.dimensions, after.dimensions, strict=True)]
    for narrow, wide in pairs:
        assert wide is None or (narrow is not None and wide >= narrow)


@given(st.floats(-0.9, 0.99), st.integers(1, 20), st.integers(1, 20))
def test_fewer_items_never_measure_better(alpha: float, answered: int, more: int) -> None:
    """The standard error falls, or stays, as more of the items are answered, even where alpha is negative."""
    items = answered + more
    errors = [standard_error(Norm(18, alpha), count, items) for count in (answered, items)]
    assert errors[0] >= errors[1] == pytest.approx(18 * (1 - alpha) ** 0.5)


@given(forms)
def test_a_score_survives_json_to_the_last_digit(answers: Answers) -> None:
    """What is written as JSON and read again equals what was written."""
    score = score_answers(JOB_CAREER, answers)
    assert score_from_json(json.loads(json.dumps(score_to_json(score)))) == score


def test_the_parts_of_a_score_are_found_by_key() -> None:
    """A dimension of the score is asked for by its key."""
    score = score_answers(JOB_CAREER, everyone_at(6))
    assert isinstance(score, Score)
    assert isinstance(score.profile, Profile)
    assert score.dimension("networks").key == "networks"
    with pytest.raises(KeyError):
        score.dimension("stamina")
