"""Shows that a worker or beat is alive and listening: it touches a file whose age others look at.

After trouble with the broker a worker can live on and hear nothing; only a task that ran proves otherwise.
`python -m workers.pulse` exits with 1 when the file named by WAYPOINT_PULSE is too old.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from celery.beat import Scheduler

SILENT_AFTER_S = 30.0


def beat_once() -> None:
    """Touch the file named by WAYPOINT_PULSE, if there is one."""
    path = os.environ.get("WAYPOINT_PULSE")
    if path:
        Path(path).touch()


def is_fresh(path: Path, *, at: float) -> bool:
    """Tell whether the file was touched within the last 30 seconds before `at` (seconds since 1970)."""
    try:
        return at - path.stat().st_mtime < SILENT_AFTER_S
    except FileNotFoundError:
        return False


class Timetable(Scheduler):
    """Beat's clock, kept in memory: every entry is an interval, and a missed one is made up by the next."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Publish what is due, then show that this went well."""
        wait: float = super().tick(*args, **kwargs)
        beat_once()
        return wait


if __name__ == "__main__":
    sys.exit(0 if is_fresh(Path(os.environ.get("WAYPOINT_PULSE", "")), at=time.time()) else 1)
