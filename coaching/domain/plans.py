"""Drafts a plan from a score by rules that coaches edit; every line of it says why it is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from coaching.domain.instruments import Band, Instrument
from coaching.domain.scoring import ProfileName, Score

Service = Literal["coaching", "skills", "search"]
CadenceKind = Literal["check_in", "mentor", "network", "event"]


@dataclass(frozen=True)
class MilestoneRule:
    """A milestone for one dimension in one band; outside_focus: also when the dimension is no focus."""

    kind: str
    dimension: str
    band: Band
    title: str
    detail: str
    due_in_days: int
    service: tuple[Service, ...]
    outside_focus: bool


@dataclass(frozen=True)
class CadenceRule:
    """How often a client of one profile meets, writes or goes out. See DraftCadence for the fields."""

    kind: CadenceKind
    every_days: int | None
    times: int | None
    then_every_days: int | None
    optional: bool
    text: str
    count: int
    first_by_days: int | None


@dataclass(frozen=True)
class WhyWords:
    """The sentences that explain a line of the plan, with {placeholders}; importance by its number 1 to 5."""

    focus: str
    outside_focus: str
    cadence: str
    cadence_unsure: str
    importance: Mapping[int, str]


@dataclass(frozen=True)
class PlanRules:
    """What `content/plans/<instrument>.yaml` says; unsure_row serves a borderline profile or none."""

    name: str
    version: int
    focus_count: int
    default_importance: int
    unsure_row: ProfileName
    why: WhyWords
    milestones: tuple[MilestoneRule, ...]
    cadences: Mapping[ProfileName, tuple[CadenceRule, ...]]


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
    """The plan that the rules make of a score; the same arguments always give the same plan."""
    raise NotImplementedError


def plan_draft_to_json(draft: PlanDraft) -> dict[str, Any]:
    """The draft as plain JSON values; dates in ISO 8601."""
    raise NotImplementedError


def plan_draft_from_json(data: Mapping[str, Any]) -> PlanDraft:
    """The draft that `plan_draft_to_json` wrote."""
    raise NotImplementedError
