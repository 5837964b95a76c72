"""Knocks at our own webhook from outside, by the way that SendGrid takes: name, proxy, web, database."""

import logging
from collections.abc import Sequence
from datetime import datetime

import urllib3

from coaching.domain.knocks import HEADER, knock

PATH = "/hooks/heartbeat"
# SendGrid gives a webhook ten seconds; what needs longer is as good as away.
_TIMEOUT = urllib3.Timeout(connect=3, read=5)
_log = logging.getLogger(__name__)


def knock_at(public_url: str, keys: Sequence[str], now: datetime) -> bool:
    """Tell whether the webhook opened, which it only does once it has recorded the knock. Never raises.

    `now` is the database's time: the other side compares with it.
    """
    try:
        # A pool of its own: a connection kept open would prove neither the name nor the way.
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
            answer = pool.request(
                "POST", public_url.rstrip("/") + PATH, headers={HEADER: knock(keys, now)}, redirect=False
            )
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        _log.warning("the webhook does not open: %s", type(error).__name__)
        return False
    if answer.status != 204:
        _log.warning("the webhook does not open: it answered %d", answer.status)
    return answer.status == 204
