"""PostgreSQL that is shut down at once, in the middle of a campaign and of intake."""

import signal
import time

import pytest

from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, seed, slow_down
from tests.faults.intake import Intake
from tests.faults.lines import Lines
from tests.support.campaigns import Books, Campaign
from tests.support.system import until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(900)]


def _shut_down_at_once(lines: Lines, away_s: float) -> None:
    """Do what `pg_ctl stop --mode immediate` does, and start it again after so many seconds."""
    lines.postgres.process.send_signal(signal.SIGQUIT)
    lines.postgres.process.wait(timeout=30)
    gone = time.monotonic()
    until(lambda: time.monotonic() - gone >= away_s, "the time without a database")
    lines.postgres.restart()


def test_a_database_that_restarts_loses_and_repeats_nothing(lines: Lines, house: Books, note: Note) -> None:
    """Immediate shutdowns: every client gets one letter, and no submission gets a false 202."""
    away = pick([2.0], [0.0, 0.0, 2.0, 5.0, 25.0])
    campaign = Campaign(house, "database", clients=pick(2_000, 20_000), most=pick(25, 20))
    slow_down(house.system, 300)
    with Intake(house, "during-restarts") as intake:
        campaign.launch()
        for number, away_s in enumerate(away):
            campaign.reach((number + 0.5) / (len(away) + 1))
            slow_down(house.system, 100, 300, 1000)
            any_moment(0.5)
            _shut_down_at_once(lines, away_s)
        house.system.ask_mailbox("faults", {})
        campaign.reach(1)
    reckoning = campaign.reckon(help_out=True)
    note("database restarted", len(away), reckoning, f"{seed()}; intake {intake.check(503)}")
