"""One rate for all, on a real Valkey that also goes away and comes back."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from limits import parse

from cli.embedded import Valkey
from coaching.adapters import rate
from coaching.adapters.rate import SharedRate
from tests.support.system import until


@pytest.fixture
def name() -> str:
    """A bucket of this test alone."""
    return f"test-{time.monotonic_ns()}"


def taken(shared: SharedRate, until_s: float) -> list[float]:
    """Take places as fast as they are given, waiting as told, and return when each was taken."""
    times = []
    while (now := time.monotonic()) < until_s:
        wait_s = shared.wait()
        if wait_s == 0.0:
            times.append(now)
        else:
            threading.Event().wait(wait_s)
    return times


def test_two_share_one_rate(valkey_url: str, name: str) -> None:
    """Two processes' worth of workers never exceed rate and burst together, and come near the rate."""
    both = [SharedRate(valkey_url, parse("200/second"), name=name) for _ in range(2)]
    begin = time.monotonic()
    found: list[float] = []
    threads = [threading.Thread(target=lambda one=one: found.extend(taken(one, begin + 1.0))) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = max(found) - begin
    assert both[0].burst == 20
    assert 50 < len(found) <= 200 * (elapsed + 0.05) + 20
    for one in both:
        one.close()


def test_says_how_long_to_wait(valkey_url: str, name: str) -> None:
    """After the burst the next place is one interval away, whoever asks."""
    one, other = (SharedRate(valkey_url, parse("60/minute"), name=name) for _ in range(2))
    assert one.wait() == 0.0
    assert 0.3 < other.wait() <= 1.0
    assert 0.3 < one.wait() <= 1.0
    one.close()
    other.close()


def test_asking_in_vain_costs_nothing(valkey_url: str, name: str) -> None:
    """Whoever is told to wait has taken no place from others."""
    shared = SharedRate(valkey_url, parse("1/second"), name=name)
    shared.wait()
    first = shared.wait()
    assert all(shared.wait() <= first for _ in range(50))
    shared.close()


@pytest.mark.parametrize(
    ("text", "burst"), [("1/hour", 1), ("6000/minute", 10), ("100/second", 10), ("3/second", 1)]
)
def test_the_burst_is_a_tenth_of_a_second(valkey_url: str, name: str, text: str, burst: int) -> None:
    """A pause saves up little: so many go at once, then the rate holds."""
    shared = SharedRate(valkey_url, parse(text), name=name)
    shared.wait()  # the connection is made
    with redis.Redis.from_url(valkey_url) as client:
        client.delete(f"waypoint:rate:{name}")
    begin, given = time.monotonic(), 0
    while shared.wait() == 0.0:
        given += 1
    item = parse(text)
    earned = (time.monotonic() - begin) * item.amount / item.get_expiry()
    assert shared.burst == burst
    assert burst <= given <= burst + earned + 1
    shared.close()


def test_a_clock_that_was_set_back_costs_no_more_than_a_burst(valkey_url: str, name: str) -> None:
    """A Redis that takes over with an earlier clock must not hold up all letters for the difference."""
    with redis.Redis.from_url(valkey_url) as client:
        client.set(f"waypoint:rate:{name}", (int(time.time()) + 3600) * 1_000_000)
    shared = SharedRate(valkey_url, parse("100/second"), name=name)
    assert shared.wait() <= 0.1
    shared.close()


def test_the_bucket_is_forgotten_when_it_is_full(valkey_url: str, name: str) -> None:
    """No key stays in Redis for ever."""
    shared = SharedRate(valkey_url, parse("100/second"), name=name)
    shared.wait()
    with redis.Redis.from_url(valkey_url) as client:
        assert 0 < int(client.pttl(f"waypoint:rate:{name}")) <= 2_000
    shared.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey that a test may stop."""
    server = Valkey.start(tmp_path / "valkey", password="secret")
    yield server
    server.stop()


@pytest.mark.fault
def test_away_and_back(
    own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without Redis a trickle for each process; after its return one shared rate again."""
    monkeypatch.setattr(rate, "TRY_AGAIN_S", 0.3)
    one, other = both = [SharedRate(own_valkey.url, parse("1/second"), name="away") for _ in range(2)]
    assert one.wait() == 0.0
    own_valkey.process.kill()
    own_valkey.process.wait()
    begin = time.monotonic()
    for each in both:  # each process has its own trickle
        assert each.wait() == 0.0
        assert 0.3 < each.wait() <= 1.0
        assert 0.3 < each.wait() <= 1.0
    assert time.monotonic() - begin < 3.0
    own_valkey.restart()

    def are_back() -> bool:
        for each in both:
            each.wait()
        return [record.message for record in caplog.records].count("the shared rate is back") == 2

    until(are_back, "the shared rate", patience_s=10)
    until(lambda: one.wait() == 0.0, "a place", patience_s=5)
    assert 0.0 < other.wait() <= 1.0
    assert "secret" not in caplog.text
    for each in both:
        each.close()


@pytest.mark.fault
def test_a_redis_that_says_nothing_holds_nobody_up() -> None:
    """A hung Redis costs a moment once in a while, not each request."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        shared = SharedRate(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", parse("100/second"))
        begin = time.monotonic()
        assert shared.wait() == 0.0
        assert time.monotonic() - begin < 1.0
        begin = time.monotonic()
        for _ in range(100):
            assert shared.wait() > 0.0
        assert time.monotonic() - begin < 0.5
        shared.close()


def test_a_place_at_the_floor_comes_back_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trickle goes on for as long as Redis is away."""
    monkeypatch.setattr(rate, "FLOOR_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    shared = SharedRate(f"redis://127.0.0.1:{port}/0", parse("100/second"))
    begin = time.monotonic()
    found = taken(shared, begin + 0.5)
    assert 3 <= len(found) <= 11
    shared.close()
