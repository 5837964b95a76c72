"""What became of a sequence, beside those who were left alone: counts in, rates with intervals out.

Clients are compared as chance has placed them, whatever became of their letters; docs/outcome.md says why.
The words for it stand in outcome_phrases.py.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import NormalDist, fmean, stdev

from coaching.domain.intervals import Interval, of_difference, of_mean, of_mean_difference, of_share
from coaching.domain.sequences import Goal

# Fewer in either group say nothing that the next client couldn't turn around.
ENOUGH = 30
# A retest counts from so many days after the start.
RETEST_DAYS = 28
_LIKELY = NormalDist().inv_cdf(0.95)  # beyond it on either side lie 10 of 100 retests without any change


@dataclass(frozen=True)
class StepCounts:
    """The letters of one step. `planned`: all that were not called off; the others are among these.

    `skipped`: left out, too late or failed. `acted_on`: by a button in it, or by a click of a person.
    """

    key: str
    letter: str
    planned: int = 0
    sent: int = 0
    skipped: int = 0
    acted_on: int = 0

    @property
    def to_come(self) -> int:
        """How many wait or are on their way out."""
        return self.planned - self.sent - self.skipped


@dataclass(frozen=True)
class Ways:
    """Ways through the sequence. `by_hand`: those of `entered` that a person let in. `ended`: by reason."""

    entered: int = 0
    by_hand: int = 0
    held_out: int = 0
    under_way: int = 0
    ended: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """Clients of one group whose days are over, how many of them reached the goal, and whose aren't over."""

    counted: int = 0
    reached: int = 0
    too_early: int = 0

    @property
    def rate(self) -> float | None:
        """The share that reached it; None of nobody."""
        return self.reached / self.counted if self.counted else None

    @property
    def interval(self) -> Interval | None:
        """Where the true share may well lie."""
        return of_share(self.reached, self.counted) if self.counted else None


@dataclass(frozen=True)
class Retest:
    """One client's score before and after. `error`: the standard error of measurement of their difference."""

    before: float
    after: float
    error: float
    same_version: bool = True

    @property
    def change(self) -> float:
        """By how much it rose."""
        return self.after - self.before

    @property
    def index(self) -> float:
        """The reliable-change index: the change in standard errors of measurement."""
        return self.change / self.error


@dataclass(frozen=True)
class Retests:
    """The retests of one group."""

    pairs: tuple[Retest, ...] = ()

    @property
    def changes(self) -> list[float]:
        """By how much each rose."""
        return [one.change for one in self.pairs]

    @property
    def mean(self) -> float | None:
        """By how much they rose on average; None of nobody."""
        return fmean(self.changes) if self.pairs else None

    @property
    def error(self) -> float | None:
        """The standard error of that mean; None of fewer than two."""
        return stdev(self.changes) / math.sqrt(len(self.pairs)) if len(self.pairs) > 1 else None

    @property
    def interval(self) -> Interval | None:
        """Where the true mean may well lie."""
        return of_mean(self.changes)

    @property
    def likely_up(self) -> int:
        """How many rose by more than errors of measurement explain."""
        return sum(one.index > _LIKELY for one in self.pairs)

    @property
    def likely_down(self) -> int:
        """How many fell by more than that."""
        return sum(one.index < -_LIKELY for one in self.pairs)


@dataclass(frozen=True)
class GoalOutcome:
    """How many reached the goal, let in and left alone. `mixed`: versions that differ were put together."""

    goal: Goal
    entered: Tally
    held_out: Tally
    holds_out: bool
    mixed: bool = False

    @property
    def difference(self) -> Interval | None:
        """Where the share of the first less that of the others may lie; None while too few are compared."""
        if not self.holds_out or min(self.entered.counted, self.held_out.counted) < ENOUGH:
            return None
        return of_difference(
            self.entered.reached, self.entered.counted, self.held_out.reached, self.held_out.counted
        )


@dataclass(frozen=True)
class ChangeOutcome:
    """How the scores of a dimension changed, let in and left alone."""

    dimension: str
    entered: Retests
    held_out: Retests
    holds_out: bool

    @property
    def difference(self) -> Interval | None:
        """Where the mean of the first less that of the others may lie; None while too few are compared."""
        if not self.holds_out or min(len(self.entered.pairs), len(self.held_out.pairs)) < ENOUGH:
            return None
        return of_mean_difference(self.entered.changes, self.held_out.changes)


@dataclass(frozen=True)
class Outcome:
    """All that is told of a sequence, of one version or, where `version` is None, of all together."""

    name: str
    version: int | None
    versions: Sequence[int]
    at: datetime
    ways: Ways
    steps: Sequence[StepCounts]
    goal: GoalOutcome | None
    change: ChangeOutcome | None
