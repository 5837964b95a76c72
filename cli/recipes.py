"""How each child of `waypoint up` is started, and with which environment."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.child import Recipe
from cli.home import Home, Kept
from cli.leftovers import MARK
from cli.probe import answers

SOCKET = ("--host", "127.0.0.1", "--interface", "wsgi", "--no-access-log")
WEB = ("--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers")
SANDBOX = ("--workers", "1", "--blocking-threads", "8")
QUIET = ("--without-gossip", "--without-mingle")
GRANIAN = (sys.executable, "-m", "granian")


def sandbox_recipe(home: Home, settings: Mapping[str, str], kept: Kept) -> Recipe:
    """The stand-in for SendGrid, on the port after ours. It gets none of the house's secrets."""
    port = int(settings["PORT"]) + 1
    own = {
        "PUBLIC_URL": settings["PUBLIC_URL"],
        "SANDBOX_API_KEY": settings["SENDGRID_API_KEY"],
        "SANDBOX_WEBHOOK_PRIVATE_KEY": kept.sandbox_webhook_private_key,
        "SANDBOX_STORE": str(home.folder / "sandbox.db"),
        MARK: str(home.folder),
    }
    inherited = {name: value for name, value in os.environ.items() if name not in settings}
    return Recipe(
        name="sandbox",
        command=(*GRANIAN, *SOCKET, "--port", str(port), *SANDBOX, "sandbox.wsgi:app"),
        environment=inherited | own,
        folder=home.run,
        log=home.logs / "sandbox.log",
        question=answers(f"http://127.0.0.1:{port}/sandbox/stats"),
    )


def house_recipes(home: Home, settings: Mapping[str, str], *, workers: int) -> list[Recipe]:
    """Web, so many workers, and beat: in the order in which they start."""
    environment = {**os.environ, **settings, MARK: str(home.folder)}
    port = settings["PORT"]
    web = Recipe(
        name="web",
        command=(*GRANIAN, *SOCKET, "--port", port, *WEB, "api.wsgi:app"),
        environment={**environment, "PROMETHEUS_MULTIPROC_DIR": str(_emptied(home.run / "metrics"))},
        folder=home.run,
        log=home.logs / "web.log",
        question=answers(f"http://127.0.0.1:{port}/healthz"),
    )
    return [
        web,
        *(_celery(f"worker-{number}", home, environment) for number in range(1, workers + 1)),
        _celery("beat", home, environment),
    ]


def _celery(name: str, home: Home, environment: Mapping[str, str]) -> Recipe:
    pulse = home.run / f"pulse-{name}"
    how: tuple[str, ...]
    if name == "beat":
        how = ("beat", "--pidfile=")  # the supervisor sees to it that there is one
    else:
        how = ("worker", "--pool", "threads", "--concurrency", "4", "--hostname", f"{name}@waypoint", *QUIET)
    return Recipe(
        name=name,
        command=(sys.executable, "-m", "celery", "-A", "workers.app", *how),
        environment={**environment, "WAYPOINT_PULSE": str(pulse)},
        folder=home.run,
        log=home.logs / f"{name}.log",
        pulse=pulse,
        stop_s=10.0,
    )


def _emptied(folder: Path) -> Path:
    """A folder without the counts of processes of an earlier start."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
