"""The operator's commands: what they print, and the one line they give when something is wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner, Result
from sqlalchemy import select

from cli import doctor as ward
from cli.home import Home, Run
from cli.main import COMMANDS, waypoint
from cli.processes import Identity
from coaching.adapters.database import Database
from coaching.adapters.tables import Audit, Coach
from coaching.settings import VARIABLES, Settings

NOBODY = "127.0.0.1:1"  # no program listens on port 1
Waypoint = Callable[..., Result]


def environment(settings: Settings, home: Path) -> dict[str, str]:
    """The environment of someone who runs the test database as their own."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "PUBLIC_URL": "https://coach.firm.example",
        "WAYPOINT_HOME": str(home),
    }


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Waypoint:
    """Run a command with our settings; keywords change the environment, None takes a variable away."""

    def invoke(*words: str, **changes: str | None) -> Result:
        clean: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
        env = clean | environment(settings, tmp_path) | changes
        return CliRunner().invoke(waypoint, words, env=env, catch_exceptions=False)

    return invoke


def only_line(result: Result) -> str:
    """The one line that a failed command gives."""
    assert result.exit_code == 1
    [line] = result.output.splitlines()
    return line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there(name: str, run: Waypoint) -> None:
    """Each command of the table can be read and explains itself."""
    found = run(name, "--help")
    assert found.exit_code == 0
    assert f"Usage: waypoint {name}" in found.output
    assert f"  {name}" in run("--help").output


def test_an_unknown_command_is_refused(run: Waypoint) -> None:
    """A command that doesn't exist is named, with exit code 2."""
    found = run("fly")
    assert found.exit_code == 2
    assert "'fly'" in found.output


def test_a_key_is_shown_once_and_can_be_revoked(run: Waypoint, database: Database) -> None:
    """`keys create` prints the key, `keys list` only its beginning, `keys revoke` ends it."""
    key = run("keys", "create", "--scope", "intake", "--origin", "https://site.example").output.strip()
    prefix = key[:11]
    listed = run("keys", "list").output
    assert prefix in listed
    assert key not in listed
    assert "https://site.example" in listed
    assert "in use" in listed
    assert run("keys", "revoke", prefix).output == f"{prefix} is revoked\n"
    assert "revoked 2" in run("keys", "list").output


def test_an_empty_list_of_keys_says_what_to_do(run: Waypoint, database: Database) -> None:
    """Without keys the list names the command that makes one."""
    assert "waypoint keys create" in run("keys", "list").output


def test_what_the_house_refuses_is_one_line(run: Waypoint, database: Database) -> None:
    """An unknown prefix, an origin that is none and an address that is none give one line each."""
    assert "wp_00000000" in only_line(run("keys", "revoke", "wp_00000000"))
    assert only_line(run("keys", "create", "--scope", "intake", "--origin", "x")).startswith("origin: ")
    assert only_line(run("coach", "add", "eve", "--name", "Eve")).startswith("email: ")


def test_a_coach_gets_a_link(run: Waypoint, database: Database) -> None:
    """`coach add` prints a sign-in link under the public address, and nothing else."""
    [link] = run("coach", "add", "eve@firm.example", "--name", "Eve", "--admin").output.splitlines()
    assert link.startswith("https://coach.firm.example/console/sign-in/")
    assert len(link.rpartition("/")[2]) > 20


def test_a_coach_has_a_time_zone(run: Waypoint, database: Database) -> None:
    """`coach add --time-zone` says where their morning is; without it a coach stays where they are."""

    def zone() -> str:
        with database.transaction() as session:
            return session.scalars(select(Coach.time_zone)).one()

    words = ("coach", "add", "eve@firm.example", "--name", "Eve")
    seen = []
    for more in ((), ("--time-zone", "Pacific/Auckland"), (), ("--time-zone", "Europe/Paris")):
        assert run(*words, *more).exit_code == 0
        seen.append(zone())
    assert seen == ["UTC", "Pacific/Auckland", "Pacific/Auckland", "Europe/Paris"]
    assert only_line(run(*words, "--time-zone", "Mars/Base")).startswith("time_zone: ")
    assert zone() == "Europe/Paris"


