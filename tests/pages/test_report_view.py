"""What the report shows is made from score and plan by plain rules."""

from dataclasses import replace
from datetime import date

import pytest

from api.pages.report_view import Picture, picture
from coaching.adapters.content import Content
from coaching.domain.plans import draft_plan
from coaching.domain.scoring import score_answers

MONDAY = date(2026, 11, 23)


def pictured(content: Content, answers: dict[str, int | None]) -> Picture:
    """Return the report of some answers, made and seen on the same day."""
    instrument = content.instrument("job-career")
    score = score_answers(instrument, answers)
    plan = draft_plan(content.plan_rules("job-career"), instrument, score, {}, starts_on=MONDAY)
    return picture(
        instrument, content.report_words("job-career"), score, plan, made_on=MONDAY, seen_on=MONDAY
    )


def leaning(content: Content, towards: int) -> dict[str, int | None]:
    """Return answers that all lean the same way: 6 towards the career pole, 1 towards the job pole."""
    instrument = content.instrument("job-career")
    return {item.id: towards if item.key == 1 else 7 - towards for item in instrument.items}


@pytest.mark.parametrize(
    ("towards", "profile", "certainty"),
    [
        (1, "job-leaning", "This reading is clear: at least four chances in five."),
        (6, "career-leaning", "This reading is clear: at least four chances in five."),
    ],
)
def test_a_clear_profile(content: Content, towards: int, profile: str, certainty: str) -> None:
    """The profile comes with how sure it is, in words."""
    seen = pictured(content, leaning(content, towards))

    assert seen.profile == profile
    assert seen.certainty == certainty
    assert all(row.number in {0, 100} for row in seen.rows)


def test_a_borderline_profile_names_both(content: Content) -> None:
    """Between two profiles both are named, and the plan says that a coach looks first."""
    seen = pictured(content, leaning(content, 3))  # every dimension stands at 40, the limit between two

    assert seen.profile in {"job-leaning", "in transition"}
    assert seen.certainty is not None
    assert seen.certainty.startswith("This reading is close: it may as well be")
    assert seen.coach_confirms_first


def test_without_a_profile(content: Content) -> None:
    """Too few answers give rows without numbers, no profile and no overall number."""
    seen = pictured(content, {})

    assert seen.profile is None
    assert seen.overall is None
    assert [row.bar for row in seen.rows] == [None] * 7
    assert seen.rows[0].spoken == "Time focus: no number"
    assert seen.areas == ()


def test_shared_whys_are_said_once(content: Content) -> None:
    """Where all lines of an area have the same reason it stands above them; else each line has its own."""
    instrument = content.instrument("job-career")
    score = score_answers(instrument, leaning(content, 1))
    plan = draft_plan(content.plan_rules("job-career"), instrument, score, {}, starts_on=MONDAY)
    first = plan.milestones[0]
    own = replace(first, title="Another", why="For a reason of its own.")
    mixed = replace(plan, milestones=(first, own), focus=(first.dimension,))

    words = content.report_words("job-career")
    together = picture(instrument, words, score, plan, made_on=MONDAY, seen_on=MONDAY).areas[0]
    apart = picture(instrument, words, score, mixed, made_on=MONDAY, seen_on=MONDAY).areas[0]

    assert together.why == first.why
    assert {due.why for due in together.milestones} == {None}
    assert apart.why is None
    assert [due.why for due in apart.milestones] == [first.why, "For a reason of its own."]


def test_areas_come_in_order_of_need(content: Content) -> None:
    """The dimensions in greatest need stand first, each with its days in words."""
    seen = pictured(content, leaning(content, 2))

    assert [area.focus for area in seen.areas][:3] == [True, True, True]
    assert all(due.due.split()[0].endswith("day") for area in seen.areas for due in area.milestones)
