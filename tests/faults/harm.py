"""Ways to do harm to a running system, and the chance that decides when."""

import os
import random
import signal
import threading

import psutil

from tests.support.system import System, until

FULL = os.environ.get("FAULTS") == "full"
WORKERS = ("worker-1", "worker-2", "worker-3") if FULL else ("worker-1", "worker-2")
_SEED = os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(10**6))
chance = random.Random(_SEED)


def seed() -> str:
    """Return what FAULTS_SEED has to be for the same choices again."""
    return f"seed {_SEED}"


def any_moment(longest_s: float) -> None:
    """Let a random while pass: the fault is to strike anywhere in the work."""
    threading.Event().wait(chance.random() * longest_s)


def some_worker(system: System) -> psutil.Process:
    """Return a worker that lives."""

    def found() -> psutil.Process | None:
        pid = system.child(chance.choice(WORKERS))
        try:
            return psutil.Process(pid) if pid else None
        except psutil.NoSuchProcess:
            return None

    return until(found, "a living worker")


def strike(process: psutil.Process, number: signal.Signals) -> bool:
    """Send a signal; False if the process was gone already."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True


def slow_down(system: System, *choices: int) -> None:
    """Let the sandbox answer after one of these numbers of milliseconds."""
    system.ask_mailbox("faults", {"delay_ms": chance.choice(choices)})
