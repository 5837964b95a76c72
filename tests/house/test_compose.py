"""The ways to run Waypoint elsewhere (Procfile, image, compose file) agree with each other and the code."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from celery.bin.celery import celery
from granian.cli import cli as granian
from ruamel.yaml import YAML

from cli.main import waypoint

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("release", "net", "sandbox", "web", "worker", "beat")
ONE_LOOPBACK = ("sandbox", "web", "worker")


def services() -> dict[str, Any]:
    """Return the services of the compose file, anchors resolved."""
    return dict(YAML(typ="safe").load(COMPOSE)["services"])


def procfile() -> dict[str, str]:
    """Return the command of each process type."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, command in (line.split(":", 1) for line in lines)}


def plain(command: str) -> list[str]:
    """Return a command's words, out of the shell that fills in $PORT, with compose's $$ undone."""
    words = shlex.split(command.replace("$$", "$"))
    return shlex.split(words[2])[1:] if words[:2] == ["sh", "-c"] else words


def options(command: click.Command) -> set[str]:
    """Return every spelling of every option of a command."""
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def test_compose_file_follows_the_specification() -> None:
    """The compose specification's own schema accepts the file."""
    check = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_procfile_names_the_four_processes() -> None:
    """The processes a platform has to run are exactly these."""
    assert list(procfile()) == ["release", "web", "worker", "beat"]


@pytest.mark.parametrize("process", ["release", "web", "worker", "beat"])
def test_compose_runs_what_the_procfile_runs(process: str) -> None:
    """A process is started by the same command, whichever file starts it."""
    assert plain(services()[process]["command"]) == plain(procfile()[process])


def test_image_runs_the_web_process_when_asked_for_nothing_else() -> None:
    """The image's own command is the Procfile's web line."""
    command = re.findall(r"^CMD \[(.*)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    assert plain(shlex.join(part.strip('", ') for part in command.split('", "'))) == plain(procfile()["web"])


def test_granian_understands_the_web_line() -> None:
    """Granian itself parses the line and finds the same application in it."""
    words = plain(procfile()["web"].replace("$PORT", "8000"))
    understood = granian.make_context(words[0], words[1:]).params
    assert understood["app"] == "api.wsgi:app"
    assert understood["port"] == 8000
    assert understood["respawn_failed_workers"] is True


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_celery_knows_every_option(process: str) -> None:
    """Each option of the worker and beat lines is one of the installed Celery's."""
    program, app_option, app, command, *rest = plain(procfile()[process])
    assert (program, app_option, app, command) == ("celery", "-A", "workers.app", process)
    assert {word for word in rest if word.startswith("-")} <= options(celery.commands[process])


def test_release_step_is_a_command_of_ours() -> None:
    """What the release step calls exists."""
    program, command = plain(procfile()["release"])
    assert program == "waypoint"
    assert waypoint.get_command(click.Context(waypoint), command) is not None


@pytest.mark.parametrize("module", ["api/wsgi.py", "workers/app.py", "workers/pulse.py", "sandbox/wsgi.py"])
def test_started_modules_exist(module: str) -> None:
    """Every module that a command line names is there."""
    assert (ROOT / module).is_file()


def test_every_service_that_stays_has_a_health_check() -> None:
    """Only the release step, which ends, goes without."""
    unchecked = [name for name, service in services().items() if "test" not in service.get("healthcheck", {})]
    assert unchecked == ["release"]


def test_every_service_that_stays_is_started_again() -> None:
    """A process that dies comes back; the release step runs once."""
    assert [name for name, service in services().items() if service["restart"] != "unless-stopped"] == [
        "release"
    ]


def test_nothing_starts_before_its_schema() -> None:
    """Web and worker wait for a successful migration, and that waits for a healthy database."""
    all_services = services()
    for name in ("web", "worker"):
        release = all_services[name]["depends_on"]["release"]
        assert release["condition"] == "service_completed_successfully"
    assert all_services["release"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_sender_and_sandbox_share_one_loopback() -> None:
    """In sandbox mode the mail host must be a loopback address, so senders live beside the sandbox."""
    all_services = services()
    assert {all_services[name].get("network_mode") for name in ONE_LOOPBACK} == {"service:net"}


def test_ports_open_on_this_machine_only() -> None:
    """Nobody reaches Waypoint from another machine unless a proxy is put in front."""
    published = [port for service in services().values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_secrets_come_from_outside() -> None:
    """Whatever is secret is a required variable that says where to set it, never a value."""
    text = COMPOSE.read_text()
    for name in ("SECRET_KEYS", "HASH_PEPPER", "POSTGRES_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}[^}}]*\}}", text)
        assert uses
        assert set(uses) == {f"${{{name}:?set {name} in .env}}"}
    assert re.search(r"://\w*:(?!\$\{)[^@\s]*@", text) is None, "a password stands in a URL"


def test_the_shared_network_and_the_sandbox_see_no_secret() -> None:
    """Neither needs a key, so neither is given one."""
    for name in ("net", "sandbox"):
        service = services()[name]
        assert service["env_file"] == []
        assert not {"SECRET_KEYS", "HASH_PEPPER", "DATABASE_URL"} & set(service["environment"])


@pytest.mark.parametrize("name", OURS)
def test_our_processes_have_few_rights(name: str) -> None:
    """No capabilities, no way to gain any, and nothing to write but /tmp."""
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize(
    ("age_s", "ends", "asked_to_end"),
    [(0, 0, False), (60, 1, False), (600, 1, True), (None, 1, False)],
    ids=["fresh", "old", "silent for long", "not there yet"],
)
def test_pulse_check_judges_by_age(tmp_path: Path, age_s: int | None, ends: int, asked_to_end: bool) -> None:
    """An old pulse is unhealthy; only a long silence asks the process to end; a new one is left in peace."""
    pulse = tmp_path / "pulse"
    if age_s is not None:
        pulse.touch()
        os.utime(pulse, (time.time() - age_s,) * 2)
    _, script = services()["worker"]["healthcheck"]["test"]
    # `kill` becomes a word that is printed: the test asks what would be done, and does it to nobody.
    script = 'kill() { echo "kill $*"; }\n' + script.replace("$$", "$")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": path, "WAYPOINT_PULSE": str(pulse)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends, done.stderr
    assert ("kill -TERM 1" in done.stdout) is asked_to_end


def test_beat_and_worker_are_judged_alike() -> None:
    """Both prove by a pulse that they hear the clock."""
    assert services()["beat"]["healthcheck"] == services()["worker"]["healthcheck"]


def test_image_is_built_from_the_lock_and_runs_without_privileges() -> None:
    """Hashes are required, nothing of the tests is installed, and the process isn't root."""
    text = (ROOT / "Dockerfile").read_text()
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert "requirements-dev" not in text
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)


def test_image_holds_every_room_and_nothing_private() -> None:
    """The list of what may enter the image names each package and data folder, and starts from nothing."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert {"api", "workers", "cli", "coaching", "sandbox", "content", "templates", "migrations"} <= allowed
    assert all((ROOT / name).exists() for name in allowed)
    assert not {name for name in allowed if name.startswith(".")}
