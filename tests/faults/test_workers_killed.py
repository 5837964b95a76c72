"""Workers that are killed in the middle of a campaign."""

import signal

import pytest

from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, seed, slow_down, some_worker, strike
from tests.support.campaigns import Books, Campaign

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(900)]


def test_killed_workers_lose_and_repeat_nothing(house: Books, note: Note) -> None:
    """SIGKILL to workers at random moments: every client gets exactly one letter."""
    kills = pick(5, 50)
    campaign = Campaign(house, "killed", clients=pick(2_000, 20_000), most=pick(20, 40))
    slow_down(house.system, 300)
    campaign.launch()
    house.system.ask_mailbox("faults", {"status": 500, "times": 2})
    struck = 0
    while struck < kills:
        campaign.reach(struck / (kills + 1))
        slow_down(house.system, *pick((300, 1000), (0, 30, 100, 300, 1000)))
        any_moment(0.5)
        assert campaign.is_under_way(), "the campaign was over before the last kill"
        struck += strike(some_worker(house.system), signal.SIGKILL)
    house.system.ask_mailbox("faults", {})
    note("worker killed", struck, campaign.reckon(help_out=True), seed())
