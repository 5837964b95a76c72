"""The rules that draft a plan, on the published rules and on the numbers that steer them."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.plans import draft_plan, plan_draft_from_json, plan_draft_to_json
from coaching.domain.scoring import Score, score_answers
from tests.domain.instrument_making import JOB_CAREER
from tests.domain.plan_making import (
    KEYS,
    RULES,
    STARTS_ON,
    STEPS,
    cadence_of,
    drafted,
    kinds_of,
    milestone_of,
    score_of,
)


@pytest.mark.parametrize(
    ("numbers", "importance", "focus"),
    [
        ({"networks": 0, "skills": 20, "purpose": 25}, {}, ("networks", "skills", "purpose")),
        ({}, {}, ("horizon", "skills", "commitment")),  # all alike: the order of the instrument
        ({}, {"networks": 5, "identity": 4}, ("networks", "identity", "horizon")),
        ({"horizon": 0}, {"horizon": 1, "skills": 1}, ("commitment", "purpose", "progression")),
        ({"networks": 80, "skills": 40}, {"networks": 5, "skills": 1}, ("horizon", "commitment", "purpose")),
        ({"horizon": 60, "identity": 40}, {"horizon": 3, "identity": 2}, ("skills", "commitment", "purpose")),
        ({"networks": 35, "skills": None}, {"skills": 5}, ("networks", "horizon", "commitment")),
    ],
)
def test_the_focus_is_where_need_times_importance_is_greatest(
    numbers: Mapping[str, int | None], importance: Mapping[str, int], focus: tuple[str, ...]
) -> None:
    """Need is (100 - score) x importance / 3, unsaid importance counts as 3, no number takes no part."""
    assert drafted(numbers, importance).focus == focus


def test_equal_needs_are_equal_in_binary_too() -> None:
    """A third of the way weighed 3 and none of it weighed 2 are one need, though their floats differ."""
    answers = {item.id: 6 if item.key == 1 else 1 for item in JOB_CAREER.items if item.dimension != "horizon"}
    answers |= {"H2": 3, "H3": 4, "H4": 5} | {"N1": 1, "N2": 1, "N3": 6, "N4": 6}
    score = score_answers(JOB_CAREER, answers)
    needs = [
        (100 - (score.dimension(key).score or 0)) * weight / 3
        for key, weight in (("horizon", 3), ("networks", 2))
    ]
    assert needs[0] < needs[1] == pytest.approx(needs[0])
    assert draft_plan(RULES, JOB_CAREER, score, {"networks": 2}, starts_on=STARTS_ON).focus[0] == "horizon"


@pytest.mark.parametrize(
    ("dimension", "number", "kinds"),
    [
        ("horizon", 20, ["two-direction-sketch"]),
        ("horizon", 40, ["ninety-day-goals"]),
        ("horizon", 65, ["yearly-plan-b"]),
        ("skills", 20, ["skills-gap-audit", "weekly-practice"]),
        ("skills", 60, ["course-or-certificate"]),
        ("skills", 65, ["teach-or-stretch"]),
        (
            "commitment",
            35,
            ["stay-shift-leave-sheet", "first-trial", "second-trial", "stay-shift-leave-decision"],
        ),
        ("commitment", 40, ["ninety-day-commitment", "ninety-day-commitment-review"]),
        ("commitment", 65, ["lead-an-initiative"]),
        ("purpose", 20, ["energy-log", "values-sort"]),
        ("purpose", 50, ["reshape-a-tenth"]),
        ("purpose", 65, ["impact-statement"]),
        ("progression", 20, ["route-map", "first-informational-talk", "second-informational-talk"]),
        ("progression", 50, ["evidence-file", "talk-with-manager"]),
        ("progression", 65, ["find-a-sponsor"]),
        ("identity", 20, ["work-story", "values-gap"]),
        ("identity", 50, ["story-into-cv", "story-tried-on-three"]),
        ("identity", 65, ["portfolio", "speak-about-your-work"]),
        ("networks", 20, ["twenty-contacts", "one-touch-a-week", "mentor-found"]),
        ("networks", 50, ["two-touches-a-week", "join-a-group"]),
        ("networks", 65, ["introduce-others", "mentor-someone"]),
    ],
)
def test_each_dimension_has_its_milestones_by_band(dimension: str, number: int, kinds: list[str]) -> None:
    """A focus dimension gets what the rules say for its band, soonest first."""
    draft = drafted({dimension: number}, {dimension: 5}, otherwise=80)
    assert kinds_of(draft, dimension) == kinds


def test_only_focus_dimensions_get_milestones() -> None:
    """Three dimensions at a time; the others can wait."""
    draft = drafted({"networks": 0, "skills": 20, "purpose": 25}, otherwise=65)
    assert {milestone.dimension for milestone in draft.milestones} == {"networks", "skills", "purpose"}
    assert draft.milestones[0].dimension == "networks"


def test_days_are_counted_from_the_start() -> None:
    """A sketch is due in two weeks, a mentor by week six, a course within ninety days."""
    draft = drafted({"horizon": 20, "networks": 20, "skills": 50}, {"skills": 5}, otherwise=100)
    assert milestone_of(draft, "two-direction-sketch").due_on == date(2026, 12, 7)
    assert milestone_of(draft, "mentor-found").due_on == STARTS_ON + timedelta(weeks=6)
    assert milestone_of(draft, "course-or-certificate").due_on == date(2027, 2, 21)


def test_who_may_leave_gets_a_day_to_decide_even_outside_the_focus() -> None:
    """Commitment below 40 always brings the dated decision; the rest of its milestones only in the focus."""
    draft = drafted({"horizon": 0, "skills": 0, "networks": 0, "commitment": 35})
    assert "commitment" not in draft.focus
    assert kinds_of(draft, "commitment") == ["stay-shift-leave-decision"]
    decision = milestone_of(draft, "stay-shift-leave-decision")
    assert decision.due_on == STARTS_ON + timedelta(days=70)
    assert decision.service == ("coaching", "search")
    assert decision.why.startswith("Commitment came out at 35, below 40, from your four answers.")


def test_no_decision_day_from_forty_on() -> None:
    """The limit itself belongs to the middle band."""
    assert kinds_of(drafted({"horizon": 0, "skills": 0, "networks": 0, "commitment": 40}), "commitment") == []


@pytest.mark.parametrize(
    ("importance", "ending"),
    [
        ({}, "put it at 20, below 40."),
        ({"networks": 4}, "put it at 20, below 40, and you said it matters a lot to you."),
        ({"networks": 2}, "put it at 20, below 40, though you said it matters only somewhat to you."),
    ],
)
def test_a_milestone_says_why_it_is_there(importance: Mapping[str, int], ending: str) -> None:
    """Dimension, number, band, the answers behind it, and the importance if it was given."""
    why = milestone_of(drafted({"networks": 20}, importance, otherwise=80), "twenty-contacts").why
    assert why == f"Networking and relationships is one of your three focus areas: your four answers {ending}"


@pytest.mark.parametrize(
    ("number", "said"), [(40, "put it at 40, between 40 and 60."), (65, "put it at 65, above 60.")]
)
def test_the_why_names_the_band(number: int, said: str) -> None:
    """Each band is told by its limits, which are the instrument's own."""
    draft = drafted({"networks": number}, otherwise=100)
    assert draft.milestones[0].why.endswith(said)


