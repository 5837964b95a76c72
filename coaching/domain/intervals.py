"""How far a share or a mean may be off, by scipy.

It is read when it is asked, since no other command should pay for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

_HELD = 0.95  # 95 of a hundred such intervals hold the truth
_NOTHING = 1e-9


@dataclass(frozen=True)
class Interval:
    """Where the truth may well lie."""

    low: float
    high: float

    @property
    def holds_nothing_changed(self) -> bool:
        """Tell whether a difference of 0 is among what may be true."""
        return self.low <= 0 <= self.high


def of_share(part: int, whole: int) -> Interval:
    """Return the interval of Wilson for a share of at least one; it also holds for none and for all."""
    from scipy.stats import binomtest  # noqa: PLC0415 - see above

    found = binomtest(part, whole).proportion_ci(_HELD, method="wilson")
    return Interval(max(0.0, float(found.low)), min(1.0, float(found.high)))


def of_difference(part: int, whole: int, other_part: int, other_whole: int) -> Interval:
    """Return the interval of Newcombe for the first share less the second, each of at least one.

    Newcombe (1998), Interval estimation for the difference between independent proportions, method 10: each
    share's way to an end of its own interval of Wilson, put together like the sides of a right angle.
    """
    one, other = of_share(part, whole), of_share(other_part, other_whole)
    share, other_share = part / whole, other_part / other_whole
    below = hypot(share - one.low, other.high - other_share)
    above = hypot(one.high - share, other_share - other.low)
    apart = share - other_share
    return Interval(max(-1.0, apart - below), min(1.0, apart + above))


def of_mean(values: Sequence[float]) -> Interval | None:
    """Return the interval of Student for a mean; None where one value or none says how much they vary."""
    from scipy.stats import ttest_1samp  # noqa: PLC0415 - see above

    if not _vary(values):
        return None
    found = ttest_1samp(values, popmean=0).confidence_interval(_HELD)
    return Interval(float(found.low), float(found.high))


def of_mean_difference(values: Sequence[float], others: Sequence[float]) -> Interval | None:
    """Return the interval of Welch for the first mean less the second; None if nothing says how they vary."""
    from scipy.stats import ttest_ind  # noqa: PLC0415 - see above

    if not _vary(values) or not _vary(others):
        return None
    found = ttest_ind(values, others, equal_var=False).confidence_interval(_HELD)
    return Interval(float(found.low), float(found.high))


def _vary(values: Sequence[float]) -> bool:
    return len(values) > 1 and max(values) - min(values) > _NOTHING
