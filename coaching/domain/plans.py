"""Drafts a plan from a score by rules that coaches edit; every line of it says why it is there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from coaching.domain.instruments import Band, Instrument
from coaching.domain.plan_phrases import in_words
from coaching.domain.plan_rules import CadenceKind, CadenceRule, MilestoneRule, PlanRules, Service, WhyWords
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.domain.scoring import DimensionScore, Score, shown

# For a rhythm that doesn't say by when its mentor is to be found.
FIND_WITHIN = timedelta(weeks=6)


@dataclass(frozen=True)
class DraftMilestone:
    """One thing to reach by a date, and why, in words for the client."""

    kind: str
    dimension: str
    band: Band
    title: str
    detail: str
    due_on: date
    service: tuple[Service, ...]
    why: str
    ahead_days: int = 7
    decides: bool = False


@dataclass(frozen=True)
class DraftCadence:
    """A rhythm: `count` times every `every_days` days, for `times` rounds, then every `then_every_days`.

    every_days None with first_by_on: the person has to be found by that day, then the later rhythm holds.
    """

    kind: CadenceKind
    every_days: int | None
    times: int | None
    then_every_days: int | None
    optional: bool
    text: str
    why: str
    count: int = 1
    first_by_on: date | None = None


@dataclass(frozen=True)
class PlanDraft:
    """A first plan: focus dimensions in order of need, milestones in the order of the focus, then by date."""

    rules: str
    rules_version: int
    score_rules: str
    focus: tuple[str, ...]
    milestones: tuple[DraftMilestone, ...]
    cadences: tuple[DraftCadence, ...]
    coach_confirms_first: bool


def draft_plan(
    rules: PlanRules, instrument: Instrument, score: Score, importance: Mapping[str, int], *, starts_on: date
) -> PlanDraft:
    """The plan that the rules make of a score; the same arguments always give the same plan.

    importance is 1 to 5 by dimension, as the client gave it; what is not in it counts as the rules' default.
    """
    focus = _focus(rules, score, importance)
    unsure = score.profile is None or score.profile.certainty == "borderline"
    row = rules.unsure_row if score.profile is None or unsure else score.profile.name
    why = _cadence_why(rules.why, score)
    return PlanDraft(
        rules=rules.name,
        rules_version=rules.version,
        score_rules=score.rule_version,
        focus=tuple(dimension.key for dimension in focus),
        milestones=tuple(_milestones(rules, instrument, score, focus, importance, starts_on=starts_on)),
        cadences=tuple(_cadence(rule, why, starts_on) for rule in rules.cadences[row]),
        coach_confirms_first=unsure,
    )


def seek_mentor(rules: PlanRules, draft: PlanDraft, *, starts_on: date) -> PlanDraft:
    """The draft with finding a mentor in it, where its rhythm has one; for a client who has none yet."""
    rule = rules.milestone(FIND_A_MENTOR)
    rhythm = next((cadence for cadence in draft.cadences if cadence.kind == "mentor"), None)
    if rule is None or rhythm is None or any(one.kind == FIND_A_MENTOR for one in draft.milestones):
        return draft
    due_on = rhythm.first_by_on or starts_on + FIND_WITHIN
    sought = replace(_milestone(rule, rules.why.mentor, starts_on), due_on=due_on, service=("search",))
    return replace(draft, milestones=(*draft.milestones, sought))


def leave_out_finding(draft: PlanDraft) -> PlanDraft:
    """The draft without finding a mentor; for a client who has one."""
    return replace(draft, milestones=tuple(one for one in draft.milestones if one.kind != FIND_A_MENTOR))


def mentor_again(rules: PlanRules, *, starts_on: date) -> DraftMilestone | None:
    """Finding a mentor once more, for a client whose last one has gone; None where the rules know no such."""
    rule = rules.milestone(FIND_A_MENTOR)
    if rule is None:
        return None
    return replace(_milestone(rule, rules.why.mentor_again, starts_on), due_on=starts_on + FIND_WITHIN)


def next_milestone(
    rules: PlanRules, kind: str, present_kinds: Collection[str], *, reached_on: date
) -> DraftMilestone | None:
    """The milestone that reaching one of this kind opens; None if none, or if the plan has had it.

    present_kinds: every kind of the plan, those that were reached or dropped too.
    """
    reached = rules.milestone(kind)
    rule = rules.milestone(reached.next) if reached is not None and reached.next is not None else None
    if reached is None or rule is None or rule.kind in present_kinds:
        return None
    return _milestone(rule, rules.why.opened.format(reached=reached.title), reached_on)


def plan_draft_to_json(draft: PlanDraft) -> dict[str, Any]:
    """The draft as plain JSON values; dates in ISO 8601."""
    data: dict[str, Any] = _plain(asdict(draft))
    return data


def plan_draft_from_json(data: Mapping[str, Any]) -> PlanDraft:
    """The draft that `plan_draft_to_json` wrote."""
    return PlanDraft(
        **{
            **data,
            "focus": tuple(data["focus"]),
            "milestones": tuple(_milestone_from_json(milestone) for milestone in data["milestones"]),
            "cadences": tuple(_cadence_from_json(cadence) for cadence in data["cadences"]),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _milestone_from_json(data: Mapping[str, Any]) -> DraftMilestone:
    due_on = date.fromisoformat(data["due_on"])
    return DraftMilestone(**{**data, "due_on": due_on, "service": tuple(data["service"])})


def _cadence_from_json(data: Mapping[str, Any]) -> DraftCadence:
    first_by = data["first_by_on"]
    return DraftCadence(**{**data, "first_by_on": first_by and date.fromisoformat(first_by)})


def _focus(rules: PlanRules, score: Score, importance: Mapping[str, int]) -> list[DimensionScore]:
    """Greatest need first: (100 - score) x importance / 3; equal needs keep the instrument's order."""

    def need(dimension: DimensionScore) -> float:
        assert dimension.score is not None
        weight = importance.get(dimension.key, rules.default_importance)
        return round((100 - dimension.score) * weight / 3, 9)  # so that equal needs are equal in binary, too

    numbered = [dimension for dimension in score.dimensions if dimension.score is not None]
    return sorted(numbered, key=need, reverse=True)[: rules.focus_count]


