"""Knows a process again: by pid and moment of birth, so that a reused pid is never mistaken for ours."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

PR_SET_PDEATHSIG = 1
SAME_BIRTH_S = 2.0  # the kernel's clock ticks and a stepped wall clock blur the moment of birth a little

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """A process as we met it; `born` is in seconds since the epoch."""

    pid: int
    born: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """The identity of a living process. Raises psutil.NoSuchProcess."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process itself if it still lives, else None, also when another one has its pid now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) <= SAME_BIRTH_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


@dataclass(frozen=True)
class RunAs:
    """An account that a child runs under, or None for our own."""

    uid: int
    gid: int


def start(
    command: Sequence[str | Path],
    *,
    log: BinaryIO,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: signal.Signals,
    run_as: RunAs | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that gets `death_signal` when this process dies (on Linux).

    Linux sends that signal when the *thread* that started the child ends: call this from a thread that
    lives as long as the child may.
    """
    parent = os.getpid()

    def tether() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the line above
                os.kill(os.getpid(), signal.SIGKILL)

    with (
        warnings.catch_warnings()
    ):  # newer Pythons warn of forks beside threads; tether only calls the kernel
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            user=run_as.uid if run_as else None,
            group=run_as.gid if run_as else None,
            extra_groups=[] if run_as else None,
            preexec_fn=tether,  # noqa: PLW1509 - the only way to set it after the change of user
        )


def stop_child(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Stop our own child by each step's signal in turn, waiting up to its seconds, and collect it."""
    for number, seconds in steps:
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return


def kill_session(leader: int) -> None:
    """SIGKILL every process of the session that `leader` started, also when the leader is gone."""
    for process in session_members(leader):
        send(process, signal.SIGKILL)


def session_members(leader: int) -> list[psutil.Process]:
    """All living processes of a session, by its leader's pid."""

    def belongs(process: psutil.Process) -> bool:
        return os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE

    return select(belongs)


def select(wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """The running processes for which `wanted` is true; those that vanish or hide are passed over."""
    found = []
    for process in psutil.process_iter():
        try:
            if wanted(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is no fault."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def end(processes: Iterable[psutil.Process], steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each step's signal to what still lives and wait up to its seconds; True when all are gone."""
    alive = list(processes)
    for number, seconds in steps:
        for process in alive:
            send(process, number)
        _, alive = psutil.wait_procs(alive, timeout=seconds)
        alive = [process for process in alive if _runs(process)]
        if not alive:
            return True
    return False


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Look again and again, more slowly as time goes by, until the condition holds or the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
        every = min(every * 1.3, 0.25)
    return True
