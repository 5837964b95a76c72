"""Scores held against reference values that were made with R."""

import csv
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from coaching.domain.instruments import Instrument, Norm, Norms
from coaching.domain.scoring import Profile, Score, score_answers, standard_error
from tests.domain.instrument_making import JOB_CAREER

GOLD = Path(__file__).parents[1] / "gold"
EXACT = 1e-8
KEYS = [dimension.key for dimension in JOB_CAREER.dimensions]


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one reference file."""
    with (GOLD / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def with_sample_norms() -> Instrument:
    """The published instrument with the spread and reliability of the simulated sample."""
    rows = [row for row in rows_of("sim28/ref_reliability.csv") if row["dim"] != "composite"]
    norms = {row["dim"]: Norm(float(row["sd"]), float(row["alpha"])) for row in rows}
    return replace(JOB_CAREER, norms=Norms("sim28", "sample", 539, norms))


INSTRUMENT = with_sample_norms()
REFERENCE = rows_of("sim28/ref_scores_t1.csv")
SCORES: list[Score] = [
    score_answers(INSTRUMENT, {i: int(row[i]) if row[i] else None for i in INSTRUMENT.item_ids})
    for row in rows_of("sim28/answers_t1.csv")
]


def pairs() -> Iterable[tuple[dict[str, str], Score]]:
    """Each reference row with our score of the same person."""
    return zip(REFERENCE, SCORES, strict=True)


def complete() -> list[tuple[dict[str, str], Score, Profile]]:
    """The rows where the reference and our rules coincide in the error of the composite: all seven full."""
    found = []
    for row, score in pairs():
        if all(row[f"{key}_status"] == "full" for key in KEYS):
            assert score.profile is not None
            found.append((row, score, score.profile))
    return found


def agree(ours: float | None, reference: str) -> bool:
    """Both absent, or both there and equal to 1e-8."""
    if ours is None or not reference:
        return ours is None and not reference
    return math.isclose(ours, float(reference), rel_tol=0, abs_tol=EXACT)


def test_every_dimension_of_every_person_agrees() -> None:
    """Status, number of answers and score agree on all 600 people in all seven dimensions."""
    for row, score in pairs():
        for ours in score.dimensions:
            assert ours.status == row[f"{ours.key}_status"], row["pid"]
            assert ours.answered == int(row[f"{ours.key}_n"]), row["pid"]
            assert agree(ours.score, row[ours.key]), row["pid"]


def test_every_composite_agrees() -> None:
    """The mean of the dimensions agrees on all 600 people, the empty form among them."""
    for row, score in pairs():
        assert agree(score.composite, row["composite"]), row["pid"]


def test_the_composite_error_agrees_with_the_reference() -> None:
    """The standard error of seven full dimensions is that of the reference."""
    reference = rows_of("sim28/ref_reliability.csv")[-1]
    for _, score, _ in complete():
        assert agree(score.composite_sem, reference["sem"])


def test_profiles_agree_where_all_dimensions_are_full() -> None:
    """Probabilities, class and certainty agree on every row with seven full dimensions."""
    rows = complete()
    assert len(rows) == 354
    for row, _, profile in rows:
        assert agree(profile.p_job, row["job"]), row["pid"]
        assert agree(profile.p_transition, row["transition"]), row["pid"]
        assert agree(profile.p_career, row["career"]), row["pid"]
        assert (profile.name, profile.certainty) == (row["class"], row["certainty"]), row["pid"]


def test_the_widths_of_full_dimensions_agree() -> None:
    """Standard error and 80% half width of a full dimension are those of the reference."""
    reference = {row["dim"]: row for row in rows_of("sim28/ref_reliability.csv")}
    for _, score, _ in complete()[:20]:
        for ours in score.dimensions:
            assert agree(ours.sem, reference[ours.key]["sem"])
            assert ours.low is not None
            assert ours.high is not None
            assert agree((ours.high - ours.low) / 2, reference[ours.key]["half80"])


@pytest.mark.parametrize(
    "row", rows_of("formulas/ref_sem_ci.csv"), ids=lambda r: f"{r['sd']}-{r['rel']}-{r['obs']}"
)
def test_the_standard_error_formula_agrees(row: dict[str, str]) -> None:
    """SD * sqrt(1 - alpha), as psychometric computes it."""
    assert agree(standard_error(Norm(float(row["sd"]), float(row["rel"])), 4, 4), row["sem"])


@pytest.mark.parametrize(
    "row", [r for r in rows_of("formulas/ref_spearman_brown.csv") if r["n"] == "0.5"], ids=lambda r: r["r"]
)
def test_half_the_items_step_alpha_down_by_spearman_brown(row: dict[str, str]) -> None:
    """With half of the items answered, the reliability in the error is the stepped-down one."""
    stepped = 1 - standard_error(Norm(1, float(row["r"])), 2, 4) ** 2
    assert agree(stepped, row["spearman_brown"])