def test_the_why_counts_the_answers_that_were_given() -> None:
    """A prorated dimension says how many answers it rests on."""
    score = score_answers(JOB_CAREER, {"N1": 1, "N2": 1, "N3": 6, "H1": 1, "H3": 6})
    draft = draft_plan(RULES, JOB_CAREER, score, {}, starts_on=STARTS_ON)
    whys = {milestone.dimension: milestone.why for milestone in draft.milestones}
    assert "one of your two focus areas: the three answers you gave put it at 0" in whys["networks"]
    assert "one of your two focus areas: the two answers you gave put it at 0" in whys["horizon"]


def test_a_job_leaning_plan_is_light_and_may_be_declined() -> None:
    """Six talks two weeks apart, optional; a mentor by week six, then monthly; one touch a week."""
    draft = drafted({}, otherwise=20)
    check_in, mentor, network = (cadence_of(draft, kind) for kind in ("check_in", "mentor", "network"))
    assert (check_in.every_days, check_in.times, check_in.then_every_days, check_in.optional) == (
        14,
        6,
        None,
        True,
    )
    assert (mentor.every_days, mentor.then_every_days) == (None, 30)
    assert mentor.first_by_on == STARTS_ON + timedelta(weeks=6)
    assert (network.every_days, network.count) == (7, 1)
    assert [cadence.kind for cadence in draft.cadences] == ["check_in", "mentor", "network"]
    assert "20, which reads as job-leaning" in check_in.why
    assert not draft.coach_confirms_first


