"""What a newer draft proposes for a plan that runs."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.plan_differences import Difference, PlanContent, PlanMilestone, differences
from coaching.domain.plan_words import MILESTONE_STATES

TODAY = date(2026, 12, 1)
SOON, PAST = TODAY + timedelta(days=20), TODAY - timedelta(days=5)
CHECK_IN = {"kind": "check_in", "every_days": 14, "times": 4, "then_every_days": 30, "count": 1}
CHECK_IN |= {"optional": False, "first_by_on": None, "text": "Every two weeks.", "why": "It goes with it."}


def milestone(kind: str = "evidence-file", **given: Any) -> PlanMilestone:
    """A milestone of a plan that runs, left to the rules."""
    whole = {"title": f"The {kind}", "due_on": SOON, "state": "active", "why": "A reason."}
    return PlanMilestone(kind, **{**whole, **given})


def cadence(kind: str = "check_in", **given: Any) -> dict[str, Any]:
    """A rhythm as it is kept."""
    return {**CHECK_IN, "kind": kind, **given}


def plan(*milestones: PlanMilestone, cadences: tuple[dict[str, Any], ...] = (), **given: Any) -> PlanContent:
    """What stands in a plan."""
    return PlanContent(milestones, cadences, **given)


def ids(running: PlanContent, draft: PlanContent) -> list[str]:
    """The names of what is proposed."""
    return [one.id for one in differences(running, draft, today=TODAY)]


def only(running: PlanContent, draft: PlanContent) -> Difference:
    """The one thing that is proposed."""
    (one,) = differences(running, draft, today=TODAY)
    return one


def test_the_same_plan_proposes_nothing() -> None:
    """Equal milestones and rhythms need no word."""
    same = plan(milestone(), cadences=(cadence(),))
    assert ids(same, same) == []


def test_what_is_new_is_added_with_its_day_and_why() -> None:
    """The words name the milestone and its day; the reason is that of the draft."""
    one = only(plan(), plan(milestone(title="A file of evidence")))
    assert (one.id, one.kind, one.due_on) == ("add:evidence-file", "add", SOON)
    assert (one.words, one.why) == ("New: A file of evidence, by Monday 21 December.", "A reason.")


@pytest.mark.parametrize("state", [state for state in MILESTONE_STATES if state != "proposed"])
def test_what_the_plan_has_had_is_not_added_again(state: str) -> None:
    """A milestone that was reached, or that somebody dropped, doesn't come back by a newer score."""
    touched = state == "dropped"
    assert ids(plan(milestone(state=state, touched=touched)), plan(milestone())) == []


def test_what_fell_away_with_newer_answers_may_come_back() -> None:
    """Nobody dropped it: rules did, and rules may ask for it again."""
    assert ids(plan(milestone(state="dropped")), plan(milestone())) == ["add:evidence-file"]


def test_a_day_that_has_passed_may_move() -> None:
    """The old and the new day are said."""
    one = only(plan(milestone(due_on=PAST)), plan(milestone()))
    assert (one.id, one.due_on) == ("move:evidence-file", SOON)
    assert one.words == "The evidence-file: its new day is Monday 21 December."
    assert one.why == "Its day, Thursday 26 November, has passed."


def test_a_day_that_is_ahead_holds() -> None:
    """What was agreed on and can still be kept isn't put off by a newer score."""
    for due_on in (TODAY, SOON - timedelta(days=3)):
        assert ids(plan(milestone(due_on=due_on)), plan(milestone())) == []


def test_what_is_no_longer_asked_for_may_be_dropped() -> None:
    """The plan has it, the draft hasn't, and nobody has begun."""
    one = only(plan(milestone()), plan())
    assert (one.id, one.words) == ("drop:evidence-file", "No longer in the plan: The evidence-file.")


def test_what_was_opened_by_reaching_another_stays() -> None:
    """No first draft would hold it, so that its absence says nothing."""
    assert ids(plan(milestone(opened=True)), plan()) == []


def test_a_changed_rhythm_says_both() -> None:
    """The new one, its reason, and what held until now."""
    monthly = cadence(every_days=30, times=3, then_every_days=91, text="Once a month.", why="You moved on.")
    one = only(plan(cadences=(cadence(),)), plan(cadences=(monthly,)))
    assert (one.id, one.why) == ("cadence:check_in", "You moved on.")
    assert one.words == "Talks with a coach: Once a month. Until now: Every two weeks."


def test_rhythms_come_and_go() -> None:
    """One that is new and one that ends are proposed in words of their own."""
    running, draft = plan(cadences=(cadence(),)), plan(cadences=(cadence("event"),))
    words = [one.words for one in differences(running, draft, today=TODAY)]
    assert words == ["Talks with a coach, no longer: Every two weeks.", "Going out, new: Every two weeks."]


def test_another_wording_or_day_alone_is_no_change_of_rhythm() -> None:
    """By when somebody is found depends on the day of the draft, not on the answers."""
    running = plan(cadences=(cadence("mentor", first_by_on="2026-12-20", every_days=None),))
    draft = plan(cadences=(cadence("mentor", first_by_on="2027-03-20", every_days=None, text="So."),))
    assert ids(running, draft) == []


@pytest.mark.parametrize(
    "running",
    [
        plan(cadences=(cadence(touched_at="2026-11-30T09:00:00+00:00"),)),
        plan(left_out=frozenset({"check_in"})),
    ],
)
def test_a_rhythm_that_a_person_set_or_took_out_stays(running: PlanContent) -> None:
    """No newer score changes it, or brings it back."""
    assert ids(running, plan(cadences=(cadence(every_days=30),))) == []


def test_another_focus_says_both() -> None:
    """The newer areas in order of need, and what they would take the place of."""
    running, draft = plan(focus=("horizon", "job-search")), plan(focus=("skills", "networks", "horizon"))
    one = only(running, draft)
    assert (one.id, one.due_on) == ("focus:areas", None)
    assert one.words == "Focus areas: skills, networks and horizon. Until now: horizon and job search."
    assert one.why == "The newer answers show the greatest need there."
    assert only(plan(), plan(focus=("skills",))).words == "Focus areas: skills."


def test_the_same_areas_or_none_are_no_other_focus() -> None:
    """Another order asks for nothing else, and answers that show no need leave the focus as it is."""
    running = plan(focus=("horizon", "skills"))
    assert ids(running, plan(focus=("skills", "horizon"))) == []
    assert ids(running, plan()) == []


milestones = st.lists(
    st.builds(
        PlanMilestone,
        kind=st.sampled_from("abcdef"),
        title=st.just("A step"),
        due_on=st.dates(TODAY - timedelta(days=30), TODAY + timedelta(days=30)),
        state=st.sampled_from([state for state in MILESTONE_STATES if state != "proposed"]),
        why=st.just("A reason."),
        touched=st.booleans(),
        opened=st.booleans(),
    ),
    unique_by=lambda one: one.kind,
)


@given(milestones, milestones)
def test_nothing_that_a_person_did_is_ever_moved_or_dropped(
    running: list[PlanMilestone], drafted: list[PlanMilestone]
) -> None:
    """Touched, started, reached and dropped ones are left alone; every name stands for one change."""
    found = differences(plan(*running), plan(*drafted), today=TODAY)
    kept = {one.kind for one in running if one.touched or one.state != "active"}
    assert not {one.about for one in found if one.kind in {"move", "drop"}} & kept
    had = {one.kind for one in running if one.touched or one.state != "dropped"}
    assert not {one.about for one in found if one.kind == "add"} & had
    assert len({one.id for one in found}) == len(found)
