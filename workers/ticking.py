"""Each worker rings for itself through the broker: to hear it proves that this very worker listens.

It needs no database: a worker that waits for one to come back knows things that must not be lost with it.
"""

import logging
import os
import socket
import threading
from typing import Any

from celery.signals import celeryd_after_setup, worker_ready
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

from workers.app import app
from workers.pulse import beat_once

_EVERY_S = 5.0
_log = logging.getLogger(__name__)


@app.task(name="workers.ticking.tick")
def tick() -> None:
    """Show that a task for this worker has reached it."""
    beat_once()


@celeryd_after_setup.connect
def _open_queue(instance: Any, **_: Any) -> None:
    instance.app.amqp.queues.select_add(_own_queue())


@worker_ready.connect
def _begin(**_: Any) -> None:
    threading.Thread(target=_ring, args=(_own_queue(),), name="tick", daemon=True).start()


def _own_queue() -> Queue:
    """Return the queue of this process. Its name may come again, but never twice at once."""
    name = f"tick-{socket.gethostname()}-{os.getpid()}"
    return Queue(name, Exchange("tick", durable=False), routing_key=name, durable=False, auto_delete=True)


def _ring(queue: Queue) -> None:
    pause = threading.Event()
    while True:
        try:
            tick.apply_async(queue=queue, expires=2 * _EVERY_S, retry=False)
        except (OperationalError, OSError) as error:  # a broker that is away is seen by the pulse
            _log.warning("no tick: %s", type(error).__name__)
        pause.wait(_EVERY_S)
