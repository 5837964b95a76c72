"""`waypoint up`: the whole system from one command, on this machine."""

import contextlib
import errno
import importlib
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from cli import leftovers
from cli.child import Child
from cli.embedded import EmbeddedError, Postgres, Valkey
from cli.faults import CommandError
from cli.home import Home, HomeError, Kept, Run
from cli.lock import HeldError, hold
from cli.probe import Probe, pings
from cli.processes import Identity, wait_until
from cli.recipes import house_recipes, sandbox_recipe
from cli.supervisor import StartError, StopAskedError, StopSign, Supervisor
from coaching.adapters.migrate import upgrade
from coaching.settings import SANDBOX, VARIABLES, Settings, read_settings

# Stand-ins that let the rest be checked before the embedded servers run and their secrets are known.
LATER = {
    "DATABASE_URL": "postgresql://127.0.0.1/waypoint",
    "SECRET_KEYS": "made-when-the-home-is-known",
    "HASH_PEPPER": "made-when-the-home-is-known",
}
BROKER_S = 5.0
NAMES = {variable.name for variable in VARIABLES.values()}


def say(line: str) -> None:
    """Print a line at once; a terminal that is gone is no reason to stop."""
    with contextlib.suppress(OSError):
        click.echo(line)


@click.command("up")
@click.option(
    "--home", "folder", type=click.Path(path_type=Path, readable=False), help="Instead of WAYPOINT_HOME."
)
@click.option("--port", type=click.IntRange(1, 65534), help="Instead of PORT.")
@click.option("--sample", is_flag=True, help="Load made-up clients into an empty database (sandbox only).")
@click.option(
    "--workers", type=click.IntRange(1, 32), default=1, show_default=True, help="How many worker processes."
)
def up(folder: Path | None, port: int | None, sample: bool, workers: int) -> None:
    """Start everything on this machine and look after it until Ctrl-C."""
    stop_sign = StopSign()
    given = _given(folder, port)
    checked = read_settings(_with_stand_ins(given))
    if sample and checked.mail_mode != SANDBOX:
        raise CommandError(f"MAIL_MODE: {checked.mail_mode} refuses sample data; leave --sample out")
    try:
        with _home(checked.home) as home, contextlib.suppress(StopAskedError):
            System(home, given, checked, stop_sign).run(sample=sample, workers=workers)
    except (HeldError, HomeError, EmbeddedError, StartError) as fault:
        raise CommandError(str(fault)) from fault
    except OSError as fault:
        raise CommandError(f"WAYPOINT_HOME: {fault.filename or checked.home}: {fault.strerror}") from fault
    except SQLAlchemyError as fault:
        reason = str(getattr(fault, "orig", fault)).strip().splitlines()[0]
        raise CommandError(f"DATABASE_URL: the database refuses: {reason}") from fault
    say("stopped")


def _given(folder: Path | None, port: int | None) -> dict[str, str]:
    """The environment, with the command line's wishes on top; an empty variable is an absent one."""
    given = {name: value for name, value in os.environ.items() if name in NAMES and value.strip()}
    if folder is not None:
        given["WAYPOINT_HOME"] = str(folder)
    if port is not None:
        given["PORT"] = str(port)
    return given


def _with_stand_ins(given: Mapping[str, str]) -> dict[str, str]:
    own_database = "DATABASE_URL" not in given
    return {**(LATER if own_database else {}), "REDIS_URL": "redis://127.0.0.1/0", **given}


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[Home]:
    """The home, locked for us alone, with whatever a killed start left in it ended."""
    with hold(folder.absolute(), "up"):
        home = Home(folder.absolute())
        for room in (home.logs, home.run):
            room.mkdir(mode=0o700, exist_ok=True)
        leftovers.end(home)
        yield home


