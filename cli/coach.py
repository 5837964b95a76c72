"""`waypoint coach`: who may sign in to the console."""

import click

from cli.attach import attached_database, attached_settings
from coaching.adapters.database import now
from coaching.adapters.secrets import Secrets
from coaching.settings import Settings
from coaching.usecases.coaches import add_coach, first_admin_token, let_list_go, set_booking, stop_list


@click.group("coach")
def coach() -> None:
    """Add coaches, say who gets a morning list, and where talks are booked."""


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


@coach.command("digest")
@click.argument("email")
@click.argument("what", type=click.Choice(["stop", "go"]))
def digest(email: str, what: str) -> None:
    """Stop a coach's morning list, or let it come again.

    It comes on working mornings when there is something on it; no other letter is touched. The first list
    afterwards tells what became so meanwhile and still stands, ten lines of a kind at most.
    """
    with attached_database(attached_settings()) as database, database.transaction() as session:
        change = stop_list if what == "stop" else let_list_go
        changed = change(session, email, actor="operator", now=now(session))
    click.echo(_SAID[what, changed].format(email=email.strip()))


@coach.command("booking")
@click.argument("email")
@click.argument("url")
def booking(email: str, url: str) -> None:
    """Say where clients book a talk with this coach: an https address, or 'none'.

    With an address, letters lead clients there; they may still ask for a talk. With none they ask, and the
    coach finds it on the morning list.
    """
    address = None if url.strip() == "none" else url
    with attached_database(attached_settings()) as database, database.transaction() as session:
        set_booking(session, email, address, actor="operator", now=now(session))
    said = "is asked for" if address is None else "is booked at the address given"
    click.echo(f"a talk with {email.strip()} {said}")


_SAID = {
    ("stop", True): "no morning list goes to {email}: waypoint coach digest {email} go",
    ("stop", False): "the morning list of {email} was stopped already",
    ("go", True): "the morning list of {email} comes again",
    ("go", False): "the morning list of {email} was not stopped",
}


def first_admin_link(settings: Settings) -> str | None:
    """A fresh sign-in link of the admin who was added first, if there is one."""
    secrets = Secrets(settings.secret_keys, settings.hash_pepper)
    with attached_database(settings) as database, database.transaction() as session:
        token = first_admin_token(session, secrets, now=now(session))
    return None if token is None else f"{settings.public_url}/console/sign-in/{token}"
