"""Scores made to measure, and the plans that the published rules make of them."""

from collections.abc import Mapping
from datetime import date

from coaching.adapters.content import load_plan_rules
from coaching.domain.plans import DraftCadence, DraftMilestone, PlanDraft, draft_plan
from coaching.domain.scoring import Score, score_answers
from coaching.settings import CONTENT
from tests.domain.instrument_making import JOB_CAREER

RULES = load_plan_rules(CONTENT / "plans" / "job-career.yaml", [JOB_CAREER])
STARTS_ON = date(2026, 11, 23)
KEYS = [dimension.key for dimension in JOB_CAREER.dimensions]
# How far the four answers of a dimension stand from the job pole, for a wanted number.
STEPS = {0: (0, 0, 0, 0), 20: (1, 1, 1, 1), 25: (2, 1, 1, 1), 35: (2, 2, 2, 1), 40: (2, 2, 2, 2)}
STEPS |= {
    45: (3, 2, 2, 2),
    50: (3, 3, 2, 2),
    60: (3, 3, 3, 3),
    65: (4, 3, 3, 3),
    80: (4, 4, 4, 4),
    100: (5, 5, 5, 5),
}


def score_of(numbers: Mapping[str, int | None], otherwise: int | None = 50) -> Score:
    """The score of answers that give these numbers by dimension; None leaves a dimension unanswered."""
    answers = {}
    for key in KEYS:
        number = numbers.get(key, otherwise)
        if number is not None:
            for item, steps in zip(JOB_CAREER.items_of(key), STEPS[number], strict=True):
                answers[item.id] = 1 + steps if item.key == 1 else 6 - steps
    return score_answers(JOB_CAREER, answers)


def drafted(
    numbers: Mapping[str, int | None], importance: Mapping[str, int] | None = None, otherwise: int | None = 50
) -> PlanDraft:
    """The plan for these numbers."""
    return draft_plan(RULES, JOB_CAREER, score_of(numbers, otherwise), importance or {}, starts_on=STARTS_ON)


def kinds_of(draft: PlanDraft, dimension: str) -> list[str]:
    """The kinds of milestone that a plan has for one dimension."""
    return [milestone.kind for milestone in draft.milestones if milestone.dimension == dimension]


def milestone_of(draft: PlanDraft, kind: str) -> DraftMilestone:
    """The one milestone of that kind."""
    (milestone,) = (milestone for milestone in draft.milestones if milestone.kind == kind)
    return milestone


def cadence_of(draft: PlanDraft, kind: str) -> DraftCadence:
    """The one cadence of that kind."""
    (cadence,) = (cadence for cadence in draft.cadences if cadence.kind == kind)
    return cadence