class System:
    """One run of everything, from nothing to the ready line and back to nothing."""

    def __init__(self, home: Home, given: Mapping[str, str], checked: Settings, stop_sign: StopSign) -> None:
        self.home = home
        self.kept = home.secrets()
        self.given = given
        self.checked = checked
        self.stop_sign = stop_sign
        self.resolved: dict[str, str] = {}
        self.broker: Probe | None = None
        self.supervisor = Supervisor(say, stop_sign, self.note)

    def run(self, *, sample: bool, workers: int) -> None:
        """Start, say when all is ready, watch, and stop in order however it ends."""
        ports_free(self.checked.port, with_sandbox=self.checked.mail_mode == SANDBOX)
        try:
            self._start_servers()
            settings = read_settings(self.resolved)
            self._start_children(settings, workers=workers)
            self._load_sample(settings, wanted=sample)
            self.supervisor.wait_until_ready()
            self._announce(settings)
            self.supervisor.watch()
            say("stopping")
        finally:
            if self.broker is not None:
                self.broker.end()
            self.supervisor.stop()
            self.home.forget_run()

    def note(self) -> None:
        """Write down who runs, for other commands and for the start after a crash."""
        children = {child.recipe.name: child.identity for child in self.supervisor.children}
        known = {name: identity for name, identity in children.items() if identity is not None}
        self.home.note_run(Run(Identity.of(os.getpid()), self.resolved, known))

    def _start_servers(self) -> None:
        addresses = {}
        with self.stop_sign.at_once():
            if "DATABASE_URL" not in self.given:
                say("starting the database")
                postgres = Postgres.start(self.home.folder, password=self.kept.database_password)
                self.supervisor.servers.append(postgres)
                addresses["DATABASE_URL"] = postgres.url
            if "REDIS_URL" not in self.given:
                valkey = Valkey.start(self.home.folder, password=self.kept.broker_password)
                self.supervisor.servers.append(valkey)
                addresses["REDIS_URL"] = valkey.url
            elif not wait_until(pings(self.given["REDIS_URL"]), seconds=BROKER_S):
                raise StartError(f"REDIS_URL: the broker doesn't answer within {BROKER_S:.0f} seconds")
        self.resolved = resolve(self.given, addresses, self.kept, self.checked)
        self.note()

    def _start_children(self, settings: Settings, *, workers: int) -> None:
        if settings.mail_mode == SANDBOX:  # it needs no database
            self.supervisor.start([Child(sandbox_recipe(self.home, self.resolved, self.kept))])
        with self.stop_sign.at_once():
            upgrade(settings.sqlalchemy_url)
            # Read late, as the sample is.
            importlib.import_module("cli.publishing").publish_what_is_new(settings)
        say("starting web, worker and beat")
        self.broker = Probe(pings(settings.redis_url))
        recipes = house_recipes(self.home, self.resolved, workers=workers)
        self.supervisor.start([Child(recipe, self.broker) for recipe in recipes])

    def _load_sample(self, settings: Settings, *, wanted: bool) -> None:
        if not wanted:
            return
        # Read late: it leans on half the house, and the children start meanwhile.
        load = importlib.import_module("cli.sample").load_sample_once
        with self.stop_sign.at_once():
            added = load(settings)
        if added:
            say(f"added {added} made-up clients")

    def _announce(self, settings: Settings) -> None:
        here = f"http://127.0.0.1:{settings.port}"
        say(f"  intake form  {settings.public_url}/intake/job-career")
        if settings.mail_mode == SANDBOX:
            say(f"  mailbox      http://127.0.0.1:{settings.port + 1}/   (letters go nowhere else)")
            self._announce_console(settings)
        say(f"  API page     {settings.public_url}/docs")
        say(f"  logs         {self.home.logs}")
        say("Ctrl-C stops everything")
        say(f"ready {here}")

    def _announce_console(self, settings: Settings) -> None:
        """Say how the first admin signs in. Only beside the sandbox: elsewhere a terminal may be read."""
        token = importlib.import_module("cli.coach").first_admin_link(settings)
        if token is not None:
            say(f"  console      {token}   (signs in once, within a day)")


def resolve(
    given: Mapping[str, str], addresses: Mapping[str, str], kept: Kept, checked: Settings
) -> dict[str, str]:
    """Every setting that a child can't work out for itself, as its environment has it."""
    resolved = {**given, **addresses}
    resolved["PORT"] = str(checked.port)
    resolved["PUBLIC_URL"] = checked.public_url
    resolved["WAYPOINT_HOME"] = str(checked.home.absolute())
    if "DATABASE_URL" in addresses:
        resolved.setdefault("SECRET_KEYS", kept.secret_keys)
        resolved.setdefault("HASH_PEPPER", kept.hash_pepper)
    if checked.mail_mode == SANDBOX:
        resolved.setdefault("SENDGRID_API_KEY", kept.sandbox_api_key)
        if "SENDGRID_HOST" not in given:  # another stand-in is asked for its own key by the web process
            resolved["SENDGRID_WEBHOOK_PUBLIC_KEY"] = kept.sandbox_webhook_public_key
    return resolved


def ports_free(port: int, *, with_sandbox: bool) -> None:
    """Make sure that nobody else has our ports. Raises StartError naming PORT."""
    for number in (port, port + 1) if with_sandbox else (port,):
        what = "" if number == port else " (the mail sandbox's, one more than PORT)"
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as fault:
                taken = fault.errno == errno.EADDRINUSE
                why = "is taken by another program" if taken else f"can't be used ({fault.strerror})"
                raise StartError(
                    f"PORT: port {number}{what} {why}; choose another with PORT or --port"
                ) from None
