"""How far a share or a mean may be off, by statsmodels.

It is read when it is asked: it takes most of a second and 120 MB, which no other command should pay for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_ALPHA = 0.05  # 95 of a hundred such intervals hold the truth
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
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415 - see above

    low, high = proportion_confint(part, whole, alpha=_ALPHA, method="wilson")
    return Interval(max(0.0, float(low)), min(1.0, float(high)))


def of_difference(part: int, whole: int, other_part: int, other_whole: int) -> Interval:
    """Return the interval of Newcombe for the first share less the second, each of at least one."""
    from statsmodels.stats.proportion import confint_proportions_2indep  # noqa: PLC0415 - see above

    low, high = confint_proportions_2indep(
        part, whole, other_part, other_whole, method="newcomb", compare="diff", alpha=_ALPHA
    )
    return Interval(max(-1.0, float(low)), min(1.0, float(high)))


def of_mean(values: Sequence[float]) -> Interval | None:
    """Return the interval of Student for a mean; None where one value or none says how much they vary."""
    from statsmodels.stats.weightstats import DescrStatsW  # noqa: PLC0415 - see above

    if not _vary(values):
        return None
    low, high = DescrStatsW(values).tconfint_mean(alpha=_ALPHA)
    return Interval(float(low), float(high))


def of_mean_difference(values: Sequence[float], others: Sequence[float]) -> Interval | None:
    """Return the interval of Welch for the first mean less the second; None if nothing says how they vary."""
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW  # noqa: PLC0415 - see above

    if not _vary(values) or not _vary(others):
        return None
    both = CompareMeans(DescrStatsW(values), DescrStatsW(others))
    low, high = both.tconfint_diff(alpha=_ALPHA, usevar="unequal")
    return Interval(float(low), float(high))


def _vary(values: Sequence[float]) -> bool:
    return len(values) > 1 and max(values) - min(values) > _NOTHING
