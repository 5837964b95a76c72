"""Each worker rings for itself through the broker: to hear it proves that this very worker listens.

It needs no database: a worker that waits for one to come back knows things that must not be lost with it.
"""

import logging
import threading
from typing import Any

from celery.signals import worker_ready
from celery.utils.nodenames import worker_direct
from kombu.exceptions import OperationalError

from workers.app import app
from workers.pulse import beat_once

_EVERY_S = 5.0
_log = logging.getLogger(__name__)


@app.task(name="workers.ticking.tick")
def tick() -> None:
    """Show that a task for this worker has reached it."""
    beat_once()


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    queue = worker_direct(sender.hostname)
    threading.Thread(target=_ring, args=(queue,), name="tick", daemon=True).start()


def _ring(queue: Any) -> None:
    pause = threading.Event()
    while True:
        try:
            tick.apply_async(queue=queue, expires=2 * _EVERY_S, retry=False)
        except (OperationalError, OSError) as error:  # a broker that is away is seen by the pulse
            _log.warning("no tick: %s", type(error).__name__)
        pause.wait(_EVERY_S)