def test_a_plan_in_transition_starts_close() -> None:
    """Four talks two weeks apart, then monthly; a mentor monthly; two touches a week; an event a quarter."""
    draft = drafted({}, otherwise=50)
    check_in, event = cadence_of(draft, "check_in"), cadence_of(draft, "event")
    assert (check_in.every_days, check_in.times, check_in.then_every_days, check_in.optional) == (
        14,
        4,
        30,
        False,
    )
    assert cadence_of(draft, "mentor").every_days == 30
    assert (cadence_of(draft, "network").every_days, cadence_of(draft, "network").count) == (7, 2)
    assert event.every_days == 91
    assert not draft.coach_confirms_first


def test_a_career_leaning_plan_is_wide_and_even() -> None:
    """Talks monthly, then quarterly; a mentor every six to eight weeks; an event a month."""
    draft = drafted({}, otherwise=80)
    check_in = cadence_of(draft, "check_in")
    assert (check_in.every_days, check_in.times, check_in.then_every_days) == (30, 3, 91)
    assert 42 <= (cadence_of(draft, "mentor").every_days or 0) <= 56
    assert cadence_of(draft, "event").every_days == 30


@pytest.mark.parametrize("number", [40, 60])
def test_a_borderline_profile_takes_the_middle_row_and_waits_for_a_coach(number: int) -> None:
    """Between two profiles the rhythm is that of transition, both are named, and a coach confirms first."""
    draft = drafted({}, otherwise=number)
    assert draft.coach_confirms_first
    assert [(c.kind, c.every_days, c.times) for c in draft.cadences] == [
        (rule.kind, rule.every_days, rule.times) for rule in RULES.cadences["in transition"]
    ]
    neighbours = "job-leaning and in transition" if number == 40 else "in transition and career-leaning"
    assert f"come to {number}, between {neighbours}," in draft.cadences[0].why


def test_without_a_profile_a_plan_holds_what_has_a_number() -> None:
    """Too few answers: the middle row, a coach first, milestones only where there is a number."""
    draft = drafted({"skills": 20, "networks": 20}, otherwise=None)
    assert draft.coach_confirms_first
    assert draft.focus == ("skills", "networks")
    assert {milestone.dimension for milestone in draft.milestones} == {"skills", "networks"}
    assert cadence_of(draft, "check_in").times == 4
    assert "too few answers" in draft.cadences[0].why


def test_an_empty_form_still_has_a_rhythm() -> None:
    """Nothing answered: no milestones, and a coach begins the talk."""
    draft = drafted({}, otherwise=None)
    assert (draft.focus, draft.milestones) == ((), ())
    assert draft.coach_confirms_first
    assert len(draft.cadences) == 4


def test_a_plan_names_the_rules_that_made_it() -> None:
    """The rules of the plan and of the score travel with it."""
    draft = drafted({})
    assert (draft.rules, draft.rules_version, draft.score_rules) == ("job-career", RULES.version, "scoring-1")


scores = st.builds(
    lambda numbers: score_of(dict(zip(KEYS, numbers, strict=True))),
    st.lists(st.sampled_from([None, *STEPS]), min_size=7, max_size=7),
)
weights = st.dictionaries(st.sampled_from(KEYS), st.integers(1, 5))


@given(scores, weights)
def test_any_score_gives_a_whole_plan_twice_the_same(score: Score, importance: Mapping[str, int]) -> None:
    """Every line has a finished why, a later day, a kind of its own; JSON keeps it all."""
    draft = draft_plan(RULES, JOB_CAREER, score, importance, starts_on=STARTS_ON)
    assert draft == draft_plan(
        RULES, JOB_CAREER, score, dict(sorted(importance.items())), starts_on=STARTS_ON
    )
    assert plan_draft_from_json(json.loads(json.dumps(plan_draft_to_json(draft)))) == draft
    whys = [milestone.why for milestone in draft.milestones] + [cadence.why for cadence in draft.cadences]
    assert all(why.endswith(".") and "{" not in why and why[0].isupper() for why in whys)
    assert all(milestone.due_on > STARTS_ON for milestone in draft.milestones)
    kinds = [milestone.kind for milestone in draft.milestones]
    assert len(kinds) == len(set(kinds))
    assert len(draft.focus) == min(3, sum(dimension.score is not None for dimension in score.dimensions))
