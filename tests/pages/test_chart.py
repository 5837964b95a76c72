"""The bars of the report stand where the numbers say."""

import pytest

from api.pages.chart import Bar, GridLine, bar, grid


@pytest.mark.parametrize(
    ("score", "low", "high", "drawn"),
    [
        (38.0, 25.4, 50.6, Bar("38%", "25.4%", "50.6%")),
        (45.833333, 33.2, 58.4, Bar("46%", "33.2%", "58.4%")),
        (4.166666, -8.5, 16.8, Bar("4%", "0%", "16.8%")),
        (100.0, 87.4, 112.6, Bar("100%", "87.4%", "100%")),
    ],
)
def test_bar(score: float, low: float, high: float, drawn: Bar) -> None:
    """A dot stands at the whole number that is read beside it, and no band leaves the axis."""
    assert bar(score, low, high) == drawn


def test_grid_marks_the_limits() -> None:
    """The two limits between bands are dashed, the other lines are not."""
    dashed = [line for line in grid((40.0, 60.0)) if line.dashed]

    assert dashed == [GridLine("40%", dashed=True), GridLine("60%", dashed=True)]
    assert len(grid((40.0, 60.0))) == 6


def test_grid_takes_other_limits() -> None:
    """Limits that are no twentieth get lines of their own, in their place."""
    assert [line.at for line in grid((33.5, 66.5))] == [
        "0%",
        "20%",
        "33.5%",
        "40%",
        "60%",
        "66.5%",
        "80%",
        "100%",
    ]
