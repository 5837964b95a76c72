"""`waypoint migration`: writes the next migration by comparing the tables with an up-to-date database."""

import secrets
import tempfile
from pathlib import Path

import click
from alembic import command

from cli.embedded import EmbeddedError, Postgres
from cli.faults import CommandError
from coaching.adapters.migrate import alembic_config, upgrade


@click.command("migration")
@click.argument("message")
def migration(message: str) -> None:
    """Write a migration that says MESSAGE, from what the tables have and the migrations don't yet."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            server = Postgres.start(Path(folder) / "home", password=secrets.token_urlsafe(24))
        except EmbeddedError as fault:
            raise CommandError(str(fault)) from fault
        try:
            url = "postgresql+psycopg://" + server.url.partition("://")[2]
            upgrade(url)
            written = command.revision(alembic_config(url), message, autogenerate=True)
        finally:
            server.discard()
    for script in written if isinstance(written, list) else [written]:
        if script is not None:
            click.echo(script.path)