def test_a_coachs_list_can_be_stopped(run: Waypoint, database: Database) -> None:
    """`coach digest` stops the morning list and lets it come again, says so, and keeps who did it."""
    run("coach", "add", "eve@firm.example", "--name", "Eve")
    shown = []
    for what in ("stop", "stop", "go", "go"):
        found = run("coach", "digest", " Eve@Firm.example", what)
        assert found.exit_code == 0
        shown.append(found.output.strip())
        with database.transaction() as session:
            stopped_at = session.scalars(select(Coach.list_stopped_at)).one()
        assert (stopped_at is not None) is (what == "stop")
    assert "waypoint coach digest Eve@Firm.example go" in shown[0]
    assert "stopped already" in shown[1]
    assert "comes again" in shown[2]
    assert "was not stopped" in shown[3]
    with database.transaction() as session:
        kept = session.execute(
            select(Audit.actor, Audit.action).where(Audit.action.like("coach_list%")).order_by(Audit.id)
        ).all()
        coach_id = session.scalars(select(Coach.id)).one()
        assert set(session.scalars(select(Audit.subject_id))) == {coach_id}
    assert kept == [("operator", "coach_list_stopped"), ("operator", "coach_list_let_go")]


def test_where_talks_are_booked(run: Waypoint, database: Database) -> None:
    """`coach booking` sets a coach's address and takes it away; what isn't https is one line that says so."""
    run("coach", "add", "eve@firm.example", "--name", "Eve")
    found = []
    for url in ("https://book.example.org/eve", "http://book.example.org/eve", "none"):
        shown = run("coach", "booking", "Eve@Firm.example", url)
        with database.transaction() as session:
            found.append((shown.exit_code, session.scalars(select(Coach.booking_url)).one()))
    assert found == [(0, "https://book.example.org/eve"), (1, "https://book.example.org/eve"), (0, None)]
    assert only_line(run("coach", "booking", "eve@firm.example", "eve.example")).startswith("url: ")
    assert "waypoint coach add" in only_line(run("coach", "booking", "adam@firm.example", "none"))
    with database.transaction() as session:
        kept = list(session.scalars(select(Audit.action).where(Audit.action == "coach_booking_set")))
    assert len(kept) == 2


def test_a_coach_nobody_knows_is_one_line(run: Waypoint, database: Database) -> None:
    """An address that is no coach's, one that is no address, and a word that is none say what to do."""
    run("coach", "add", "eve@firm.example", "--name", "Eve")
    for what in ("stop", "go"):
        line = only_line(run("coach", "digest", "adam@firm.example", what))
        assert "waypoint coach add" in line
    assert only_line(run("coach", "digest", "eve", "stop")).startswith("email: ")
    assert run("coach", "digest", "eve@firm.example", "off").exit_code == 2
    with database.transaction() as session:
        assert session.scalars(select(Coach.list_stopped_at)).one() is None


def test_migrating_twice_is_harmless(run: Waypoint) -> None:
    """A schema that is at its newest version stays so."""
    assert [run("migrate").exit_code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    "words", [("migrate",), ("keys", "list"), ("coach", "add", "eve@a.example", "--name", "E")]
)
def test_a_database_that_is_away_is_named(run: Waypoint, words: tuple[str, ...]) -> None:
    """Without the database each command gives one line that names the variable and no password."""
    line = only_line(run(*words, DATABASE_URL=f"postgresql://u:hush@{NOBODY}/x"))
    assert line.startswith("DATABASE_URL: ")
    assert "hush" not in line


@pytest.mark.parametrize(
    "words", [("migrate",), ("keys", "list"), ("coach", "add", "eve@a.example", "--name", "E")]
)
def test_without_anything_running_the_mend_is_named(run: Waypoint, words: tuple[str, ...]) -> None:
    """Without DATABASE_URL and without a running system the line says what to start."""
    assert "start waypoint up first" in only_line(run(*words, DATABASE_URL=None))


def test_commands_find_the_running_system(
    run: Waypoint, settings: Settings, tmp_path: Path, database: Database
) -> None:
    """A command that knows only the home works with what runs there, and with its public address."""
    known = environment(settings, tmp_path)
    Home(tmp_path).note_run(Run(Identity.of(os.getpid()), known))
    nothing = {name: None for name in known if name != "WAYPOINT_HOME"}
    found = run("coach", "add", "eve@firm.example", "--name", "Eve", **nothing)
    assert found.output.startswith("https://coach.firm.example/")


