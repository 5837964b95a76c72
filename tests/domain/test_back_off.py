"""Waits after refusals: as asked or doubling, spread, within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.domain.back_off import FIRST_S, LONGEST_S, SPREAD, back_off

refusals = st.integers(0, 10**9)
asked = st.floats(0, 3600)
chance = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("times", "wanted_s"),
    [(0, 1), (1, 2), (2, 4), (8, 256), (9, 512), (10, 600), (11, 600), (1_000_000, 600)],
)
def test_doubles_from_a_second_to_ten_minutes(times: int, wanted_s: float) -> None:
    """Without a wish of the other side each refusal doubles the wait."""
    assert back_off(times, None, chance=0.0).total_seconds() == wanted_s


@pytest.mark.parametrize(
    ("asked_s", "chance", "wanted_s"), [(30, 0.0, 30), (30, 0.5, 33), (3600, 0.0, 3600), (0, 0.0, 1)]
)
def test_waits_as_asked(asked_s: float, chance: float, wanted_s: float) -> None:
    """A wish of the other side counts, however often it has refused, and at least a second passes."""
    assert back_off(7, asked_s, chance=chance).total_seconds() == wanted_s


@given(refusals, asked, chance)
def test_never_comes_back_too_early(times: int, asked_s: float, chance: float) -> None:
    """Chance only adds to what was asked, and never more than its share."""
    wait_s = back_off(times, asked_s, chance=chance).total_seconds()
    assert max(FIRST_S, asked_s) <= wait_s <= max(FIRST_S, asked_s) * (1 + SPREAD) + 0.001


@given(refusals, chance)
def test_is_bounded(times: int, chance: float) -> None:
    """However often it was refused, the next try comes within twelve minutes."""
    assert FIRST_S <= back_off(times, None, chance=chance).total_seconds() <= LONGEST_S * (1 + SPREAD)


@given(refusals, st.none() | asked, st.lists(chance, min_size=2, max_size=2, unique=True).map(sorted))
def test_chance_spreads_a_crowd(times: int, asked_s: float | None, two: list[float]) -> None:
    """A higher chance never waits less: those refused together come back apart."""
    early, late = (back_off(times, asked_s, chance=one) for one in two)
    assert early <= late
