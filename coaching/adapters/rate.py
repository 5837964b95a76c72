"""One rate for all workers together, kept in Redis; without Redis a trickle for each process."""

import logging
import math
import threading
import time

import redis
from limits import RateLimitItem
from redis.backoff import NoBackoff
from redis.retry import Retry

# Whoever asks is about to send: an answer that takes longer is worth less than the floor.
PATIENCE_S = 0.25
TRY_AGAIN_S = 2.0
FLOOR_S = 1.0
# Of one second's worth, the part that may go at once after a pause.
BURST = 0.1

# `limits` counts in windows, which let two windows' worth through at their seam; hence a bucket of our own.
# Keeps the instant until which all places are taken, in microseconds of Redis's own clock: the clocks of
# workers don't matter. Its step back, as when another server takes over, costs one burst and no more.
_TAKE = """
local interval, slack = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local taken_until = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
taken_until = math.min(taken_until, now + slack + interval)
local wait = taken_until - slack - now
if wait > 0 then return wait end
local lasts = math.ceil((slack + interval) / 1000) + 1000
redis.call('SET', KEYS[1], string.format('%.0f', taken_until + interval), 'PX', lasts)
return 0
"""

_log = logging.getLogger(__name__)


class SharedRate:
    """A token bucket that all processes with one Redis draw from."""

    def __init__(self, redis_url: str, item: RateLimitItem, *, name: str = "sendgrid") -> None:
        self._client = redis.Redis.from_url(
            redis_url,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._take = self._client.register_script(_TAKE)
        self._key = f"waypoint:rate:{name}"
        per_second = item.amount / item.get_expiry()
        self.burst = max(1, math.ceil(BURST * per_second))
        self._interval_us = math.ceil(1_000_000 / per_second)
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._floor_from = 0.0

    def wait(self) -> float:
        """Return 0.0 when a request may go now (its place is taken), else the seconds until one may.

        Never raises: without Redis each process has a place a second.
        """
        if self._away_until > time.monotonic():
            return self._wait_at_the_floor()
        try:
            slack = (self.burst - 1) * self._interval_us
            wait_us = self._take(keys=[self._key], args=[self._interval_us, slack])
            wait_s = int(wait_us) / 1_000_000
        except (redis.RedisError, OSError, ValueError) as error:
            self._go_without(error)
            return self._wait_at_the_floor()
        self._come_back()
        return wait_s

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _wait_at_the_floor(self) -> float:
        with self._lock:
            now = time.monotonic()
            if now < self._floor_from:
                return self._floor_from - now
            self._floor_from = now + FLOOR_S
            return 0.0

    def _go_without(self, error: Exception) -> None:
        if not self._away_until:
            _log.warning("the shared rate is out of reach (%s): one request a second", type(error).__name__)
        self._away_until = time.monotonic() + TRY_AGAIN_S

    def _come_back(self) -> None:
        if self._away_until:
            _log.warning("the shared rate is back")
            self._away_until = 0.0
