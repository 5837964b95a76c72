"""A database behind a line that hangs: nobody waits for ever, and the next connection is a new one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from coaching.adapters import patience
from coaching.adapters.database import Database
from coaching.adapters.patience import PatientConnection
from tests.faults.proxy import Proxy


@pytest.fixture
def line(postgres_url: str) -> Iterator[Proxy]:
    """A line to the database that can be made to hang."""
    folder = str(make_url(postgres_url).query["host"])
    (socket,) = [path for path in Path(folder).glob(".s.PGSQL.*") if path.suffix != ".lock"]
    with Proxy.to_socket(socket) as proxy:
        yield proxy


@pytest.fixture
def database(postgres_url: str, line: Proxy) -> Iterator[Database]:
    """A pool whose connections go through that line."""
    url = make_url(postgres_url).set(host="127.0.0.1", port=line.port, query={})
    pool = Database(url.render_as_string(hide_password=False), pool_size=2)
    yield pool
    pool.close()


def ask(database: Database) -> int | None:
    """Ask the database something."""
    with database.transaction() as session:
        found: int | None = session.scalar(text("SELECT 1"))
        return found


def hang_in_the_middle(database: Database, line: Proxy) -> None:
    """Let the line hang between two statements of a transaction."""
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        assert line.swallow() == 1
        session.execute(text("SELECT 2"))


def test_a_statement_without_an_answer_ends(
    database: Database, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line hangs in the middle of a transaction: an error after a while, and the next one works."""
    monkeypatch.setattr(PatientConnection, "patience_s", 0.2)
    with pytest.raises(OperationalError, match="does not answer"):
        hang_in_the_middle(database, line)
    assert ask(database) == 1


def test_a_hung_connection_is_found_out_before_it_is_used(
    database: Database, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that lay in the pool is tried first, in a short time, and replaced."""
    monkeypatch.setattr(patience, "PING_S", 0.2)
    monkeypatch.setattr(patience, "FRESH_S", 0.0)
    assert ask(database) == 1
    assert line.swallow() == 1
    assert ask(database) == 1


def test_a_reset_connection_is_replaced(
    database: Database, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was cut while it lay in the pool is replaced without anybody noticing."""
    monkeypatch.setattr(patience, "FRESH_S", 0.0)
    assert ask(database) == 1
    assert line.reset() == 1
    assert ask(database) == 1


def test_a_connection_in_use_just_now_is_not_tried(database: Database, line: Proxy) -> None:
    """A busy pool is spared the way there and back; a connection cut just then ends in an error, once."""
    assert ask(database) == 1
    line.reset()
    with pytest.raises(OperationalError):
        ask(database)
    assert ask(database) == 1
