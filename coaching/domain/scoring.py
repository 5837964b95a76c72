"""Turns one person's answers into numbers with their error: pure, repeatable, named by rule version."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal

from coaching.domain.errors import Refused
from coaching.domain.instruments import Band, Instrument, Item, MissingRules, Norm, Scale

RULE_VERSION = "scoring-1"

Status = Literal["full", "prorated", "provisional", "none"]
ProfileName = Literal["job-leaning", "in transition", "career-leaning"]
Certainty = Literal["clear", "likely", "borderline"]
PROFILES: tuple[ProfileName, ...] = ("job-leaning", "in transition", "career-leaning")

_Z80 = NormalDist().inv_cdf(0.9)  # half the width of an 80% band, in standard errors
_CLEAR, _LIKELY = 0.80, 0.60


class AnswersRefused(Refused):
    """Some answers are no answers to this instrument; `errors` has the reasons by item id."""


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
    _refuse_faults(instrument, answers)
    dimensions = tuple(
        _score_dimension(
            dimension.key,
            [
                (item, given)
                for item in instrument.items_of(dimension.key)
                if (given := answers.get(item.id)) is not None
            ],
            instrument,
        )
        for dimension in instrument.dimensions
    )
    return _with_composite(instrument, dimensions)


def standard_error(norm: Norm, answered: int, items: int) -> float:
    """Standard error of measurement, SD * sqrt(1 - alpha), of a score from `answered` of `items` items.

    Alpha is stepped down to the answered length by Spearman-Brown, m * alpha / (1 + (m - 1) * alpha) with
    m = answered / items; never upwards, so that a missing answer can't narrow a band.
    """
    m = answered / items
    alpha = min(norm.alpha, m * norm.alpha / (1 + (m - 1) * norm.alpha))
    return norm.sd * math.sqrt(1 - alpha)


def score_to_json(score: Score) -> dict[str, Any]:
    """The score as plain JSON values; floats keep every digit."""
    data = asdict(score)
    data["dimensions"] = list(data["dimensions"])
    if score.profile:
        data["profile"]["neighbours"] = list(score.profile.neighbours)
    return data


def score_from_json(data: Mapping[str, Any]) -> Score:
    """The score that `score_to_json` wrote, equal to the last digit."""
    profile = data["profile"]
    return Score(
        **{
            **data,
            "dimensions": tuple(DimensionScore(**dimension) for dimension in data["dimensions"]),
            "profile": profile and Profile(**{**profile, "neighbours": tuple(profile["neighbours"])}),
        }
    )


def _refuse_faults(instrument: Instrument, answers: Mapping[str, int | None]) -> None:
    errors = {}
    for item_id, given in answers.items():
        if item_id not in instrument.item_ids:
            errors[item_id] = [f"There is no item of this name in {instrument.name} {instrument.version}."]
        elif given is not None and not _is_answer(given, instrument.scale):
            scale = instrument.scale
            errors[item_id] = [f"Give a whole number from {scale.minimum} to {scale.maximum}, or null."]
    if errors:
        raise AnswersRefused(errors)


def _is_answer(given: object, scale: Scale) -> bool:
    """Whether this is a point of the scale; True and False are none, though Python counts them as numbers."""
    return isinstance(given, int) and not isinstance(given, bool) and given in scale.points


def _score_dimension(key: str, given: Sequence[tuple[Item, int]], instrument: Instrument) -> DimensionScore:
    size = len(instrument.items_of(key))
    status = _status([item for item, _ in given], size, instrument.missing)
    if status == "none":
        return DimensionScore(key, status, len(given), None, None, None, None, None)
    score = _on_axis(given, instrument.scale)
    sem = standard_error(instrument.norms.by_dimension[key], len(given), size)
    low, high = score - _Z80 * sem, score + _Z80 * sem
    return DimensionScore(key, status, len(given), score, low, high, sem, instrument.band(score))


def _status(answered: Sequence[Item], size: int, rules: MissingRules) -> Status:
    """Nothing missing is always full, also in a dimension that is shorter than the rule for full."""
    count = len(answered)
    if count and count >= min(rules.full, size):
        return "full"
    if rules.prorated is not None and count >= rules.prorated:
        return "prorated"
    if rules.provisional is not None and count >= rules.provisional and {i.key for i in answered} == {1, -1}:
        return "provisional"
    return "none"


def _on_axis(given: Sequence[tuple[Item, int]], scale: Scale) -> float:
    """100 * (mean - min) / (max - min), summed in whole numbers so that 40 is 40 and not a hair below."""
    steps = sum(x - scale.minimum if item.key == 1 else scale.maximum - x for item, x in given)
    return 100 * steps / (len(given) * (scale.maximum - scale.minimum))


def _with_composite(instrument: Instrument, dimensions: tuple[DimensionScore, ...]) -> Score:
    scores = [d.score for d in dimensions if d.score is not None]
    sems = [d.sem for d in dimensions if d.sem is not None]
    composite = low = high = sem = profile = None
    if scores and len(scores) >= instrument.composite_at_least:
        composite = math.fsum(scores) / len(scores)
        sem = math.sqrt(math.fsum(s * s for s in sems)) / len(sems)
        low, high = composite - _Z80 * sem, composite + _Z80 * sem
        profile = _profile(composite, sem, instrument.bands)
    return Score(
        instrument=instrument.name,
        version=instrument.version,
        rule_version=RULE_VERSION,
        norms_version=instrument.norms.version,
        dimensions=dimensions,
        composite=composite,
        composite_low=low,
        composite_high=high,
        composite_sem=sem,
        profile=profile,
    )


def _profile(composite: float, sem: float, bands: tuple[float, float]) -> Profile:
    """The mass of Normal(composite, sem) below, between and above the bands; the largest names it."""
    below, upto = (_normal_cdf(limit, composite, sem) for limit in bands)
    above = _normal_cdf(-bands[1], -composite, sem)  # the far tail itself: 1 - cdf would lose its digits
    chances = dict(zip(PROFILES, (below, upto - below, above), strict=True))
    likeliest = sorted(PROFILES, key=lambda name: (-chances[name], name != "in transition"))
    first = chances[likeliest[0]]
    certainty: Certainty = "clear" if first >= _CLEAR else "likely" if first >= _LIKELY else "borderline"
    neighbours = () if certainty == "clear" else tuple(name for name in PROFILES if name in likeliest[:2])
    return Profile(likeliest[0], certainty, below, upto - below, above, neighbours)


def _normal_cdf(x: float, mean: float, sd: float) -> float:
    return 0.5 * math.erfc((mean - x) / (sd * math.sqrt(2)))