def _milestones(
    rules: PlanRules,
    instrument: Instrument,
    score: Score,
    focus: Sequence[DimensionScore],
    importance: Mapping[str, int],
    *,
    starts_on: date,
) -> Iterator[DraftMilestone]:
    others = [dimension for dimension in score.dimensions if dimension.band and dimension not in focus]
    for dimension in (*focus, *others):
        in_focus = dimension in focus
        sentence = rules.why.focus if in_focus else rules.why.outside_focus
        words = _milestone_words(rules, instrument, dimension, len(focus), importance.get(dimension.key))
        for rule in rules.milestones:
            matches = (rule.dimension, rule.band) == (dimension.key, dimension.band)
            if matches and (in_focus or rule.outside_focus):
                yield _milestone(rule, sentence.format(**words), starts_on)


def _milestone(rule: MilestoneRule, why: str, starts_on: date) -> DraftMilestone:
    return DraftMilestone(
        kind=rule.kind,
        dimension=rule.dimension,
        band=rule.band,
        title=rule.title,
        detail=rule.detail,
        due_on=starts_on + timedelta(days=rule.due_in_days),
        service=rule.service,
        why=why,
        ahead_days=rule.reminded_days_ahead,
        decides=rule.decides,
    )


def _milestone_words(
    rules: PlanRules,
    instrument: Instrument,
    dimension: DimensionScore,
    focus_size: int,
    importance: int | None,
) -> dict[str, str]:
    assert dimension.score is not None
    assert dimension.band is not None
    lower, upper = (f"{limit:g}" for limit in instrument.bands)
    return {
        "dimension": instrument.dimension(dimension.key).name,
        "area": f"your {in_words(focus_size)} focus areas" if focus_size > 1 else "your focus areas",
        "answers": _answers(dimension),
        "score": str(shown(dimension.score)),
        "band": {"low": f"below {lower}", "middle": f"between {lower} and {upper}", "high": f"above {upper}"}[
            dimension.band
        ],
        "importance": "" if importance is None else rules.why.importance[importance],
    }


def _answers(dimension: DimensionScore) -> str:
    count = dimension.answered
    if dimension.status == "full":
        return f"your {in_words(count)} answers"
    return f"the {in_words(count)} answers you gave" if count > 1 else "the one answer you gave"


def _cadence(rule: CadenceRule, why: str, starts_on: date) -> DraftCadence:
    first_by = rule.first_by_days
    return DraftCadence(
        kind=rule.kind,
        every_days=rule.every_days,
        times=rule.times,
        then_every_days=rule.then_every_days,
        optional=rule.optional,
        text=rule.text,
        why=why,
        count=rule.count,
        first_by_on=None if first_by is None else starts_on + timedelta(days=first_by),
    )


def _cadence_why(words: WhyWords, score: Score) -> str:
    profile, composite = score.profile, score.composite
    if profile is None or composite is None:
        return words.no_profile
    if profile.certainty == "borderline":
        first, second = profile.neighbours
        return words.borderline.format(composite=shown(composite), first=first, second=second)
    return words.profile.format(composite=shown(composite), profile=profile.name)
