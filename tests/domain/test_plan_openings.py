"""What the plan rules add beside the score: reminders ahead, the search for a mentor, the next milestone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coaching.domain.plans import next_milestone, plan_draft_from_json, plan_draft_to_json, seek_mentor
from tests.domain.plan_making import RULES, STARTS_ON, drafted


@pytest.mark.parametrize(
    ("kind", "ahead"),
    [
        ("twenty-contacts", 3),  # due within two weeks
        ("two-direction-sketch", 3),  # in two weeks
        ("story-into-cv", 7),  # in three
        ("portfolio", 7),  # in 45 days
        ("yearly-plan-b", 7),
        ("first-trial", 7),
        ("second-trial", 14),  # later than that
        ("stay-shift-leave-decision", 14),  # as it says itself
    ],
)
def test_a_reminder_comes_the_earlier_the_farther_the_day(kind: str, ahead: int) -> None:
    """Three days before what is due within two weeks, seven up to 45 days, else fourteen."""
    rule = RULES.milestone(kind)
    assert rule is not None
    assert rule.reminded_days_ahead == ahead


def test_a_draft_carries_what_its_rules_say_of_reminding_and_deciding() -> None:
    """Only the stay, shift or leave milestone decides; each says how many days ahead it is reminded of."""
    draft = drafted({"commitment": 35}, {"commitment": 5}, otherwise=100)
    assert [one.kind for one in draft.milestones if one.decides] == ["stay-shift-leave-decision"]
    aheads = {one.kind: one.ahead_days for one in draft.milestones if one.dimension == "commitment"}
    assert aheads["stay-shift-leave-sheet"] == 3
    assert aheads["stay-shift-leave-decision"] == 14


def test_a_draft_of_older_rules_can_still_be_read() -> None:
    """What was stored before reminders and decisions had a place reads as one that has the usual ones."""
    data = plan_draft_to_json(drafted({"networks": 20}))
    for milestone in data["milestones"]:
        del milestone["ahead_days"], milestone["decides"]
    assert {one.ahead_days for one in plan_draft_from_json(data).milestones} == {7}


def test_what_is_reached_opens_the_next() -> None:
    """The next one counts its days from then, and cites what was reached."""
    opened = next_milestone(RULES, "skills-gap-audit", {"skills-gap-audit"}, reached_on=STARTS_ON)
    assert opened is not None
    assert (opened.kind, opened.due_on) == ("course-or-certificate", STARTS_ON + timedelta(days=90))
    assert opened.why == 'You reached "What the next role asks for", and this is the step that builds on it.'


@pytest.mark.parametrize(
    ("kind", "present"),
    [
        ("skills-gap-audit", {"course-or-certificate"}),  # the plan has it, or had it
        ("yearly-plan-b", set[str]()),  # opens nothing
        ("own", set[str]()),  # a coach's own
    ],
)
def test_nothing_opens_twice_or_out_of_nothing(kind: str, present: set[str]) -> None:
    """A kind that the plan has had isn't opened again, and most milestones open none."""
    assert next_milestone(RULES, kind, present, reached_on=STARTS_ON) is None


def test_a_rhythm_with_a_mentor_looks_for_one() -> None:
    """Who has no mentor and no such milestone gets one: by the day that it says, else in six weeks."""
    job, transition = drafted({}, otherwise=20), drafted({}, otherwise=50)
    for draft in (job, transition):
        sought = seek_mentor(RULES, draft, starts_on=STARTS_ON)
        assert sought.milestones[:-1] == draft.milestones
        mentor = sought.milestones[-1]
        assert (mentor.kind, mentor.service) == ("mentor-found", ("search",))
        assert mentor.due_on == STARTS_ON + timedelta(weeks=6)
        assert mentor.why == "Talks with a mentor are part of your rhythm, and you have no mentor yet."


def test_a_mentor_is_looked_for_once() -> None:
    """A draft that has the milestone already, or no rhythm with a mentor, stays as it is."""
    low = drafted({"networks": 20}, {"networks": 5})
    assert seek_mentor(RULES, low, starts_on=STARTS_ON) == low
    alone = replace(drafted({}), cadences=())
    assert seek_mentor(RULES, alone, starts_on=STARTS_ON) == alone


def test_following_every_opening_ends() -> None:
    """From each milestone a chain of openings leads to an end, never in a circle."""
    for rule in RULES.milestones:
        kinds, kind = {rule.kind}, rule.kind
        while (opened := next_milestone(RULES, kind, kinds, reached_on=STARTS_ON)) is not None:
            kind = opened.kind
            kinds.add(kind)
        last = RULES.milestone(kind)
        assert last is not None
        assert last.next is None
