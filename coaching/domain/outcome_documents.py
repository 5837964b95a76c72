"""A sequence's outcome as plain JSON values, the same for the API and for the command."""

from typing import Any

from coaching.domain.intervals import Interval
from coaching.domain.outcome_phrases import said
from coaching.domain.sequence_outcome import (
    ChangeOutcome,
    GoalOutcome,
    Outcome,
    Retests,
    StepCounts,
    Tally,
)


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome. Shares run from 0 to 1, scores to 100; `difference`: let in less left alone."""
    ways = outcome.ways
    return {
        "name": outcome.name,
        "version": outcome.version,
        "versions": list(outcome.versions),
        "at": outcome.at.isoformat(),
        "entered": ways.entered,
        "by_hand": ways.by_hand,
        "held_out": ways.held_out,
        "under_way": ways.under_way,
        "ended": dict(ways.ended),
        "steps": [_step(one) for one in outcome.steps],
        "goal": outcome.goal and _goal(outcome.goal),
        "change": outcome.change and _change(outcome.change),
        "said": said(outcome),
    }


def _step(step: StepCounts) -> dict[str, Any]:
    return {
        "key": step.key,
        "letter": step.letter,
        "planned": step.planned,
        "to_come": step.to_come,
        "sent": step.sent,
        "skipped": step.skipped,
        "acted_on": step.acted_on,
    }


def _goal(goal: GoalOutcome) -> dict[str, Any]:
    return {
        "facts": [{"event": one.event, "dimension": one.dimension} for one in goal.goal.facts],
        "within_days": goal.goal.within_days,
        "entered": _tally(goal.entered),
        "held_out": _tally(goal.held_out),
        "difference": _interval(goal.difference),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "counted": tally.counted,
        "reached": tally.reached,
        "too_early": tally.too_early,
        "rate": tally.rate,
        "interval": _interval(tally.interval),
    }


def _change(change: ChangeOutcome) -> dict[str, Any]:
    return {
        "dimension": change.dimension,
        "entered": _retests(change.entered),
        "held_out": _retests(change.held_out),
        "difference": _interval(change.difference),
    }


def _retests(retests: Retests) -> dict[str, Any]:
    return {
        "counted": len(retests.pairs),
        "mean": retests.mean,
        "error": retests.error,
        "interval": _interval(retests.interval),
        "likely_up": retests.likely_up,
        "likely_down": retests.likely_down,
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else {"low": interval.low, "high": interval.high}