class FakeSendGrid(BaseHTTPRequestHandler):
    """Answers what doctor asks, from a table of paths."""

    answers: dict[str, tuple[int, str]]

    def do_GET(self) -> None:
        """Answer from the table."""
        status, body = self.answers.get(self.path.partition("?")[0], (404, "{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sendgrid(**answers: tuple[int, str]) -> Iterator[str]:
    """A stand-in at an address of its own; the names are the last parts of paths."""
    table = {"/v3/scopes": (200, '{"scopes": ["mail.send"]}')}
    table |= {f"/v3/{name.replace('__', '/')}": answer for name, answer in answers.items()}
    handler = type("Handler", (FakeSendGrid,), {"answers": table})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_doctor_finds_a_well_system_well(run: Waypoint) -> None:
    """With everything in order each part is well and the exit code is 0."""
    with sendgrid() as host:
        found = run("doctor", SENDGRID_HOST=host)
    assert found.exit_code == 0, found.output
    assert [line.split()[:2] for line in found.output.splitlines()] == [
        ["well", name]
        for name in ("settings", "database", "broker", "SendGrid", "sender", "clock", "content", "letters")
    ]


def test_doctor_names_everything_that_is_wrong_at_once(run: Waypoint) -> None:
    """What is away is named with its variable, the rest is still looked at, the exit code is 1."""
    found = run(
        "doctor",
        DATABASE_URL=f"postgresql://u:hush@{NOBODY}/x",
        REDIS_URL=f"redis://:hush@{NOBODY}/0",
        SENDGRID_HOST=f"http://{NOBODY}",
    )
    assert found.exit_code == 1
    wrong = {line.split()[1]: line for line in found.output.splitlines() if line.startswith("WRONG")}
    assert set(wrong) == {"database", "broker", "SendGrid", "clock", "letters"}
    assert "DATABASE_URL" in wrong["database"]
    assert "REDIS_URL" in wrong["broker"]
    assert "SENDGRID_HOST" in wrong["SendGrid"]
    assert "hush" not in found.output


def test_doctor_names_malformed_settings(run: Waypoint) -> None:
    """Malformed settings are findings like others: a line each, exit code 1."""
    found = run("doctor", LEASE_S="x", LOG_LEVEL="y")
    assert found.exit_code == 1
    assert [line.split()[:3] for line in found.output.splitlines()] == [
        ["WRONG", "settings", "LEASE_S:"],
        ["WRONG", "settings", "LOG_LEVEL:"],
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, '{"errors": []}'), "make a new key"),
        ((403, '{"errors": []}'), "make a new key"),
        ((200, '{"scopes": ["stats.read"]}'), "Mail Send"),
        ((500, "oh"), "answers 500"),
        ((200, "<html>"), "look at SENDGRID_HOST"),
    ],
)
def test_doctor_tries_the_key(settings: Settings, answer: tuple[int, str], said: str) -> None:
    """A key that is refused or may not send is told with its mend."""
    with sendgrid(scopes=answer) as host, pytest.raises(ward.Ill, match=said):
        ward.check_key(replace(settings, sendgrid_host=host))


@pytest.mark.parametrize(
    ("domains", "senders", "said"),
    [
        (
            '[{"valid": true, "domain": "firm.example", "subdomain": "em1"}]',
            "{}",
            "the domain is authenticated",
        ),
        ("[]", '{"results": [{"verified": true, "from_email": "Coach@firm.example"}]}', "verified, but"),
    ],
)
def test_doctor_knows_a_good_sender(settings: Settings, domains: str, senders: str, said: str) -> None:
    """A live sender is good when SendGrid knows its domain, or at least its address."""
    with sendgrid(whitelabel__domains=(200, domains), verified_senders=(200, senders)) as host:
        live = replace(settings, sendgrid_host=host, mail_mode="live", mail_from="coach@firm.example")
        assert said in ward.check_sender(live)


@pytest.mark.parametrize("valid", ["false", "true"])
def test_doctor_knows_a_bad_sender(settings: Settings, valid: str) -> None:
    """A live sender whose domain is another's or not verified is told with its mend."""
    domains = f'[{{"valid": {valid}, "domain": "other.example", "subdomain": "em"}}]'
    with sendgrid(whitelabel__domains=(200, domains), verified_senders=(200, '{"results": []}')) as host:
        live = replace(settings, sendgrid_host=host, mail_mode="live", mail_from="coach@firm.example")
        with pytest.raises(ward.Ill, match=r"MAIL_FROM coach@firm\.example"):
            ward.check_sender(live)


def test_doctor_sees_clocks_apart(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks further apart than allowed are told with the distance."""
    monkeypatch.setattr(ward, "CLOCK_S", -1.0)
    with pytest.raises(ward.Ill, match=r"clock is [+-]0\.0 s from this machine's"):
        ward.check_clock(settings)


def test_doctor_sees_an_old_schema(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema that isn't this program's newest is told with the command that mends it."""
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _self: "a-newer-one")
    with pytest.raises(ward.Ill, match="run waypoint migrate"):
        ward.check_database(settings)


def test_doctor_names_a_faulty_content_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A content file that can't be read is named."""
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "torn.1.yaml").write_text("name: [")
    monkeypatch.setattr(ward, "CONTENT", tmp_path)
    with pytest.raises(ward.Ill, match=r"torn\.1\.yaml"):
        ward.check_content(settings)
