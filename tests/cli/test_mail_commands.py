"""`waypoint batches` and `waypoint mail`: what they print, and what they change."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cli.main import waypoint
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.mailer import PostResult
from coaching.adapters.secrets import Secrets
from coaching.settings import VARIABLES, Settings
from tests.support.drain import Firm, HandHeldDatabase
from tests.support.ledger_room import batch, letters, post, queue

Waypoint = Callable[..., Result]


@pytest.fixture
def firm(postgres_url: str, database: Database, content: Content, secrets: Secrets) -> Iterator[Firm]:
    """An installation whose clock stands at the database's own time, as the commands read it."""
    with database.transaction() as session:
        now = database.now(session)
    held = HandHeldDatabase(postgres_url, now)
    yield Firm(held, content, secrets)
    held.close()


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Waypoint:
    """Run a command on the database of the tests."""

    def invoke(*words: str) -> Result:
        clean: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
        env = clean | {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEYS": ",".join(settings.secret_keys),
            "HASH_PEPPER": settings.hash_pepper,
            "WAYPOINT_HOME": str(tmp_path),
        }
        return CliRunner().invoke(waypoint, words, env=env, catch_exceptions=False)

    return invoke


def test_all_well_is_said_in_one_line(run: Waypoint, firm: Firm) -> None:
    """With nothing in the way, the command says so and how many batches wait for their turn."""
    queue(firm)
    assert run("batches").output.splitlines() == [
        "all well: nothing is stopped, held, uncertain or parked",
        "1 batch is ready to go",
    ]


def test_what_needs_a_person_is_listed(run: Waypoint, firm: Firm) -> None:
    """Each uncertain and parked batch with id, letter, size and reason; each held sender with the mend."""
    uncertain = queue(firm)
    post(firm, PostResult("unknown", detail="ReadTimeoutError"))
    parked = queue(firm, ("bo@example.test",))
    post(firm, PostResult("refused", 400, detail="bad template"))
    queue(firm, ("cy@example.test",))
    post(firm, PostResult("later", 401, detail="Maximum credits exceeded", trouble="quota"))
    shown = run("batches").output
    assert f"uncertain  {uncertain}  report, 1 letter since" in shown
    assert "ReadTimeoutError" in shown
    assert f"parked     {parked}  report, 1 letter since" in shown
    assert "held       coaching@firm.example.test since" in shown
    assert "quota is used up" in shown
    assert "all well" not in shown


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [
        ("accepted", "accepted", "counted as sent"),
        ("resend", "ready", "ready to go again"),
        ("giveup", "closed", "given up"),
    ],
)
def test_a_person_settles_a_batch(run: Waypoint, firm: Firm, verdict: str, state: str, said: str) -> None:
    """The verdict is carried out and said back."""
    batch_id = queue(firm)
    post(firm, PostResult("unknown", detail="cut"))
    done = run("batches", "settle", str(batch_id), verdict)
    assert done.exit_code == 0
    assert done.output.startswith(f"{batch_id}: {said}")
    assert batch(firm).state == state


def test_a_verdict_that_does_not_fit_changes_nothing(run: Waypoint, firm: Firm) -> None:
    """A ready batch, an unknown one, a word that is no verdict and an id that is none: one line each."""
    batch_id = queue(firm)
    refused = run("batches", "settle", str(batch_id), "accepted")
    assert (refused.exit_code, "is ready" in refused.output) == (1, True)
    assert run("batches", "settle", str(uuid4()), "accepted").exit_code == 1
    assert run("batches", "settle", str(batch_id), "maybe").exit_code == 2
    assert run("batches", "settle", "7", "accepted").exit_code == 2
    assert (batch(firm).state, letters(firm)[0].state) == ("ready", "queued")


def test_mail_stops_and_goes(run: Waypoint, firm: Firm) -> None:
    """The brake holds what is ready, says so in `batches`, and lets it go again; both stand in the audit."""
    queue(firm)
    assert run("mail", "stop").output == "mail is stopped: waypoint mail go\n"
    assert run("mail", "stop").output == "mail was stopped already\n"
    assert "all mail is stopped since" in run("batches").output
    assert post(firm) is None
    assert run("mail", "go").output == "mail goes again\n"
    assert run("mail", "go").output == "mail was not stopped\n"
    firm.database.at += timedelta(seconds=1)
    assert post(firm) is not None
    with firm.database.transaction() as session:
        actions = session.scalars(select(tables.Audit.action).order_by(tables.Audit.id)).all()
    assert actions == ["mail_stopped", "mail_let_go"]


def test_the_doctor_names_what_keeps_letters_back(run: Waypoint, firm: Firm) -> None:
    """Stopped mail and parked batches are no health."""
    queue(firm)
    post(firm, PostResult("refused", 400, detail="bad template"))
    run("mail", "stop")
    shown = run("doctor")
    assert shown.exit_code == 1
    (line,) = [one for one in shown.output.splitlines() if "letters" in one]
    assert line.startswith("WRONG")
    assert "waypoint mail go" in line
    assert "parked batches: 1" in line
