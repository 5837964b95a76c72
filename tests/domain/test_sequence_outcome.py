"""What the counts of a sequence say, and in which words: above all that few say nothing."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from coaching.domain.outcome_documents import outcome_document
from coaching.domain.outcome_phrases import ALIKE, ALONE, NO_GOAL, said, said_of_change, said_of_goal
from coaching.domain.sequence_outcome import (
    ENOUGH,
    ChangeOutcome,
    GoalOutcome,
    Outcome,
    Retest,
    Retests,
    StepCounts,
    Tally,
    Ways,
)
from coaching.domain.sequences import Awaited, Goal

GOAL = Goal((Awaited("milestone_reached", "networks"),), within_days=90)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

tallies = some.builds(
    lambda counted, part, early: Tally(counted, round(part * counted), early),
    some.integers(0, 500),
    some.floats(0, 1),
    some.integers(0, 9),
)
retests = some.lists(
    some.builds(Retest, some.floats(0, 100), some.floats(0, 100), some.just(14.0)), max_size=60
)


def goal(entered: Tally, held_out: Tally, *, holds_out: bool = True, mixed: bool = False) -> GoalOutcome:
    """Return what is known of a goal."""
    return GoalOutcome(GOAL, entered, held_out, holds_out, mixed)


def first_of(entered: Tally, held_out: Tally, *, holds_out: bool = True) -> str:
    """Return what is said of the rates."""
    return next(said_of_goal(goal(entered, held_out, holds_out=holds_out)))


def scores(number: int, by: float) -> Retests:
    """Return retests of so many clients who rose by about so much."""
    return Retests(tuple(Retest(40, 40 + by + (n % 5 - 2), 14.0) for n in range(number)))


def change(entered: Retests, held_out: Retests, *, holds_out: bool = True) -> ChangeOutcome:
    """Return what is known of a change."""
    return ChangeOutcome("networks", entered, held_out, holds_out)


def outcome(goal: GoalOutcome | None = None, change: ChangeOutcome | None = None) -> Outcome:
    """Return an outcome with these."""
    return Outcome("networks", None, [2, 1], NOW, Ways(), [], goal, change)


@pytest.mark.parametrize(
    ("entered", "held_out"),
    [
        (Tally(), Tally()),
        (Tally(1, 1), Tally(1, 0)),
        (Tally(400, 390), Tally(29, 0)),
        (Tally(29, 29), Tally(400, 0)),
        (Tally(10_000, 9_999), Tally()),
    ],
)
def test_fewer_than_thirty_say_nothing(entered: Tally, held_out: Tally) -> None:
    """Whatever the rates are, no difference is told, by number or by word, while either group is small."""
    assert goal(entered, held_out).difference is None
    said = first_of(entered, held_out)
    assert said == (
        f"Nothing can be said yet: {entered.counted:,} let in and {held_out.counted:,} left alone "
        "are counted, and it takes 30 of each."
    )


@pytest.mark.parametrize(
    ("entered", "held_out", "begins"),
    [
        (Tally(30, 0), Tally(30, 0), "No clear difference: 0.0% of 30 clients"),
        (Tally(30, 30), Tally(30, 30), "No clear difference: 100.0% of 30 clients"),
        (Tally(300, 120), Tally(30, 12), "No clear difference: 40.0% of 300 clients"),
        (Tally(300, 150), Tally(30, 12), "No clear difference: 50.0% of 300 clients"),
        (Tally(30, 30), Tally(30, 0), "Likely more with the letters: 100.0% of 30 clients"),
        (Tally(300, 180), Tally(40, 8), "Likely more with the letters: 60.0% of 300 clients"),
        (Tally(300, 60), Tally(40, 24), "Likely less with the letters: 20.0% of 300 clients"),
    ],
)
def test_a_difference_is_clear_only_beyond_zero(entered: Tally, held_out: Tally, begins: str) -> None:
    """None, all and equal shares differ in nothing clear; where 0 lies outside it is likely, no more."""
    assert first_of(entered, held_out).startswith(begins)
    apart = goal(entered, held_out).difference
    assert apart is not None
    assert apart.holds_nothing_changed is begins.startswith("No clear")


def test_a_sentence_tells_both_rates_and_the_whole_span() -> None:
    """Who reads only this line knows how many there were and how far it may be off."""
    assert first_of(Tally(70, 56), Tally(80, 48)) == (
        "Likely more with the letters: 80.0% of 70 clients who were let in reached the goal, and 60.0% of 80 "
        "who were left alone. By these numbers they change it by between +5.2 and +33.4 percentage points."
    )


def test_without_anybody_left_alone_nothing_is_compared() -> None:
    """A rate alone is told with its interval, and that it is not what the letters did."""
    said = first_of(Tally(100, 40), Tally(), holds_out=False)
    assert said.startswith("40.0% of 100 clients reached the goal, with or without these letters; by these")
    assert said.endswith(ALONE)
    enough = first_of(Tally(30, 10), Tally(), holds_out=False)
    assert "by these numbers the share may lie between 19.2% and 51.2%. " in enough
    assert first_of(Tally(29, 10), Tally(), holds_out=False).startswith("Nothing can be said yet")
    few = first_of(Tally(1, 1), Tally(), holds_out=False)
    assert few == f"Nothing can be said yet: 1 client is counted, and it takes 30. {ALONE}"
    assert goal(Tally(100, 40), Tally(50, 10), holds_out=False).difference is None
    assert change(scores(40, 5), scores(40, 2), holds_out=False).difference is None


def test_who_is_left_out_is_told() -> None:
    """Those whose days aren't over, by number, and versions that shouldn't be put together."""
    told = list(said_of_goal(goal(Tally(3, 1, 7), Tally(0, 0, 2), mixed=True)))
    assert told[1] == "9 clients are not counted yet: their days aren't over."
    assert told[2].startswith("Versions that differ in their goal")
    assert list(said_of_goal(goal(Tally(3, 1, 1), Tally())))[1].startswith("1 client is not counted yet")


def test_days_of_one_version_are_named() -> None:
    """Where versions differ, those of the newest would be wrong for clients of another."""
    told = list(said_of_goal(goal(Tally(3, 1, 7), Tally())))
    assert told[1] == "7 clients are not counted yet: their 90 days aren't over."


@pytest.mark.parametrize(
    ("entered", "held_out", "begins"),
    [
        (
            scores(0, 5),
            scores(0, 5),
            "Nothing can be said yet about the score of networks: 0 let in and 0 left",
        ),
        (
            scores(200, 9),
            scores(29, 0),
            "Nothing can be said yet about the score of networks: 200 let in and 29",
        ),
        (scores(60, 5), scores(30, 5), "No clear difference: the score of networks changed by +5.0 for 60"),
        (scores(60, 5), scores(30, 2), "Likely more with the letters: the score of networks changed by +5.0"),
        (
            scores(60, -5),
            scores(30, 2),
            "Likely less with the letters: the score of networks changed by -5.0",
        ),
    ],
)
def test_a_change_is_told_as_a_rate_is(entered: Retests, held_out: Retests, begins: str) -> None:
    """Few say nothing, an interval that holds 0 is no clear difference, and nothing is more than likely."""
    told = next(said_of_change(change(entered, held_out)))
    assert told.startswith(begins)
    span = re.search(r"between (\S+) and (\S+) points of 100", told)
    assert span is None or -9 < float(span[1]) < float(span[2]) < 9


def test_a_change_with_nobody_left_alone() -> None:
    """It is told with where its mean may lie, once there are enough."""
    (told, few) = (list(said_of_change(change(scores(n, 5), Retests(), holds_out=False))) for n in (30, 29))
    assert told[0].startswith("The score of networks changed by +5.0 for 30 clients, with or without these")
    assert few[0].startswith("Nothing can be said yet about the score of networks: 29 clients answered")
    assert re.search(r"the mean may lie between \+[34]\.\d and \+[56]\.\d\.$", told[0])


def test_a_change_that_is_the_same_for_all_says_nothing() -> None:
    """There are enough of them, so it isn't for want of clients."""
    alike = Retests((Retest(40, 45, 14.0),) * ENOUGH)
    for found in (change(alike, scores(40, 5)), change(alike, Retests(), holds_out=False)):
        assert next(said_of_change(found)) == f"Nothing can be said about the score of networks: {ALIKE}"


