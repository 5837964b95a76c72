"""What `waypoint up` decides before anything runs: settings, ports, and what the children are told."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.home import Home, Kept
from cli.recipes import house_recipes, sandbox_recipe
from cli.supervisor import StartError
from cli.up import ports_free, resolve
from coaching.settings import VARIABLES, read_settings

NAMES = {variable.name for variable in VARIABLES.values()}
EMBEDDED = {
    "DATABASE_URL": "postgresql://waypoint:pw@/waypoint?host=/tmp/x",
    "REDIS_URL": "redis://:pw@127.0.0.1:7/0",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with its secrets."""
    return Home(tmp_path)


@pytest.fixture
def kept(home: Home) -> Kept:
    """The home's secrets."""
    return home.secrets()


def resolved(kept: Kept, **given: str) -> dict[str, str]:
    """What children are told when these variables are set and both servers are embedded."""
    stand_ins = {"SECRET_KEYS": "x" * 16, "HASH_PEPPER": "y" * 16}
    return resolve(given, EMBEDDED, kept, read_settings(EMBEDDED | stand_ins | given))


def up(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `waypoint up` in a folder of its own with nothing set but these variables."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "up", *words],
        env=clean | environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_is_absent_is_made(kept: Kept) -> None:
    """Secrets and the sandbox's keys come from the home, and the whole can be read by the settings."""
    found = resolved(kept, PORT="8100")
    assert found["SECRET_KEYS"] == kept.secret_keys
    assert found["HASH_PEPPER"] == kept.hash_pepper
    assert found["SENDGRID_API_KEY"] == kept.sandbox_api_key
    assert found["SENDGRID_WEBHOOK_PUBLIC_KEY"] == kept.sandbox_webhook_public_key
    assert Path(found["WAYPOINT_HOME"]).is_absolute()
    settings = read_settings(found)
    assert settings.public_url == "http://127.0.0.1:8100"
    assert settings.sendgrid_host == "http://127.0.0.1:8101"


def test_what_is_given_wins(kept: Kept) -> None:
    """Secrets and a key that are set are used; another stand-in is asked for its own webhook key."""
    found = resolved(
        kept,
        SECRET_KEYS="a" * 20,
        HASH_PEPPER="b" * 20,
        SENDGRID_API_KEY="SG.own",
        SENDGRID_HOST="http://127.0.0.1:9",
    )
    assert (found["SECRET_KEYS"], found["HASH_PEPPER"], found["SENDGRID_API_KEY"]) == (
        "a" * 20,
        "b" * 20,
        "SG.own",
    )
    assert "SENDGRID_WEBHOOK_PUBLIC_KEY" not in found


def test_an_own_database_gets_no_made_secrets(kept: Kept) -> None:
    """With DATABASE_URL set the secrets have to be set too: data that outlive the home need keys that do."""
    own = {
        "DATABASE_URL": "postgresql://db/waypoint",
        "REDIS_URL": "redis://broker/0",
        "SECRET_KEYS": "a" * 20,
        "HASH_PEPPER": "b" * 20,
    }
    found = resolve(own, {}, kept, read_settings(own))
    assert (found["SECRET_KEYS"], found["HASH_PEPPER"]) == ("a" * 20, "b" * 20)


def test_outside_the_sandbox_no_sandbox_key_is_used(kept: Kept) -> None:
    """In live and allowlist mode nothing of the sandbox's is mixed in."""
    given = {
        "MAIL_MODE": "allowlist",
        "MAIL_ALLOWLIST": "me@firm.example",
        "MAIL_FROM": "coach@firm.example",
        "MAIL_FROM_NAME": "The Firm",
        "MAIL_POSTAL_ADDRESS": "1 High Street",
        "SENDGRID_API_KEY": "SG.real",
    }
    found = resolved(kept, **given)
    assert found["SENDGRID_API_KEY"] == "SG.real"
    assert "SENDGRID_WEBHOOK_PUBLIC_KEY" not in found


def test_children_are_what_others_look_for(home: Home, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Command lines carry the words they are known by, the environment is inherited, pulses differ."""
    monkeypatch.setenv("SOMETHING_OF_THE_USERS", "kept")
    recipes = {recipe.name: recipe for recipe in house_recipes(home, resolved(kept), workers=2)}
    assert list(recipes) == ["web", "worker-1", "worker-2", "beat"]
    lines = {name: [str(part) for part in recipe.command] for name, recipe in recipes.items()}
    assert {"celery", "worker"} <= set(lines["worker-1"])
    assert "beat" in lines["beat"]
    assert "worker" not in lines["beat"]
    assert all(recipe.environment["SOMETHING_OF_THE_USERS"] == "kept" for recipe in recipes.values())
    assert len({recipe.environment.get("WAYPOINT_PULSE") for recipe in recipes.values()}) == 4
    for line in lines.values():
        assert not {kept.secret_keys, kept.database_password} & set(line)


def test_the_sandbox_learns_no_secret_of_the_house(
    home: Home, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox's environment holds its own keys and neither addresses nor secrets of the house."""
    found = resolved(kept)
    monkeypatch.setenv("SECRET_KEYS", "from-the-environment")
    environment = sandbox_recipe(home, found, kept).environment
    assert environment["SANDBOX_API_KEY"] == found["SENDGRID_API_KEY"]
    assert environment["PUBLIC_URL"] == found["PUBLIC_URL"]
    assert not {"SECRET_KEYS", "HASH_PEPPER", "DATABASE_URL", "REDIS_URL"} & set(environment)


@pytest.mark.process  # others who take ports meanwhile would stand in its way
@pytest.mark.parametrize("offset", [0, 1])
def test_a_taken_port_is_named(offset: int) -> None:
    """When our port or the sandbox's is taken, the line names PORT and the number."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken: int = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"^PORT: port {taken} .*taken by another program"):
            ports_free(taken - offset, with_sandbox=True)


@pytest.mark.process
def test_malformed_settings_stop_the_start(tmp_path: Path) -> None:
    """One line that names the variable, exit code 2, no traceback, and nothing is made."""
    found = up(tmp_path, PORT="abc")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "PORT: 'abc' is not a port from 1 to 65534\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_file_named_env_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    """Settings lie in .env of the folder one starts in; what the environment says wins."""
    (tmp_path / ".env").write_text("LEASE_S=nonsense\nLOG_LEVEL=loud\n")
    found = up(tmp_path, LEASE_S="30")
    assert found.returncode == 2
    assert found.stderr.startswith("LOG_LEVEL: ")
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.process
def test_live_refuses_sample_data(tmp_path: Path) -> None:
    """Outside the sandbox --sample is refused before anything starts."""
    found = up(
        tmp_path,
        "--sample",
        MAIL_MODE="allowlist",
        MAIL_ALLOWLIST="me@firm.example",
        MAIL_FROM="coach@firm.example",
        MAIL_FROM_NAME="The Firm",
        MAIL_POSTAL_ADDRESS="1 High Street",
        SENDGRID_API_KEY="SG.real",
    )
    assert found.returncode == 1
    assert found.stderr.startswith("MAIL_MODE: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_home_that_cant_be_made_is_named(tmp_path: Path) -> None:
    """A home below a file gives one line that names WAYPOINT_HOME."""
    (tmp_path / "file").touch()
    found = up(tmp_path, "--home", str(tmp_path / "file" / "home"))
    assert found.returncode == 1
    assert found.stderr.startswith("WAYPOINT_HOME: ")
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.process
def test_a_taken_port_stops_the_start(tmp_path: Path) -> None:
    """A port that another program has gives one line that names PORT, before any server starts."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = up(tmp_path, "--home", "home", "--port", str(other.getsockname()[1]))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("PORT: ")
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.process
def test_own_servers_that_are_away_are_named(tmp_path: Path) -> None:
    """A DATABASE_URL or REDIS_URL that leads nowhere is named instead of waited for without end."""
    secrets = {"SECRET_KEYS": "a" * 20, "HASH_PEPPER": "b" * 20}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        found = up(
            tmp_path, DATABASE_URL=f"postgresql://{address}/x", REDIS_URL=f"redis://{address}/0", **secrets
        )
    assert found.returncode == 1
    assert found.stderr.startswith("REDIS_URL: ")
    assert "Traceback" not in found.stderr
