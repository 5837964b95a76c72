"""A broker that is emptied or away, and connections that die without a word."""

import signal
import time
from collections.abc import Callable

import pytest
import redis

from cli import processes
from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, seed, slow_down
from tests.faults.intake import Intake
from tests.faults.lines import Lines
from tests.support.campaigns import Books, Campaign
from tests.support.system import until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(1500)]

_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))
WELL_AGAIN_S = 60.0


def _till_well(campaign: Campaign, intake: Intake) -> float:
    """Return after how many seconds a newcomer has a letter and another batch went, a minute at most."""
    began, before, known = time.monotonic(), campaign.accepted(), set(intake.taken)

    def well() -> bool:
        newcomers = [who for who in list(intake.taken) if who not in known]
        return campaign.accepted() > before and intake.is_written_to(newcomers)

    until(well, "all to work again", patience_s=WELL_AGAIN_S)
    return time.monotonic() - began


def _break_again_and_again(campaign: Campaign, intake: Intake, harm: Callable[[], int], times: int) -> float:
    """Do harm so many times, each once all is well again; return the longest time that took."""
    longest = 0.0
    for _ in range(times):
        slow_down(campaign.books.system, 100, 300, 1000)
        any_moment(0.5)
        assert campaign.is_under_way(), "the campaign was over too soon"
        assert harm() > 0
        longest = max(longest, _till_well(campaign, intake))
    return longest


@pytest.mark.parametrize(
    ("harm", "to"),
    pick(
        [("reset", "both"), ("swallow", "both")],
        [(harm, to) for harm in ("reset", "swallow") for to in ("broker", "database")],
    ),
)
def test_a_dead_line_is_noticed(lines: Lines, house: Books, note: Note, harm: str, to: str) -> None:
    """Connections are reset, or nothing passes on them any more: working again within a minute."""
    campaign = Campaign(house, f"{to}-{harm}", clients=pick(1_000, 20_000), most=10)
    proxies = {"broker": [lines.to_broker], "database": [lines.to_database]}
    proxies["both"] = proxies["broker"] + proxies["database"]
    slow_down(house.system, 300)
    with Intake(house, f"{to}-{harm}-intake") as intake:
        campaign.launch()
        campaign.reach(0.05)
        longest = _break_again_and_again(
            campaign, intake, lambda: sum(getattr(proxy, harm)() for proxy in proxies[to]), pick(1, 10)
        )
        house.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon(help_out=True)
    seen = f"{seed()}; well again after {longest:.1f} s at most; intake {intake.check(0, 503)}"
    note(f"{to}: {harm}", pick(1, 10), reckoning, seen)


def test_an_emptied_broker_costs_nothing(lines: Lines, house: Books, note: Note) -> None:
    """FLUSHALL in the middle of a campaign: the bell is only a bell."""
    campaign = Campaign(house, "flushed", clients=pick(2_000, 20_000), most=pick(50, 100))
    times = pick(3, 10)
    slow_down(house.system, 300)
    campaign.launch()
    with redis.Redis.from_url(lines.valkey.url) as client:
        for number in range(times):
            campaign.reach(number / (times + 1))
            any_moment(0.5)
            client.flushall()
    house.system.ask_mailbox("faults", {})
    note("broker emptied", times, campaign.reckon(help_out=True), seed())


def test_without_a_broker_intake_goes_on_and_work_resumes(lines: Lines, house: Books, note: Note) -> None:
    """The broker is away for a while: every submission is taken; once it is back, everything goes on."""
    campaign = Campaign(house, "brokerless", clients=pick(2_000, 20_000), most=20)
    slow_down(house.system, 600)
    with Intake(house, "brokerless-intake") as intake:
        campaign.launch()
        campaign.reach(0.1)
        processes.stop_child(lines.valkey.process, _STOP)
        gone = time.monotonic()
        away_s = pick(6.0, 60.0)
        until(lambda: time.monotonic() - gone > away_s, "the time without a broker", patience_s=away_s + 5)
        during = intake.answers.total()
        lines.valkey.restart()
        longest = _till_well(campaign, intake)
        house.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon(help_out=True)
    seen = f"well again after {longest:.1f} s; intake {intake.check()} ({during} before its return)"
    note(f"broker gone for {away_s:.0f} s", 1, reckoning, seen)
