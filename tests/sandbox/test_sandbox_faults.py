"""Faults come as wished, so often as wished, and end."""

from typing import Any

import pytest

from sandbox.faults import FaultError, Faults, Plan, Refusal, change


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ({"status": 429, "times": 3}, Plan(status=429, times=3)),
        ({"status": 503}, Plan(status=503, times=1)),
        ({"delay_ms": 250}, Plan(delay_ms=250)),
        ({"drop_after_accept": 2}, Plan(drop_after_accept=2)),
        ({"webhook": "shuffle"}, Plan(webhook="shuffle")),
        ({"webhook": "none"}, Plan(webhook="on")),
        ({"status": 401}, Plan(status=401, times=1)),
        ({"status": 401, "times": 4, "quota": True}, Plan(status=401, times=4, quota=True)),
        ({"refuse": "+Bad"}, Plan(refuse="+bad")),
        ({"status": 500, "times": 2, "delay_ms": 10}, Plan(status=500, times=2, delay_ms=10)),
    ],
)
def test_sets_faults(wish: dict[str, Any], wanted: Plan) -> None:
    """Each fault of the contract can be wished for, alone or with others."""
    assert change(Plan(), wish) == wanted


def test_faults_that_are_not_named_stay() -> None:
    """A wish adds to what is in force."""
    assert change(Plan(delay_ms=5), {"webhook": "off"}) == Plan(delay_ms=5, webhook="off")


@pytest.mark.parametrize("wish", [{}, "none"])
def test_ends_all_faults(wish: Any) -> None:
    """An empty wish, or the word none, ends everything."""
    assert change(Plan(status=500, times=9, delay_ms=5, drop_after_accept=1, webhook="late"), wish) == Plan()


@pytest.mark.parametrize(
    "wish",
    [
        {"status": 404},
        {"status": True},
        {"quota": True},
        {"status": 403, "quota": True},
        {"status": 401, "quota": 1},
        {"refuse": 1},
        {"refuse": "x" * 321},
        {"status": "429"},
        {"times": 3},
        {"status": 429, "times": 0},
        {"status": 429, "times": True},
        {"delay_ms": -1},
        {"delay_ms": 1.5},
        {"delay_ms": 600_001},
        {"drop_after_accept": "1"},
        {"webhook": "loud"},
        {"webhook": None},
        {"statuses": 429},
        {"delay_ms": 5, "unknown": 1},
        [],
        None,
        "all",
    ],
)
def test_refuses_wishes_it_cannot_meet(wish: Any) -> None:
    """A mistyped wish changes nothing and says so."""
    faults = Faults()
    with pytest.raises(FaultError):
        faults.wish(wish)
    assert faults.plan == Plan()


def test_a_status_is_used_up() -> None:
    """After so many refusals, requests pass again."""
    faults = Faults()
    faults.wish({"status": 401, "times": 2, "quota": True})
    used_up = Refusal(401, quota=True)
    assert [faults.take_refusal() for _ in range(3)] == [used_up, used_up, None]
    assert faults.plan == Plan()


def test_a_new_status_forgets_the_quota() -> None:
    """The reason belongs to the refusal that it was wished with."""
    plan = change(Plan(status=401, times=5, quota=True), {"status": 401})
    assert (plan.times, plan.quota) == (1, False)


def test_an_empty_part_refuses_nobody() -> None:
    """The wish to refuse an address can be taken back alone."""
    assert change(Plan(refuse="+bad", delay_ms=5), {"refuse": ""}) == Plan(delay_ms=5)


def test_a_cut_is_used_up() -> None:
    """After so many cuts, answers come again."""
    faults = Faults()
    faults.wish({"drop_after_accept": 2})
    assert [faults.take_drop() for _ in range(3)] == [True, True, False]