def test_retests_say_who_is_missing_from_them() -> None:
    """Only who answered again is in it; another version of the questions is named."""
    mixed = Retests((*scores(30, 5).pairs, Retest(40, 50, 14.0, same_version=False)))
    told = list(said_of_change(change(mixed, Retests())))
    assert told[1].startswith("Only clients who answered again")
    assert told[2] == "1 client answered another version of the questions the second time."
    assert len(list(said_of_change(change(Retests(), Retests())))) == 1
    assert len(list(said_of_change(change(Retests(), scores(1, 5))))) == 2


def test_likely_changes_lie_beyond_the_errors_of_measurement() -> None:
    """With an error of 14 points 23 are within what comes by itself in ninety of a hundred, 24 are not."""
    some_pairs = Retests(tuple(Retest(40, 40 + by, 14.0) for by in (23.0, 24.0, -23.0, -24.0, -30.0, 0.0)))
    assert (some_pairs.likely_up, some_pairs.likely_down) == (1, 2)
    assert some_pairs.mean == -5


def test_one_retest_has_a_mean_and_no_error() -> None:
    """Nobody can say from one client how far the mean may be off."""
    assert (scores(1, 5).mean, scores(1, 5).error, scores(1, 5).interval) == (3.0, None, None)
    assert (Retests().mean, Retests().error, Retests().likely_up) == (None, None, 0)
    assert scores(5, 5).error == pytest.approx(0.7071, abs=1e-4)
    assert scores(2, 5).error == pytest.approx(0.5)


def test_what_was_planned_is_sent_skipped_or_to_come() -> None:
    """Nothing of a step gets lost between its numbers."""
    assert StepCounts("see", "networks-see", planned=9, sent=5, skipped=3).to_come == 1


@settings(deadline=None)
@given(tallies, tallies, retests, retests, some.booleans())
def test_words_and_numbers_agree(
    entered: Tally, held_out: Tally, one: list[Retest], other: list[Retest], holds_out: bool
) -> None:
    """A difference is told by number exactly where a sentence compares, and nothing is ever proven."""
    whole = outcome(
        goal(entered, held_out, holds_out=holds_out),
        change(Retests(tuple(one)), Retests(tuple(other)), holds_out=holds_out),
    )
    document = outcome_document(whole)
    text = " ".join(document["said"])
    enough = min(entered.counted, held_out.counted) >= ENOUGH
    assert (document["goal"]["difference"] is not None) == (enough and holds_out)
    assert not re.search(r"prove|significant|!|nan|inf\b|None", text)
    if not holds_out or not enough:
        assert "who were let in reached the goal" not in text


def test_without_goal_and_dimension_there_is_one_sentence() -> None:
    """It says why there is no rate."""
    assert said(outcome()) == [NO_GOAL]
    assert outcome_document(outcome())["goal"] is None
