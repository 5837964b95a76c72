"""Ends what a killed `waypoint up` left behind, so that nothing keeps the next start from working."""

import signal

import psutil

from cli import processes
from cli.home import Home

MARK = "WAYPOINT_CHILD"  # in the environment of every child: the home it belongs to
STEPS = ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))


def end(home: Home) -> None:
    """End every child of this home, known by its mark, also one that was started in the last instant.

    The caller holds the home's lock, so their owner is gone. The servers are ended by their own modules.
    """

    def ours(process: psutil.Process) -> bool:
        return process.environ().get(MARK) == str(home.folder)

    processes.end(processes.select(ours), STEPS)
    home.forget_run()
