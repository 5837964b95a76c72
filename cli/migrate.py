"""`waypoint migrate`: the schema to its newest version, also by two machines at once."""

import click
from sqlalchemy.exc import SQLAlchemyError

from cli.attach import attached_settings, reason
from cli.faults import CommandError
from cli.publishing import publish_what_is_new
from coaching.adapters.migrate import upgrade


@click.command("migrate")
def migrate() -> None:
    """Bring the database's schema to its newest version."""
    settings = attached_settings()
    try:
        upgrade(settings.sqlalchemy_url)
        publish_what_is_new(settings)
    except SQLAlchemyError as fault:
        raise CommandError(f"DATABASE_URL: {reason(fault)}") from fault
    click.echo("the schema is at its newest version")
