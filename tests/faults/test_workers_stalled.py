"""Workers that stand still for longer than their lease and then go on as if nothing had been."""

import signal

import psutil
import pytest
from sqlalchemy import text

from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, chance, seed, slow_down, some_worker, strike
from tests.support.campaigns import Books, Campaign
from tests.support.system import until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(900)]

_AGE = text("SELECT extract(epoch FROM clock_timestamp())")
LEASE_S, DEADLINE_S = 5, 20


def _stall(books: Books, worker: psutil.Process, seconds: float) -> None:
    """Stop it, go on once so much time has passed by the database's clock."""
    until_then = float(books.ask(_AGE)[0][0]) + seconds
    strike(worker, signal.SIGSTOP)
    try:
        until(lambda: float(books.ask(_AGE)[0][0]) >= until_then, "the stall to end")
    finally:
        strike(worker, signal.SIGCONT)


def test_a_stalled_worker_posts_nothing_late(house: Books, note: Note) -> None:
    """SIGSTOP past the lease, at times past the posting deadline, then SIGCONT: one letter for each."""
    stalls, long_ones = pick(1, 20), pick(0, 4)
    campaign = Campaign(house, "stalled", clients=pick(1_000, 20_000), most=20)
    slow_down(house.system, 500)
    campaign.launch()
    lengths = [LEASE_S + 1.0] * (stalls - long_ones) + [DEADLINE_S + 3.0] * long_ones
    chance.shuffle(lengths)
    for length in lengths:
        slow_down(house.system, *pick((300, 600, 1000), (600, 1000, 3000)))
        any_moment(0.5)
        assert campaign.is_under_way(), "the campaign was over before the last stall"
        _stall(house, some_worker(house.system), length)
    house.system.ask_mailbox("faults", {})
    note("worker stalled", stalls, campaign.reckon(help_out=True), seed())
