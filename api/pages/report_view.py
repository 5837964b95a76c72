"""Turns a stored report into what its template shows: numbers rounded once, dates and whys in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.pages.chart import Bar, GridLine, bar, grid
from api.pages.dates import day_in_words
from coaching.domain.instruments import Instrument
from coaching.domain.local_time import local
from coaching.domain.plans import DraftCadence, PlanDraft
from coaching.domain.scoring import DimensionScore, Score, shown
from coaching.domain.words import ReportWords
from coaching.usecases.read_report import LivingPlan
from coaching.usecases.read_report import Rhythm as LivingRhythm


@dataclass(frozen=True)
class Row:
    """One dimension. Without a number (`bar` is None) `spoken` says so, and why."""

    key: str
    name: str
    low_pole: str
    high_pole: str
    number: int | None
    probably: str | None
    bar: Bar | None
    status: str | None
    says: str | None
    step: str | None
    spoken: str


@dataclass(frozen=True)
class Due:
    """One milestone with its day in words; `why` is None where its area says it once for all of them."""

    title: str
    detail: str
    due: str
    why: str | None


@dataclass(frozen=True)
class Reached:
    """A step that was reached, with its day in words."""

    title: str
    on: str


@dataclass(frozen=True)
class Living:
    """The plan since it was approved: what is still to be done, or was left open, and what was reached."""

    completed: bool
    open: tuple[Due, ...]
    reached: tuple[Reached, ...]


@dataclass(frozen=True)
class Area:
    """One dimension of the plan with its milestones; `focus` if it is one of those in greatest need."""

    name: str
    focus: bool
    why: str | None
    milestones: tuple[Due, ...]


@dataclass(frozen=True)
class Rhythm:
    """One cadence: whom or what it is about, and its sentence; `why` as in Due."""

    heading: str
    text: str
    why: str | None


@dataclass(frozen=True)
class Picture:
    """Everything that the report shows."""

    made_on: str
    heading: str
    summary: str
    profile: str | None
    certainty: str | None
    overall: str | None
    profile_words: str | None
    rows: tuple[Row, ...]
    grid: tuple[GridLine, ...]
    living: Living | None
    areas: tuple[Area, ...]
    rhythms_why: str | None
    rhythms: tuple[Rhythm, ...]
    coach_confirms_first: bool


_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_CADENCES: Mapping[str, str] = {
    "check_in": "Talks with a coach",
    "mentor": "A mentor",
    "network": "People you know",
    "event": "Going out",
}
_CERTAINTIES: Mapping[str, str] = {
    "clear": "This reading is clear: at least four chances in five.",
    "likely": "This reading is likely: at least three chances in five.",
    "borderline": "This reading is close: it may as well be {other}.",
}


def picture(
    instrument: Instrument,
    words: ReportWords,
    score: Score,
    plan: PlanDraft | None,
    *,
    living: LivingPlan | None = None,
    made_on: date,
    seen_on: date,
    zone: str = "UTC",
) -> Picture:
    """Return the report of one score and plan, made on one day, as it reads on another.

    `living`: the plan since it was approved, told in place of the draft; its times are read in the zone.
    """
    profile = score.profile
    source = living or plan
    cadences: Sequence[DraftCadence | LivingRhythm] = source.cadences if source else ()
    rhythms_why = _shared(cadence.why for cadence in cadences)
    return Picture(
        made_on=day_in_words(made_on, seen_on=seen_on),
        heading=_heading(len(score.dimensions)),
        summary=words.summary(profile),
        profile=profile.name if profile else None,
        certainty=_certainty(score),
        overall=_between(score.composite, score.composite_low, score.composite_high),
        profile_words=words.profile_words[profile.name] if profile else None,
        rows=tuple(_row(instrument, words, dimension) for dimension in score.dimensions),
        grid=grid(instrument.bands),
        living=_living(living, seen_on, zone) if living else None,
        areas=_areas(instrument, plan, seen_on) if plan and not living else (),
        rhythms_why=rhythms_why,
        rhythms=_rhythms(cadences, rhythms_why),
        coach_confirms_first=plan.coach_confirms_first if plan else False,
    )


def _heading(count: int) -> str:
    return f"{_COUNTS[count] if count < len(_COUNTS) else count} dimension{'s' if count != 1 else ''}"


def _certainty(score: Score) -> str | None:
    if score.profile is None:
        return None
    other = next((name for name in score.profile.neighbours if name != score.profile.name), "")
    return _CERTAINTIES[score.profile.certainty].format(other=other)


def _row(instrument: Instrument, words: ReportWords, score: DimensionScore) -> Row:
    name, said = instrument.dimension(score.key).name, words.dimension(score.key)
    status = None if score.status == "full" else words.statuses[score.status]
    if score.score is None or score.low is None or score.high is None or score.band is None:
        spoken = f"{name}: no number"
        return Row(score.key, name, said.low, said.high, None, None, None, status, None, None, spoken)
    number, probably = shown(score.score), f"{shown(score.low)} and {shown(score.high)}"
    return Row(
        key=score.key,
        name=name,
        low_pole=said.low,
        high_pole=said.high,
        number=number,
        probably=probably,
        bar=bar(score.score, score.low, score.high),
        status=status,
        says=said.bands[score.band].says,
        step=said.bands[score.band].step,
        spoken=f"{name}: {number} of 100, probably between {probably}",
    )


def _between(score: float | None, low: float | None, high: float | None) -> str | None:
    if score is None or low is None or high is None:
        return None
    return f"{shown(score)}, probably between {shown(low)} and {shown(high)}"


def _living(plan: LivingPlan, seen_on: date, zone: str) -> Living:
    return Living(
        plan.completed,
        tuple(
            Due(step.title, step.detail, day_in_words(step.due_on, seen_on=seen_on), step.why)
            for step in plan.steps
            if step.reached_at is None
        ),
        tuple(
            Reached(step.title, day_in_words(local(step.reached_at, zone).date(), seen_on=seen_on))
            for step in plan.steps
            if step.reached_at is not None
        ),
    )


def _areas(instrument: Instrument, plan: PlanDraft, seen_on: date) -> tuple[Area, ...]:
    """Group the milestones by dimension, the dimensions in greatest need first."""
    with_milestones = [milestone.dimension for milestone in plan.milestones]
    keys = dict.fromkeys(key for key in (*plan.focus, *with_milestones) if key in with_milestones)
    return tuple(_area(instrument, plan, key, seen_on) for key in keys)


def _area(instrument: Instrument, plan: PlanDraft, key: str, seen_on: date) -> Area:
    milestones = [milestone for milestone in plan.milestones if milestone.dimension == key]
    shared = _shared(milestone.why for milestone in milestones)
    dues = tuple(
        Due(
            milestone.title,
            milestone.detail,
            day_in_words(milestone.due_on, seen_on=seen_on),
            None if shared else milestone.why,
        )
        for milestone in milestones
    )
    return Area(instrument.dimension(key).name, key in plan.focus, shared, dues)


def _rhythms(cadences: Sequence[DraftCadence | LivingRhythm], shared: str | None) -> tuple[Rhythm, ...]:
    return tuple(
        Rhythm(
            f"{_CADENCES[cadence.kind]} (if you like)" if cadence.optional else _CADENCES[cadence.kind],
            cadence.text,
            None if shared else cadence.why,
        )
        for cadence in cadences
    )


def _shared(whys: Iterable[str]) -> str | None:
    """Return the reason that all lines have in common, which is then said once, above them."""
    different = set(whys)
    return different.pop() if len(different) == 1 else None
