"""Turns one person's answers into numbers with their error: pure, repeatable, named by rule version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from coaching.domain.instruments import Band, Instrument

RULE_VERSION = "scoring-1"

Status = Literal["full", "prorated", "provisional", "none"]
ProfileName = Literal["job-leaning", "in transition", "career-leaning"]
Certainty = Literal["clear", "likely", "borderline"]
PROFILES: tuple[ProfileName, ...] = ("job-leaning", "in transition", "career-leaning")


class AnswersRefused(ValueError):  # noqa: N818  (the name says what happened, as other domain refusals do)
    """Some answers are no answers to this instrument; `errors` has the reasons by item id."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{item}: {' '.join(reasons)}" for item, reasons in errors.items()))


@dataclass(frozen=True)
class DimensionScore:
    """One dimension from 0 to 100; low and high are its 80% band, which may reach beyond the axis."""

    key: str
    status: Status
    answered: int
    score: float | None
    low: float | None
    high: float | None
    sem: float | None
    band: Band | None


@dataclass(frozen=True)
class Profile:
    """The likeliest profile; neighbours names the two likeliest, job first, unless it is clear."""

    name: ProfileName
    certainty: Certainty
    p_job: float
    p_transition: float
    p_career: float
    neighbours: tuple[ProfileName, ...]


@dataclass(frozen=True)
class Score:
    """What one instrument version makes of one submission, by one rule version and one set of norms."""

    instrument: str
    version: int
    rule_version: str
    norms_version: str
    dimensions: tuple[DimensionScore, ...]
    composite: float | None
    composite_low: float | None
    composite_high: float | None
    composite_sem: float | None
    profile: Profile | None

    def dimension(self, key: str) -> DimensionScore:
        """The score of one dimension; KeyError if the instrument has none of that key."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        raise KeyError(key)


def shown(value: float) -> int:
    """A number of the 0 to 100 axis as people read it: within the axis, whole, halves upwards."""
    return int(min(100.0, max(0.0, value)) + 0.5)


def score_answers(instrument: Instrument, answers: Mapping[str, int | None]) -> Score:
    """Score one submission; None or absent is missing. Raises AnswersRefused naming each faulty item."""
    raise NotImplementedError


def score_to_json(score: Score) -> dict[str, Any]:
    """The score as plain JSON values; floats keep every digit."""
    raise NotImplementedError


def score_from_json(data: Mapping[str, Any]) -> Score:
    """The score that `score_to_json` wrote, equal to the last digit."""
    raise NotImplementedError
