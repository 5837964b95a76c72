"""Intervals against published examples, and where the numbers are as small or as equal as they get."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from coaching.domain.intervals import Interval, of_difference, of_mean, of_mean_difference, of_share

counts = some.integers(1, 400).flatmap(lambda whole: some.tuples(some.integers(0, whole), some.just(whole)))


def rounded(interval: Interval | None) -> tuple[float, float] | None:
    """Return an interval with the four digits that papers print."""
    return None if interval is None else (round(interval.low, 4), round(interval.high, 4))


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (29, 29, (0.883, 1.0)),
    ],
)
def test_a_share_has_the_interval_that_is_printed(
    part: int, whole: int, printed: tuple[float, float]
) -> None:
    """The examples of Newcombe (1998, on single proportions), by the method of Wilson."""
    assert rounded(of_share(part, whole)) == printed


@pytest.mark.parametrize(
    ("counted", "printed"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.809)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ],
)
def test_a_difference_has_the_interval_that_is_printed(
    counted: tuple[int, int, int, int], printed: tuple[float, float]
) -> None:
    """The examples of Newcombe (1998, on differences), method 10."""
    assert rounded(of_difference(*counted)) == printed


@example((0, 354), (80, 80))  # sums of rounded numbers lead past the end
@settings(deadline=None)
@given(counts, counts)
def test_an_interval_holds_what_was_seen(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Neither a share nor a difference lies outside its own interval, and none leaves the possible."""
    share, apart = of_share(*one), of_difference(*one, *other)
    seen = one[0] / one[1]
    assert 0 <= share.low <= seen + 1e-12
    assert seen - 1e-12 <= share.high <= 1
    assert -1 <= apart.low <= seen - other[0] / other[1] + 1e-12
    assert seen - other[0] / other[1] - 1e-12 <= apart.high <= 1


@settings(deadline=None)
@given(counts)
def test_equal_groups_differ_in_nothing_that_is_clear(one: tuple[int, int]) -> None:
    """None, all or some of both: the interval of the difference holds 0."""
    assert of_difference(*one, *one).holds_nothing_changed


def test_a_mean_has_the_interval_of_student() -> None:
    """1, 2, 3: the mean is 2, its error 1 over the root of 3, and t of two degrees of freedom is 4.3027."""
    half = 4.302652729911275 / math.sqrt(3)
    found = of_mean([1, 2, 3])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))


def test_two_means_have_the_interval_of_welch() -> None:
    """With groups of like size and spread it is that of Student with both groups' degrees of freedom."""
    half = 2.7764451051977987 * math.sqrt(2 / 3)
    found = of_mean_difference([4, 5, 6], [1, 2, 3])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half))
    assert not found.holds_nothing_changed


@pytest.mark.parametrize("values", [[], [5.0], [5.0, 5.0, 5.0]])
def test_what_does_not_vary_has_no_interval(values: list[float]) -> None:
    """Nobody, one client, or the same change for all say nothing of how far the mean may be off."""
    assert of_mean(values) is None
    assert of_mean_difference(values, [1, 2, 3]) is None
    assert of_mean_difference([1, 2, 3], values) is None


def test_a_small_and_wild_group_counts_by_its_own_spread() -> None:
    """Welch's interval; that of Student, from -2.4 to 13.4, would promise far too much."""
    found = of_mean_difference([0.0, 10.0, 20.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    assert found is not None
    # 10 - 4.5 = 5.5; the error is the root of 100/3 + 6/8, 5.8381; t of 2.0907 degrees of freedom is 4.1286.
    assert (found.low, found.high) == pytest.approx((5.5 - 24.103, 5.5 + 24.103), abs=0.001)


def test_two_values_have_an_interval_already() -> None:
    """1 and 2: the mean is 1.5, its error a half, and t of one degree of freedom is 12.7062."""
    found = of_mean([1, 2])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((1.5 - 6.3531, 1.5 + 6.3531), abs=1e-4)


def test_an_end_at_nothing_still_holds_nothing() -> None:
    """Only what lies wholly on one side is a clear difference."""
    assert Interval(0, 1).holds_nothing_changed
    assert Interval(-1, 0).holds_nothing_changed
    assert not Interval(0.001, 1).holds_nothing_changed
