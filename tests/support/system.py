"""Starts the whole system as a user would, and ends it again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[2]
WAYPOINT = Path(sys.executable).parent / "waypoint"
PATIENCE_S = 60.0
T = TypeVar("T")
_OURS = ("DATABASE_URL", "REDIS_URL", "PORT", "PUBLIC_URL", "MAIL_MODE", "SENDGRID_HOST", "WAYPOINT_HOME")

ANSWERS = {f"{letter}{number}": 4 for letter in "HSMPAIN" for number in range(1, 5)}


def until(ask: Callable[[], T | None], what: str, *, patience_s: float = PATIENCE_S) -> T:
    """Return the first answer that is true; fail with words when it does not come."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {patience_s:.0f} s in vain for {what}")


def free_port() -> int:
    """Return a port that is free, and whose neighbour is free for the mailbox."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def submission(email: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a POST /v1/assessments."""
    return {
        "instrument": "job-career",
        "client": {"email": email, "name": "Ana", "time_zone": "Europe/Paris", "stage": "pivoting"},
        "answers": ANSWERS,
        "consent": {"profiling": True, "email": True, "text_version": "2026-11"},
        **changes,
    }


@dataclass
class System:
    """One `waypoint up` in a home of its own."""

    home: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where the pages and the API are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mailbox(self) -> str:
        """Where the letters arrive."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._output.read_text() if self._output.exists() else ""

    @property
    def _output(self) -> Path:
        return self.home.parent / f"{self.home.name}.out"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user who has set nothing but wider limits and `settings`."""
        kept = {name: value for name, value in os.environ.items() if name not in _OURS}
        own = {"WAYPOINT_HOME": str(self.home), "RATE_INTAKE_PER_ADDRESS": "100000/minute"}
        return {**kept, **own, **self.settings}

    def start(self) -> "System":
        """Start and wait until it says that it is ready."""
        command = [str(WAYPOINT), "up", "--home", str(self.home), "--port", str(self.port), *self.options]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        process = self.process
        until(
            lambda: f"ready {self.url}\n" in self.said or process.poll() is not None,
            "the system to be ready",
        )
        assert process.poll() is None, self.said
        return self

    def stop(self) -> None:
        """Press Ctrl-C and wait for the end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=PATIENCE_S)

    def discard(self) -> None:
        """Stop it and delete its data, wherever they lie: root's may be outside the home."""
        self.stop()
        note = self.home / "postgres.json"
        if note.exists():
            shutil.rmtree(json.loads(note.read_text())["folder"], ignore_errors=True)

    def kill(self) -> None:
        """End the supervisor as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def run(self, *arguments: str) -> str:
        """Run another waypoint command beside it and return what it prints."""
        done = subprocess.run(
            [str(WAYPOINT), *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def child(self, name: str) -> int:
        """Return the process id of a child: 'web', 'worker-1', 'beat' or 'sandbox'; 0 while it has none."""
        known = json.loads((self.home / "run.json").read_text())["children"]
        return int(known.get(name, {"pid": 0})["pid"])

    def processes(self) -> list[psutil.Process]:
        """Return every process that it started, and theirs."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def call(self, path: str, key: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Call the API and return status and JSON; 0 while nobody answers."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def ask_mailbox(self, path: str, wish: object = None, *, method: str | None = None) -> Any:
        """Ask the mailbox's own JSON under /sandbox/, or wish something of it; None for an empty answer."""
        request = urllib.request.Request(
            f"{self.mailbox}/sandbox/{path}",
            data=None if wish is None else json.dumps(wish).encode(),
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def letters(self, to: str) -> list[dict[str, Any]]:
        """Return the letters that lie in the mailbox for one address, newest first; none while it is away."""
        try:
            with urllib.request.urlopen(f"{self.mailbox}/sandbox/messages?to={to}", timeout=10) as answer:
                found: list[dict[str, Any]] = json.load(answer)
        except OSError:
            return []
        return found
