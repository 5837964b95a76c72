"""Asks the same question again and again in a thread of its own, so that a hanging answer holds up nobody."""

import threading
import time
from collections.abc import Callable

import redis
import urllib3

HTTP_TIMEOUT_S = 5.0
BROKER_TIMEOUT_S = 2.0


class Probe:
    """`failures` in a row so far; `well_since` when the good answers in a row began (monotonic), or None."""

    def __init__(self, question: Callable[[], bool], *, every: float = 2.0, hurried: float = 0.2) -> None:
        self.failures = 0
        self.well_since: float | None = None
        self._question = question
        self._every = every
        self._hurried = hurried
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="probe", daemon=True).start()

    def end(self) -> None:
        """Ask no more; an answer that is still awaited is not waited for."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            well = self._well()
            self.failures = 0 if well else self.failures + 1
            self.well_since = (self.well_since or time.monotonic()) if well else None
            self._ended.wait(self._every if well else self._hurried)

    def _well(self) -> bool:
        try:
            return self._question()
        except Exception:  # noqa: BLE001 - whatever goes wrong with asking, there was no good answer
            return False


def answers(address: str) -> Callable[[], bool]:
    """The question whether a web address answers 200."""
    timeout = urllib3.Timeout(total=HTTP_TIMEOUT_S)

    def question() -> bool:
        try:
            # A connection of its own each time: a kept one would only ever reach the same web worker.
            with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
                return bool(pool.request("GET", address, redirect=False).status == 200)
        except urllib3.exceptions.HTTPError:
            return False

    return question


def pings(broker_url: str) -> Callable[[], bool]:
    """The question whether the broker answers PING."""

    def question() -> bool:
        try:
            with redis.Redis.from_url(
                broker_url, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
            ) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    return question
