"""PostgreSQL that is shut down at once, in the middle of a campaign and of intake."""

import signal

import psutil
import pytest
from sqlalchemy import text

from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, seed, slow_down, strike
from tests.faults.intake import Intake
from tests.support.campaigns import Books, Campaign
from tests.support.system import System, until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(900)]


def _postmaster(system: System) -> psutil.Process:
    assert system.process is not None
    children = psutil.Process(system.process.pid).children()
    return next(one for one in children if one.name().startswith("postgres"))


def _shut_down_at_once(books: Books) -> None:
    """Do what `pg_ctl stop --mode immediate` does; whoever looks after it starts it again."""
    old = _postmaster(books.system)
    strike(old, signal.SIGQUIT)
    until(lambda: not old.is_running() or old.status() == psutil.STATUS_ZOMBIE, "its end")
    books.ask(text("SELECT 1"))


def test_a_database_that_restarts_loses_and_repeats_nothing(house: Books, note: Note) -> None:
    """Immediate shutdowns: every client gets one letter, and no submission gets a false 202."""
    times = pick(1, 5)
    campaign = Campaign(house, "database", clients=pick(2_000, 20_000), most=pick(50, 100))
    slow_down(house.system, 300)
    with Intake(house, "during-restarts") as intake:
        campaign.launch()
        for number in range(times):
            campaign.reach((number + 0.5) / (times + 1))
            slow_down(house.system, 100, 300, 1000)
            any_moment(0.5)
            _shut_down_at_once(house)
        house.system.ask_mailbox("faults", {})
        campaign.reach(1)
    reckoning = campaign.reckon(help_out=True)
    note("database restarted", times, reckoning, f"{seed()}; intake {intake.check(503)}")
