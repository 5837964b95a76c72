"""Finds the running system's database for commands that work beside it."""

import contextlib
import os
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from cli.faults import CommandError
from cli.home import Home
from coaching.adapters.database import Database
from coaching.domain.errors import WaypointError
from coaching.settings import VARIABLES, Settings, read_settings

NOT_RUNNING = "nothing runs in {folder}: start waypoint up first, or set DATABASE_URL"


def attached_settings() -> Settings:
    """The settings of the system that runs in our home; with DATABASE_URL set, the environment's own.

    Raises CommandError when nothing runs, SettingsError for what is malformed.
    """
    given = dict(os.environ)
    if given.get("DATABASE_URL", "").strip():
        return read_settings(given)
    home = VARIABLES["home"]
    folder = home.read(given.get(home.name, "").strip() or home.default or "")
    run = Home(folder.absolute()).living_run()
    if run is None:
        raise CommandError(NOT_RUNNING.format(folder=folder))
    return read_settings(given | dict(run.settings))


@contextlib.contextmanager
def attached_database(settings: Settings) -> Iterator[Database]:
    """The database, closed at the end; what it or the house refuses becomes one line."""
    database = Database(settings.sqlalchemy_url, bell=None, pool_size=1)
    try:
        yield database
    except SQLAlchemyError as fault:
        raise CommandError(f"DATABASE_URL: {reason(fault)}") from fault
    except WaypointError as fault:
        raise CommandError(str(fault)) from fault
    finally:
        database.close()


def reason(fault: SQLAlchemyError) -> str:
    """The first line of what the database itself said."""
    text = str(getattr(fault, "orig", None) or fault).strip()
    return text.splitlines()[0] if text else type(fault).__name__
