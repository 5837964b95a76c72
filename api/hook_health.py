"""What this web process knows of how it answered SendGrid, until the database has heard of it."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from flask import current_app
from flask.sansio.app import App
from sqlalchemy.orm import Session

from coaching.usecases.heartbeat import beat

_NAME = "hook_health"
# Reports come by the hundred while letters go out; a sign of life so often is enough.
PAUSE_S = 20.0


class HookHealth:
    """Remembers the newest failure until it is written down, with its own time, beside the next beat.

    Starting counts as a failure: this process, or the one before it, may just have been away, and SendGrid
    may still be repeating what it could not deliver meanwhile. Times are kept by a clock that nobody sets
    and become the database's when they are written.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: float | None = clock()
        self._beaten_at: float | None = None

    def note_failure(self) -> None:
        """A genuine report may have been refused just now."""
        with self._lock:
            self._failed_at = self._clock()

    def write(self, session: Session, *, now: datetime, always: bool = False) -> Callable[[], None]:
        """Write what is due in this transaction; call what is returned once it is committed.

        To be called at once after `now` was asked for. It locks nothing.
        """
        with self._lock:
            failed_at, beaten_at, at = self._failed_at, self._beaten_at, self._clock()
        if failed_at is None and not always and beaten_at is not None and at - beaten_at < PAUSE_S:
            return _nothing
        if failed_at is not None:
            beat(session, "webhook", well=False, now=now - timedelta(seconds=at - failed_at))
        beat(session, "webhook", well=True, now=now)
        return lambda: self._written(failed_at, at)

    def _written(self, failed_at: float | None, at: float) -> None:
        with self._lock:
            self._beaten_at = at
            if self._failed_at == failed_at:
                self._failed_at = None


def install(app: App) -> None:
    """Begin to watch, when the application is built."""
    app.extensions[_NAME] = HookHealth()


def health() -> HookHealth:
    """Return what is known of the application that serves this request."""
    return cast("HookHealth", current_app.extensions[_NAME])


def _nothing() -> None:
    """Nothing was due."""
