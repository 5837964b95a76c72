"""What a rehearsal says: lines, sums and differences; and what people are assumed to do."""

from datetime import timedelta

import pytest

from coaching.domain.engine.happenings import ContactMade, Paused, Resumed
from coaching.domain.engine.state import Pause
from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, NOT_FORESEEN, Answers, Assumption
from coaching.domain.rehearsal.documents import rehearsal_document
from coaching.domain.rehearsal.outcome import by_day_and_family, differences, foreseen, totals
from tests.support.futures import MENTOR, STEP, lived, walker
from tests.support.states import NOON

DAY = timedelta(days=1)


def test_each_letter_is_one_line_with_its_last_word() -> None:
    """However often a letter was looked at, it stands once, and tells what it waited for before."""
    lines = foreseen(lived(walker(), 30))
    assert len({one.slot_key for one in lines}) == len(lines)
    assert {one.template for one in lines} >= {"plan-approved", "week", "mentor-nudge"}
    assert [one.at for one in lines] == sorted(one.at for one in lines)
    assert all(one.local_at == one.at and one.local_at.utcoffset() is not None for one in lines)


def test_sums_are_those_of_the_lines() -> None:
    """Letters that go by day and family add up to those that go."""
    lines = foreseen(lived(walker(), 30))
    going = [one for one in lines if one.outcome == "send"]
    assert sum(sum(counts.values()) for counts in by_day_and_family(lines).values()) == len(going)
    assert totals(lines, [])["outcomes"]["send"] == len(going) > 0
    assert totals([], []) == {
        "letters": 0,
        "clients": 0,
        "outcomes": {},
        "families": {},
        "waits": {},
        "exits": {},
    }


def test_nothing_differs_from_itself_and_a_pause_differs() -> None:
    """Two futures of the same rules are the same; a pause takes letters out, each of them told once."""
    live = foreseen(lived(walker(), 30))
    assert differences(live, foreseen(lived(walker(), 30))) == []
    pause = Pause(NOON + DAY, NOON + 10 * DAY, "skip")
    paused = foreseen(lived(walker(), 30, (24, Paused(pause))))
    found = differences(live, paused)
    assert found
    assert all(one.live is None or one.other is None or one.live.at != one.other.at for one in found)
    assert [one.template for one in found if one.other is None]


def test_a_pause_that_moves_dates_moves_them_by_its_days() -> None:
    """Also where somebody ends it early: as many days as it lasted."""
    pause = Pause(NOON + DAY, NOON + 20 * DAY, "shift")
    life = lived(walker(), 30, (24, Paused(pause)), (24 * 6, Resumed(NOON + 6 * DAY)))
    assert life.state.milestones[0].due_on == NOON.date() + 26 * DAY
    assert life.state.pauses[0].ended_at == NOON + 6 * DAY
    untouched = lived(walker(), 30, (24, Paused(Pause(NOON + DAY, None, "shift"))))
    assert untouched.state.milestones[0].due_on == NOON.date() + 21 * DAY


def test_a_relationship_goes_quiet_after_the_last_reminder() -> None:
    """Where nobody answers, and not where contact is made each time."""
    assert lived(walker(), 90).state.relationships[0].state == "quiet"
    meetings = [(24 * days, ContactMade(MENTOR, NOON.date() + days * DAY)) for days in range(5, 90, 5)]
    assert lived(walker(), 90, *meetings).state.relationships[0].state == "active"


@pytest.mark.parametrize(("assumption", "acts"), [("nobody", False), ("past", True), ("always", True)])
def test_who_acts_depends_on_the_assumption(assumption: Assumption, acts: bool) -> None:
    """Nobody; the share of the past, here all; everybody: a day after each letter."""
    answers = Answers.of(assumption, {"milestone": 1.0, "mentoring": 1.0})
    state = lived(walker(), 40, answer=answers).state
    assert (state.last_acted_at is not None) is acts
    assert (state.milestones[0].id, state.relationships[0].id) == (STEP, MENTOR)
    assert (state.milestones[0].state != "active") is acts


def test_the_same_question_has_the_same_answer() -> None:
    """Who of many acts is drawn from ids, not from chance."""
    answers = Answers.of("past", {"milestone": 0.5, "mentoring": 0.5})
    one, other = (foreseen(lived(walker(), 60, answer=answers)) for _ in range(2))
    assert one == other


def test_the_document_says_what_it_assumes_and_what_it_does_not_know() -> None:
    """And holds what differs only where something is compared."""
    lines = foreseen(lived(walker(), 30))
    document = rehearsal_document(lines, [], "always")
    assert document["assumption"] == {"name": "always", "says": ASSUMPTIONS["always"]}
    assert document["not_foreseen"] == list(NOT_FORESEEN)
    assert document.keys().isdisjoint({"differences", "plan_changes"})
    assert len(document["messages"]) == document["totals"]["letters"] == len(lines)
    beside = rehearsal_document(lines, [], "always", [])
    going = [one for one in lines if one.outcome == "send"]
    assert len(beside["differences"]) == len(going)
    assert all(one["live_at"] is None and one["then_at"] for one in beside["differences"])
    assert beside["plan_changes"] == []
