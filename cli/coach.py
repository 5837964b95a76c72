"""`waypoint coach`: who may sign in to the console."""

import click

from cli.attach import attached_database, attached_settings
from coaching.adapters.database import now
from coaching.adapters.secrets import Secrets
from coaching.settings import Settings
from coaching.usecases.coaches import add_coach, first_admin_token


@click.group("coach")
def coach() -> None:
    """Add coaches."""


@coach.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As clients and colleagues read it.")
@click.option("--admin", is_flag=True, help="May also change settings and other coaches' work.")
@click.option("--time-zone", help="Where their morning is, such as Europe/Paris; UTC unless it was given.")
def add(email: str, name: str, admin: bool, time_zone: str | None) -> None:
    """Add a coach and print the link that signs them in, once, within a day."""
    settings = attached_settings()
    secrets = Secrets(settings.secret_keys, settings.hash_pepper)
    with attached_database(settings) as database:
        with database.transaction() as session:
            token = add_coach(
                session,
                secrets,
                email=email,
                name=name,
                admin=admin,
                time_zone=time_zone,
                now=now(session),
            )
        click.echo(f"{settings.public_url}/console/sign-in/{token}")


def first_admin_link(settings: Settings) -> str | None:
    """A fresh sign-in link of the admin who was added first, if there is one."""
    secrets = Secrets(settings.secret_keys, settings.hash_pepper)
    with attached_database(settings) as database, database.transaction() as session:
        token = first_admin_token(session, secrets, now=now(session))
    return None if token is None else f"{settings.public_url}/console/sign-in/{token}"
