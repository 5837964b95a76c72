"""Wakes the workers through the broker. The bell may be lost, late or doubled: rows are the queue.

Publishing costs more than an insert, so rings are gathered: a thread of its own sends each name at most once
in a short while. A request never waits for the broker, and a broker that is away is no error.
"""

import logging
import threading
from typing import Any

from celery import Celery

DRAIN_EVENTS = "workers.follow_ups.drain_events"
SWEEP = "workers.reminders.sweep_due"
DELIVER = "workers.delivery.deliver_ready"
SETTLE = "workers.settling.settle_open"
KNOCK = "workers.upkeep.knock"
TASK_NAMES = (DRAIN_EVENTS, SWEEP, DELIVER, SETTLE, KNOCK)

_GATHER_S = 0.01
_PAUSE_AFTER_FAILURE_S = 1.0
_log = logging.getLogger(__name__)

TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}


class CeleryBell:
    """Publishes tasks by name; knows nothing of what they do."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("bell", broker=broker_url, set_as_current=False)
        self._app.conf.update(
            broker_transport_options={**TRANSPORT_OPTIONS, "retry_on_timeout": False, "max_retries": 0},
            broker_connection_timeout=2,
            task_ignore_result=True,
            task_publish_retry=False,
        )
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, name: str, *, hands: int = 1) -> None:
        """Ask that the task of this name runs soon, so many times; never raises and never waits."""
        with self._lock:
            self._asked[name] = max(hands, self._asked.get(name, 0))
            if self._thread is None or not self._thread.is_alive():
                # Made on first use, so that a forked process has a thread of its own.
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                asked, self._asked = self._asked, {}
            heard = [self._publish(name) for name, hands in asked.items() for _ in range(hands)]
            threading.Event().wait(_GATHER_S if all(heard) else _PAUSE_AFTER_FAILURE_S)

    def _publish(self, name: str) -> bool:
        try:
            self._app.send_task(name, ignore_result=True, retry=False, expires=60)
        except Exception as error:  # noqa: BLE001 - whatever the broker's trouble is, the sweep finds the row
            _log.warning("bell not heard: %s (%s)", name, type(error).__name__)
            return False
        return True
