"""A broker that is emptied or away, and connections that die without a word."""

import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
import redis

from cli import processes
from cli.embedded import Postgres, Valkey
from tests.faults.conftest import HURRIED, Note, pick
from tests.faults.harm import any_moment, seed, slow_down
from tests.faults.intake import Intake
from tests.faults.proxy import Proxy
from tests.support.campaigns import Books, Campaign
from tests.support.system import System, until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(1500)]

_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))
WELL_AGAIN_S = 60.0


@dataclass
class Lines:
    """A system whose database and broker are not its own, and which reaches them through proxies."""

    books: Books
    valkey: Valkey
    to_database: Proxy
    to_broker: Proxy


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    """Servers, proxies, and the system behind them."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("lines")
        password = secrets.token_hex(16)
        (folder / "valkey").mkdir()
        (folder / "postgres").mkdir()
        postgres = Postgres.start(folder / "postgres", password=password)
        stack.callback(postgres.discard)
        valkey = Valkey.start(folder / "valkey", password=password)
        stack.callback(valkey.stop)
        folder_of_socket = Path(unquote(postgres.url.partition("host=")[2]))
        to_database = stack.enter_context(Proxy.to_socket(folder_of_socket / ".s.PGSQL.5432"))
        to_broker = stack.enter_context(Proxy.to_port(valkey.port))
        system = System(
            folder / "home",
            options=("--workers", "3"),
            settings={
                **HURRIED,
                "DATABASE_URL": f"postgresql://waypoint:{password}@127.0.0.1:{to_database.port}/waypoint",
                "REDIS_URL": f"redis://:{password}@127.0.0.1:{to_broker.port}/0",
                "SECRET_KEYS": secrets.token_urlsafe(32),
                "HASH_PEPPER": secrets.token_urlsafe(32),
            },
        )
        stack.callback(system.discard)
        books = stack.enter_context(closing(Books(system.start(), DATABASE_URL=postgres.url)))
        yield Lines(books, valkey, to_database, to_broker)


def _till_well(lines: Lines, campaign: Campaign, intake: Intake) -> float:
    """Return after how many seconds intake takes somebody and another batch goes, a minute at most."""
    began, before, taken = time.monotonic(), campaign.accepted(), len(intake.taken)

    def well() -> bool:
        return len(intake.taken) > taken and campaign.accepted() > before

    until(well, "all to work again", patience_s=WELL_AGAIN_S)
    return time.monotonic() - began


def _break_again_and_again(
    lines: Lines, campaign: Campaign, intake: Intake, harm: Callable[[], int], times: int
) -> float:
    """Do harm so many times, each once all is well again; return the longest time that took."""
    longest = 0.0
    for _ in range(times):
        slow_down(lines.books.system, 100, 300, 1000)
        any_moment(0.5)
        assert harm() > 0
        longest = max(longest, _till_well(lines, campaign, intake))
        assert campaign.accepted() < campaign.batches, "the campaign was over too soon"
    return longest


@pytest.mark.parametrize("line", ["broker", "database"])
@pytest.mark.parametrize("harm", ["reset", "swallow"])
def test_a_dead_line_is_noticed(proxied: Lines, note: Note, line: str, harm: str) -> None:
    """Connections are reset, or nothing passes on them any more: working again within a minute."""
    campaign = Campaign(proxied.books, f"{line}-{harm}", clients=pick(2_000, 20_000), most=pick(10, 10))
    times = pick(1, 10)
    slow_down(proxied.books.system, 300)
    proxy = proxied.to_broker if line == "broker" else proxied.to_database
    with Intake(proxied.books, f"{line}-{harm}-intake") as intake:
        campaign.launch()
        campaign.reach(0.05)
        longest = _break_again_and_again(proxied, campaign, intake, getattr(proxy, harm), times)
        proxied.books.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon(help_out=True)
    seen = f"{seed()}; well again after {longest:.1f} s at most; intake {intake.check(0, 503)}"
    note(f"{line}: {harm}", times, reckoning, seen)


def test_an_emptied_broker_costs_nothing(proxied: Lines, note: Note) -> None:
    """FLUSHALL in the middle of a campaign: the bell is only a bell."""
    campaign = Campaign(proxied.books, "flushed", clients=pick(2_000, 20_000), most=pick(50, 100))
    times = pick(3, 10)
    slow_down(proxied.books.system, 300)
    campaign.launch()
    with redis.Redis.from_url(proxied.valkey.url) as client:
        for number in range(times):
            campaign.reach(number / (times + 1))
            any_moment(0.5)
            client.flushall()
    proxied.books.system.ask_mailbox("faults", {})
    note("broker emptied", times, campaign.reckon(help_out=True), seed())


def test_without_a_broker_intake_goes_on_and_work_resumes(proxied: Lines, note: Note) -> None:
    """The broker is away for a while: every submission is taken; once it is back, everything goes on."""
    campaign = Campaign(proxied.books, "brokerless", clients=pick(2_000, 20_000), most=20)
    slow_down(proxied.books.system, 600)
    with Intake(proxied.books, "brokerless-intake") as intake:
        campaign.launch()
        campaign.reach(0.1)
        processes.stop_child(proxied.valkey.process, _STOP)
        gone = time.monotonic()
        away_s = pick(6.0, 60.0)
        until(lambda: time.monotonic() - gone > away_s, "the time without a broker", patience_s=away_s + 5)
        during = intake.answers.total()
        proxied.valkey.restart()
        longest = _till_well(proxied, campaign, intake)
        proxied.books.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon(help_out=True)
    seen = f"well again after {longest:.1f} s; intake {intake.check()} ({during} before its return)"
    note(f"broker gone for {away_s:.0f} s", 1, reckoning, seen)
