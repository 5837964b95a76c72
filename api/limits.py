"""How often a program or a visitor may ask. Counted in Redis; while that is away, in this process."""

import time

import redis
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from coaching.settings import Settings

_PAUSE_S = 2.0


class RateLimits:
    """Counts requests by name; a broker that is away must not close the door."""

    def __init__(self, settings: Settings) -> None:
        storage = RedisStorage(
            settings.redis_url,
            wrap_exceptions=True,
            socket_timeout=0.25,
            socket_connect_timeout=0.25,
            key_prefix="waypoint-limits",
        )
        self._shared = FixedWindowRateLimiter(storage)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0

    def hit(self, limit: RateLimitItem, *who: str) -> int | None:
        """Count one request; return the seconds to wait if it is one too many."""
        limiter = self._own if time.monotonic() < self._away_until else self._shared
        try:
            return self._count(limiter, limit, who)
        except (StorageError, redis.RedisError, OSError):
            self._away_until = time.monotonic() + _PAUSE_S
            return self._count(self._own, limit, who)

    @staticmethod
    def _count(limiter: FixedWindowRateLimiter, limit: RateLimitItem, who: tuple[str, ...]) -> int | None:
        if limiter.hit(limit, *who):
            return None
        return max(1, int(limiter.get_window_stats(limit, *who).reset_time - time.time()) + 1)
