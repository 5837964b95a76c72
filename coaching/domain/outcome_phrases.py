"""Says in words what the numbers of a sequence's outcome say, and above all what they don't."""

from collections.abc import Iterator

from coaching.domain.intervals import Interval
from coaching.domain.sequence_outcome import ENOUGH, ChangeOutcome, GoalOutcome, Outcome, Retests, Tally

NO_GOAL = "This sequence has no goal, so there is no rate to tell."
ALONE = "Nobody is left alone, so there is nothing to compare with: what the letters add can't be told."
ALIKE = "it changed by the same for everybody in a group, and so nothing tells how far the mean may be off."


def said(outcome: Outcome) -> list[str]:
    """Return what there is to say, the goal first, sentence after sentence."""
    goal, change = outcome.goal, outcome.change
    return [
        *([NO_GOAL] if goal is None else said_of_goal(goal)),
        *([] if change is None else said_of_change(change)),
    ]


def said_of_goal(goal: GoalOutcome) -> Iterator[str]:
    """Yield what the rates say, whom they leave out, and what makes them hard to read."""
    yield _rates(goal)
    early = goal.entered.too_early + goal.held_out.too_early
    if early:
        # Versions may give their clients different times.
        days = "days" if goal.mixed else _days(goal.goal.within_days)
        yield f"{_clients(early)} {_are(early)} not counted yet: their {days} aren't over."
    if goal.mixed:
        yield (
            "Versions that differ in their goal or in how many are left alone are put together here; "
            "look at one version for a fair comparison."
        )


def said_of_change(change: ChangeOutcome) -> Iterator[str]:
    """Yield what the retests say, and that those who answer again are not everybody."""
    yield _changes(change)
    pairs = (*change.entered.pairs, *change.held_out.pairs)
    if pairs:
        yield "Only clients who answered again are among these, and they may differ from the others."
    other = sum(not one.same_version for one in pairs)
    if other:
        yield f"{_clients(other)} answered another version of the questions the second time."


def _rates(goal: GoalOutcome) -> str:
    entered, held_out, apart = goal.entered, goal.held_out, goal.difference
    if not goal.holds_out:
        return _rate_alone(entered)
    if apart is None:
        return (
            f"Nothing can be said yet: {entered.counted:,} let in and {held_out.counted:,} left alone "
            f"are counted, and it takes {ENOUGH} of each."
        )
    both = (
        f"{_share(entered)} of {_clients(entered.counted)} who were let in reached the goal, and "
        f"{_share(held_out)} of {held_out.counted:,} who were left alone"
    )
    return _compared(both, apart, 100, "percentage points")


def _rate_alone(entered: Tally) -> str:
    interval = entered.interval
    if interval is None or entered.counted < ENOUGH:
        return (
            f"Nothing can be said yet: {_clients(entered.counted)} {_are(entered.counted)} counted, "
            f"and it takes {ENOUGH}. {ALONE}"
        )
    return (
        f"{_share(entered)} of {_clients(entered.counted)} reached the goal, with or without these letters; "
        f"by these numbers the share may lie between {interval.low:.1%} and {interval.high:.1%}. {ALONE}"
    )


def _changes(change: ChangeOutcome) -> str:
    entered, held_out, apart = change.entered, change.held_out, change.difference
    if not change.holds_out:
        return _change_alone(change.dimension, entered)
    if apart is None and min(len(entered.pairs), len(held_out.pairs)) >= ENOUGH:
        return f"Nothing can be said about the score of {change.dimension}: {ALIKE}"
    if apart is None:
        return (
            f"Nothing can be said yet about the score of {change.dimension}: {len(entered.pairs):,} let in "
            f"and {len(held_out.pairs):,} left alone answered before and again; it takes {ENOUGH} of each."
        )
    both = (
        f"the score of {change.dimension} changed by {_mean(entered)} for {_clients(len(entered.pairs))} "
        f"who were let in, and by {_mean(held_out)} for {len(held_out.pairs):,} who were left alone"
    )
    return _compared(both, apart, 1, "points of 100")


def _change_alone(dimension: str, entered: Retests) -> str:
    number, interval = len(entered.pairs), entered.interval
    if interval is None and number >= ENOUGH:
        return f"Nothing can be said about the score of {dimension}: {ALIKE}"
    if interval is None or number < ENOUGH:
        return (
            f"Nothing can be said yet about the score of {dimension}: {_clients(number)} answered before and "
            f"again, and it takes {ENOUGH}."
        )
    return (
        f"The score of {dimension} changed by {_mean(entered)} for {_clients(number)}, with or without these "
        f"letters; by these numbers the mean may lie between {interval.low:+z.1f} and {interval.high:+z.1f}."
    )


def _compared(both: str, apart: Interval, scale: int, unit: str) -> str:
    span = f"between {scale * apart.low:+z.1f} and {scale * apart.high:+z.1f} {unit}"
    if apart.holds_nothing_changed:
        return f"No clear difference: {both}. What the letters change may lie {span}, or be nothing."
    way = "more" if apart.low > 0 else "less"
    return f"Likely {way} with the letters: {both}. By these numbers they change it by {span}."


def _share(tally: Tally) -> str:
    return f"{tally.reached / tally.counted:.1%}"


def _mean(retests: Retests) -> str:
    return f"{retests.mean:+z.1f}"


def _clients(number: int) -> str:
    return f"{number:,} client{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
