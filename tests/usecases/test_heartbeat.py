"""Whether a part of the house was well without a gap, told from its signs of life."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.usecases.heartbeat import KEPT, LOOKED_BACK, beat, forget_old_beats, last_gap, unbroken
from tests.support.ledger import count

MINUTELY = list(range(-60, 901, 60))


def put(session: Session, now: datetime, well: list[int], failed: list[int]) -> None:
    """Write beats at these seconds from now."""
    for seconds in well:
        beat(session, "webhook", well=True, now=now + timedelta(seconds=seconds))
    for seconds in failed:
        beat(session, "webhook", well=False, now=now + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("well", "failed", "whole"),
    [
        (MINUTELY, [], True),
        (MINUTELY[::-1], [], True),
        ([], [], False),
        ([-90, *range(0, 901, 90)], [], True),
        ([-91, *range(1, 900, 60)], [], False),
        ([at for at in MINUTELY if at != 420], [], False),
        ([at for at in MINUTELY if at < 840], [], False),
        ([at for at in MINUTELY if at <= 840], [], True),
        ([at for at in MINUTELY if at > 0], [], False),
        ([at for at in MINUTELY if at >= 0], [], True),
        (MINUTELY, [0], False),
        (MINUTELY, [450], False),
        (MINUTELY, [900], False),
        (MINUTELY, [-1], True),
        (MINUTELY, [901], True),
        ([], [0, 450, 900], False),
        (sorted({*MINUTELY, *range(0, 900, 20)} - {420}), [], True),
    ],
)
def test_a_time_is_unbroken(
    session: Session, now: datetime, well: list[int], failed: list[int], whole: bool
) -> None:
    """Every moment of the quarter of an hour has a beat in the 90 s before it, and no failure lies in it."""
    put(session, now, well, failed)
    assert unbroken(session, "webhook", since=now, until=now + timedelta(seconds=900)) is whole


@pytest.mark.parametrize(
    ("well", "failed", "up_to"),
    [
        ([], [], 0),
        ([-600, -540], [], 0),
        ([-120, -60], [], -120),
        ([-600, -540, -180, -120, -60], [], -180),
        ([-180, -120, -60], [-100], -100),
        ([-180, -120, -60], [-700], -180),
        ([-60], [0], 0),
    ],
)
def test_the_newest_moment_up_to_which_it_was_broken(
    session: Session, now: datetime, well: list[int], failed: list[int], up_to: int
) -> None:
    """It is the beat that ended a pause, a failure's own time, or now while it is silent."""
    put(session, now, well, failed)
    assert last_gap(session, "webhook", before=now) == now + timedelta(seconds=up_to)


def test_two_good_days_hold_no_gap(session: Session, now: datetime) -> None:
    """Nobody looks further back; a gap just before that is forgotten."""
    put(session, now, list(range(-int(LOOKED_BACK.total_seconds()) - 60, 1, 90)), [])
    assert last_gap(session, "webhook", before=now) is None


def test_parts_are_told_apart(session: Session, now: datetime) -> None:
    """The workers' signs of life say nothing of the webhook."""
    beat(session, "workers", well=True, now=now)
    assert not unbroken(session, "webhook", since=now, until=now)
    assert unbroken(session, "workers", since=now, until=now)


def test_old_beats_are_forgotten(session: Session, now: datetime) -> None:
    """After three days a sign of life is no evidence of anything."""
    beat(session, "webhook", well=True, now=now - KEPT - timedelta(seconds=1))
    beat(session, "webhook", well=True, now=now - KEPT)
    forget_old_beats(session, now)
    assert count(session, tables.Heartbeat) == 1
