"""Real servers and real worker processes in a folder of their own, for the time of a benchmark."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text

from cli.embedded import Postgres, Valkey
from coaching.adapters.bell import CeleryBell
from coaching.adapters.database import Database
from coaching.adapters.migrate import upgrade
from coaching.settings import ROOT, Settings, read_settings

PATIENCE_S = 1800.0
_CELERY = (sys.executable, "-m", "celery", "-A", "workers.app")
_WORKER = ("worker", "--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle")


@dataclass
class Stage:
    """What a benchmark plays on."""

    folder: Path
    environment: dict[str, str]
    settings: Settings
    database: Database
    sink_port: int
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def web(self) -> str:
        """Where the web process answers, if there is one."""
        return f"http://127.0.0.1:{self.settings.port}"

    def worker_memory_mib(self) -> float:
        """Return the resident memory of the largest worker."""
        return max(psutil.Process(one.pid).memory_info().rss for one in self.workers) / 2**20

    def taken(self) -> int:
        """Return how many letters the sink has been given."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink_port}/count", timeout=10) as answer:
            return int(answer.read().split()[1])


@contextmanager
def stage(*, workers: int = 2, web: bool = False, extra: dict[str, str] | None = None) -> Iterator[Stage]:
    """Start PostgreSQL, Valkey, sink, workers, beat and perhaps web; end them all afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waypoint-bench-")))
        postgres = Postgres.start(folder / "postgres", password=secrets.token_hex(16))
        stack.callback(postgres.discard)
        valkey = Valkey.start(_made(folder / "valkey"), password=secrets.token_hex(16))
        stack.callback(valkey.stop)
        port = free_port()
        environment = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "SECRET_KEYS": secrets.token_urlsafe(32),
            "HASH_PEPPER": secrets.token_urlsafe(32),
            "WAYPOINT_HOME": str(_made(folder / "home")),
            "SENDGRID_HOST": f"http://127.0.0.1:{port}",
            "LOG_LEVEL": "WARNING",
            "PORT": str(free_port()),
            "RATE_INTAKE_PER_ADDRESS": "100000/minute",
            **(extra or {}),
        }
        settings = read_settings(environment)
        upgrade(settings.sqlalchemy_url)
        database = Database(settings.sqlalchemy_url, bell=CeleryBell(settings.redis_url))
        stack.callback(database.close)
        one = Stage(folder, environment, settings, database, port)
        stack.enter_context(_process(one, sys.executable, "-m", "bench.sink", str(port), name="sink"))
        until(lambda: _answers(port), "the sink")
        for number in range(workers):
            name = f"worker-{number}"
            command = (*_CELERY, *_WORKER, "--hostname", f"{name}@bench")
            one.workers.append(stack.enter_context(_process(one, *command, name=name)))
        if workers:
            stack.enter_context(_process(one, *_CELERY, "beat", "--pidfile=", name="beat"))
            until(lambda: any(folder.glob("pulse-worker-*")), "the workers")
        if web:
            stack.enter_context(_process(one, *_web(settings.port), name="web"))
            until(lambda: _answers(settings.port), "the web process")
        yield one


def settle_down(one: Stage) -> None:
    """Let what was just written be counted and flushed, so that it isn't paid for by what is measured."""
    with one.database.transaction() as session:
        for table in ("client", "consent", "suppression", "message", "receipt", "attention_slot"):
            session.execute(text(f"ANALYZE {table}"))
    engine = create_engine(one.settings.sqlalchemy_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


def until(ask: Callable[[], object], what: str) -> None:
    """Wait until the answer is true. Raises TimeoutError after half an hour."""
    give_up = time.monotonic() + PATIENCE_S
    while not ask():
        if time.monotonic() > give_up:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _web(port: int) -> tuple[str, ...]:
    server = (
        sys.executable,
        "-m",
        "granian",
        "--host",
        "127.0.0.1",
        "--interface",
        "wsgi",
        "--no-access-log",
    )
    return (*server, "--port", str(port), "--workers", "2", "--blocking-threads", "8", "api.wsgi:app")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _process(one: Stage, *command: str, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, **one.environment, "WAYPOINT_PULSE": str(one.folder / f"pulse-{name}")}
    with (one.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
