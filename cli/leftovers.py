"""Ends what a killed `waypoint up` left behind, so that nothing keeps the next start from working."""

import signal

import psutil

from cli import processes
from cli.home import Home
from cli.processes import Identity

STEPS = ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))


def end(home: Home) -> None:
    """End every process of the sessions that the home's last run noted; whoever else has a pid now is spared.

    The caller holds the home's lock, so that run's owner is gone. Its servers are ended by their own modules.
    """
    run = home.noted_run()
    if run is None:
        return
    left = [
        process
        for identity in run.children.values()
        for process in processes.session_members(identity.pid)
        if _belongs(process, home, identity)
    ]
    processes.end(left, STEPS)
    home.forget_run()


def _belongs(process: psutil.Process, home: Home, leader: Identity) -> bool:
    """A process that was born after its leader and carries this home in its environment is the home's."""
    try:
        born_within = process.create_time() >= leader.born - processes.SAME_BIRTH_S
        return bool(born_within and process.environ().get("WAYPOINT_HOME") == str(home.folder))
    except psutil.Error:
        return False
