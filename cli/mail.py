"""`waypoint mail`: the one brake for all sending."""

import click

from cli.attach import attached_database, attached_settings
from coaching.adapters.database import now
from coaching.usecases.brake import let_mail_go, stop_mail


@click.group("mail")
def mail() -> None:
    """Stop all letters, or let them go again. Nothing is lost meanwhile."""


@mail.command("stop")
def stop() -> None:
    """Let no letter leave from now on; what is planned waits."""
    with attached_database(attached_settings()) as database:
        with database.transaction() as session:
            stopped = stop_mail(session, actor="operator", now=now(session))
        click.echo("mail is stopped: waypoint mail go" if stopped else "mail was stopped already")


@mail.command("go")
def go() -> None:
    """Let letters leave again: what still makes sense, at a pace after a long stop; the rest expires."""
    settings = attached_settings()
    with attached_database(settings) as database:
        with database.transaction() as session:
            went = let_mail_go(session, actor="operator", sender=settings.mail_from, now=now(session))
        click.echo("mail goes again" if went else "mail was not stopped")
