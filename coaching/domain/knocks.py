"""A sign that only our own processes can make: who knocks at the webhook's door to see that it opens."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "X-Waypoint-Knock"
_MINUTE_S = 60
# A knock is on its way for a moment, and the minute may have changed meanwhile.
_LATEST = 1


def knock(keys: Sequence[str], at: datetime) -> str:
    """Return the token of this minute, 43 characters, made with the first key of the ring."""
    return _token(keys[0], _minute(at)).decode()


def is_knock(keys: Sequence[str], token: str, now: datetime) -> bool:
    """Tell whether a key of the ring made this token within the last two minutes."""
    given = token.encode("utf-8", "replace")
    minutes = range(_minute(now) - _LATEST, _minute(now) + 1)
    return any(hmac.compare_digest(_token(key, minute), given) for key in keys for minute in minutes)


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // _MINUTE_S


def _token(key: str, minute: int) -> bytes:
    mac = hmac.digest(key.encode(), b"waypoint knock 1\0" + str(minute).encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=")
