"""`waypoint replan`: what it prints, where it can be stopped, and how it goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from cli.main import waypoint
from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.ledger import TRANSACTIONAL
from coaching.settings import VARIABLES, Settings
from coaching.usecases.replan import Replanned
from coaching.usecases.schedule import schedule_clients
from tests.support.system import until
from tests.support.underway import put_underway

Waypoint = Callable[..., Result]


NAMES = [variable.name for variable in VARIABLES.values()]


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """The environment of someone who runs the test database as their own."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "WAYPOINT_HOME": str(tmp_path),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Waypoint:
    """Run a command on the database of the tests."""

    def invoke(*words: str) -> Result:
        env = dict.fromkeys(NAMES) | environment
        return CliRunner().invoke(waypoint, words, env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def clients(database: Database, secrets: Secrets) -> list[UUID]:
    """Five clients with a plan and a milestone, in the order of their ids, for whom nothing is planned."""
    with database.transaction() as session:
        now = database.now(session)
        found = [put_underway(session, secrets, now, email=f"c{one}@example.test") for one in range(5)]
        for one in found:
            one.milestone(session)
    return sorted(one.client_id for one in found)


def planned(database: Database) -> dict[UUID, int]:
    """How many letters the plan has waiting for each client, where it has any."""
    with database.transaction() as session:
        counted = (
            select(tables.Message.recipient_id, func.count())
            .where(tables.Message.state == "planned", tables.Message.family != TRANSACTIONAL)
            .group_by(tables.Message.recipient_id)
        )
        return dict(session.execute(counted).all())


def fails_at(number: int, fault: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the chunk of this number meet a fault when its letters are written, but not committed."""
    calls = iter(range(1, 100))

    def scheduled(*given: Any, **more: Any) -> Any:
        changes = schedule_clients(*given, **more)
        if next(calls) == number:
            raise fault
        return changes

    monkeypatch.setattr("coaching.usecases.replan.schedule_clients", scheduled)


def test_it_says_what_it_brought(run: Waypoint, database: Database, clients: list[UUID]) -> None:
    """All letters that are planned then were counted; a second run counts none."""
    first = run("replan", "--chunk", "2")
    letters = sum(planned(database).values())
    assert first.exit_code == 0
    assert first.stdout == f"5 clients: {letters} letters planned, 0 moved, 0 called off\n"
    assert run("replan").stdout == "5 clients: 0 letters planned, 0 moved, 0 called off\n"


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    run: Waypoint, database: Database, clients: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the third chunk: two stay, the third is as it was, and --after does the rest."""
    with monkeypatch.context() as patch:
        fails_at(3, KeyboardInterrupt(), patch)
        stopped = run("replan", "--chunk", "2")
    assert stopped.exit_code == 130
    assert "stopped after 4 of 5 clients" in stopped.stderr
    assert f"go on with: waypoint replan --after {clients[3]}" in stopped.stderr
    assert set(planned(database)) == set(clients[:4])
    assert run("replan", "--after", str(clients[3])).stdout.startswith("1 client: ")
    assert set(planned(database)) == set(clients)


def test_ctrl_c_before_the_first_chunk_is_done(
    run: Waypoint, database: Database, clients: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was changed, and there is nothing to go on behind."""
    fails_at(1, KeyboardInterrupt(), monkeypatch)
    stopped = run("replan")
    assert stopped.exit_code == 130
    assert stopped.stderr.endswith("go on with: waypoint replan\n")
    assert planned(database) == {}


@pytest.mark.process
def test_ctrl_c_while_it_waits_for_the_database(
    environment: dict[str, str], database: Database, clients: list[UUID]
) -> None:
    """A real one, while the third client is locked by somebody else: it ends at once, two stay done."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    with database.transaction() as holder:
        holder.execute(
            text("SET LOCAL idle_in_transaction_session_timeout = 0")
        )  # a program starts meanwhile
        holder.scalars(select(tables.Client.id).where(tables.Client.id == clients[2]).with_for_update()).one()
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "replan", "--chunk", "2"],
            env=clean | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_ctrl_c,  # noqa: PLW1509 - no other thread of ours runs here
        )
        until(lambda: _waits(database), "the command to wait for the client")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert f"go on with: waypoint replan --after {clients[1]}" in said
    assert "Traceback" not in said
    assert set(planned(database)) == set(clients[:2])


def _hears_ctrl_c() -> None:
    """Be as in a terminal: what is started in the background of a shell is made deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _waits(database: Database) -> bool:
    with database.transaction() as session:
        found = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(found)


def test_a_fault_of_the_database_says_how_to_go_on(
    run: Waypoint, database: Database, clients: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that can't be had in time ends it like Ctrl-C, with what the database said."""
    fails_at(2, OperationalError("SELECT", {}, Exception("canceling statement")), monkeypatch)
    stopped = run("replan", "--chunk", "3")
    assert stopped.exit_code == 1
    assert f"--after {clients[2]}" in stopped.stderr
    assert "the database ended it: canceling statement" in stopped.stderr


def test_one_client_alone(run: Waypoint, database: Database, clients: list[UUID]) -> None:
    """Only theirs are planned; who doesn't exist is said in one line, and so is what contradicts itself."""
    assert run("replan", "--client", str(clients[1])).stdout.startswith("1 client: ")
    assert set(planned(database)) == {clients[1]}
    nobody = run("replan", "--client", str(uuid4()))
    assert (nobody.exit_code, "there is no client" in nobody.output) == (1, True)
    assert run("replan", "--client", str(clients[0]), "--after", str(clients[0])).exit_code == 2


def test_going_on_behind_nobody(run: Waypoint, database: Database, clients: list[UUID]) -> None:
    """An id that is no client's is said in one line, and nothing is done; the last client's is the end."""
    nobody = run("replan", "--after", str(uuid4()))
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "there is no client" in nobody.output
    assert planned(database) == {}
    assert run("replan", "--after", str(clients[-1])).stdout.startswith("0 clients: 0 letters planned")


def test_one_is_one(run: Waypoint, clients: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    """One letter for one client is told in the singular."""
    monkeypatch.setattr("cli.replan.replan_client", lambda *_, **__: Replanned(1, planned=1, moved=1))
    assert run("replan", "--client", str(clients[0])).stdout == (
        "1 client: 1 letter planned, 1 moved, 0 called off\n"
    )


def test_nobody_is_there(run: Waypoint, database: Database, now: datetime) -> None:
    """Without clients there is nothing to do, and it says that."""
    assert run("replan").stdout == "0 clients: 0 letters planned, 0 moved, 0 called off\n"
