"""What may be said of a milestone in which state, and how it stands afterwards."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coaching.domain.errors import Conflict, Refused
from coaching.domain.milestones import (
    Day,
    Report,
    Standing,
    after_report,
    check_report,
    is_overdue,
    standing_from_json,
    standing_to_json,
)
from coaching.domain.plan_words import MILESTONE_EVENT_KINDS, MILESTONE_MOVES, MILESTONE_STATES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = Day(now=NOW, today=TODAY, drafted_at=NOW - timedelta(days=30))
DUE = TODAY + timedelta(days=10)
TIMES = {"started": "started_at", "reached": "reached_at", "dropped": "dropped_at"}


def standing(state: str, **changes: Any) -> Standing:
    """Return a milestone that came to this state a week ago."""
    times = {TIMES[state]: NOW - timedelta(days=7)} if state in TIMES else {}
    return Standing(**{"state": state, "due_on": DUE, **times, **changes})


def say(kind: str, state: str = "active", *, decides: bool = False, **said: Any) -> Standing:
    """Report this of a milestone in that state."""
    if kind == "postponed":
        said.setdefault("due_on", DUE + timedelta(days=7))
    return after_report(standing(state), Report(kind, **said), decides=decides, day=DAY)


@pytest.mark.parametrize("kind", sorted(TIMES))
@pytest.mark.parametrize("state", MILESTONE_STATES)
def test_every_report_in_every_state(kind: str, state: str) -> None:
    """It moves where the table says so, changes nothing where it is known, and else names the state."""
    if kind == state:
        assert say(kind, state) == standing(state)
    elif kind in MILESTONE_MOVES[state]:
        moved = say(kind, state)
        assert (moved.state, getattr(moved, TIMES[kind]), moved.touched_at) == (kind, NOW, NOW)
        assert moved.due_on == DUE
        assert (moved.dropped_at is not None) == (kind == "dropped")
    else:
        with pytest.raises(Conflict, match=state):
            say(kind, state)


@pytest.mark.parametrize("state", ["proposed", "active", "started"])
def test_postponing_moves_only_the_day(state: str) -> None:
    """The state stays what it is, also where the day comes closer; the same day again is no change."""
    for days in (1, 40):
        to = TODAY + timedelta(days=days)
        assert say("postponed", state, due_on=to) == standing(state, due_on=to, touched_at=NOW)
    assert say("postponed", state, due_on=DUE) == standing(state)


@pytest.mark.parametrize("state", ["reached", "dropped"])
def test_what_is_over_has_no_day_to_move(state: str) -> None:
    """The answer says in which state it is."""
    with pytest.raises(Conflict, match=state):
        say("postponed", state)


@pytest.mark.parametrize("days", [0, -1, 5 * 366 + 1])
def test_days_out_of_reach(days: int) -> None:
    """A day that has come where the client lives is none to move to, nor one beyond five years."""
    with pytest.raises(Refused, match="due_on"):
        say("postponed", due_on=TODAY + timedelta(days=days))


def test_when_it_happened() -> None:
    """The time given counts, in UTC; up to a day ahead, and from a year before the plan was made."""
    berlin = datetime.fromisoformat("2026-11-20T18:00:00+01:00")
    assert str(say("reached", at=berlin).reached_at) == "2026-11-20 17:00:00+00:00"
    earliest = DAY.drafted_at - timedelta(days=365)
    for at in (NOW + timedelta(days=1), earliest):
        assert say("started", at=at).started_at == at
    second = timedelta(seconds=1)
    for at, said in ((NOW + timedelta(days=1) + second, "a day ahead"), (earliest - second, "a year before")):
        with pytest.raises(Refused, match=said):
            say("started", at=at)


@pytest.mark.parametrize(
    ("field", "report"),
    [
        ("kind", Report("finished")),
        ("due_on", Report("postponed")),
        ("due_on", Report("reached", due_on=DUE)),
        ("decision", Report("started", decision="stay")),
        ("decision", Report("reached", decision="both")),
    ],
)
def test_what_no_milestone_could_take(field: str, report: Report) -> None:
    """The field is named."""
    with pytest.raises(Refused) as caught:
        check_report(report, now=NOW)
    assert set(caught.value.errors) == {field}


def test_a_decision() -> None:
    """It is told with reached or after it, once, and of nothing but a decision."""
    assert say("reached", decides=True, decision="leave").decision == "leave"
    assert say("reached", decides=True).decision is None
    late = say("reached", "reached", decides=True, decision="shift")
    assert late == standing("reached", decision="shift", touched_at=NOW)
    with pytest.raises(Refused, match="decision"):
        say("reached", decision="leave")
    decided = standing("reached", decision="stay")
    for same in (None, "stay"):
        report = Report("reached", decision=same)
        assert after_report(decided, report, decides=True, day=DAY) == decided
    with pytest.raises(Conflict, match="stay"):
        after_report(decided, Report("reached", decision="leave"), decides=True, day=DAY)


@pytest.mark.parametrize("state", MILESTONE_STATES)
def test_overdue_is_derived(state: str) -> None:
    """Only what is still to be done can be overdue, from the day after its own."""
    assert not is_overdue(state, TODAY, today=TODAY)
    yesterday = TODAY - timedelta(days=1)
    assert is_overdue(state, yesterday, today=TODAY) == (state in {"active", "started"})


moments = some.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis wants it so
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=some.just(UTC),
)


@given(
    some.builds(
        Standing,
        state=some.sampled_from(MILESTONE_STATES),
        due_on=some.dates(date(2020, 1, 1), date(2030, 1, 1)),
        decision=some.none() | some.just("stay"),
        started_at=some.none() | moments,
        reached_at=some.none() | moments,
        dropped_at=some.none() | moments,
        touched_at=some.none() | moments,
    )
)
def test_a_standing_outlives_json(one: Standing) -> None:
    """What is written down for undoing reads back as it was; more keys than its own don't matter."""
    assert standing_from_json({**standing_to_json(one), "opened": "x"}) == one


def test_every_kind_is_known_to_the_tests() -> None:
    """A kind that is added has to be looked at here."""
    assert set(MILESTONE_EVENT_KINDS) == {*TIMES, "postponed"}
