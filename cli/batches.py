"""`waypoint batches`: what of the mail needs a person, and that person's verdict."""

from datetime import datetime
from uuid import UUID

import click

from cli.attach import attached_database, attached_settings
from coaching.adapters.database import now
from coaching.usecases.troubled_batches import (
    VERDICTS,
    HeldSender,
    TroubledBatch,
    Verdict,
    list_troubles,
    settle_by_hand,
)

_TROUBLE = {
    "key": "SendGrid refuses the key: mend SENDGRID_API_KEY",
    "quota": "SendGrid's quota is used up: wait for it or raise it",
    "sender": "SendGrid refuses the sender: verify MAIL_FROM there",
}


@click.group("batches", invoke_without_command=True)
@click.pass_context
def batches(ctx: click.Context) -> None:
    """Show which batches of letters are uncertain, parked or held; `settle` says what became of one."""
    if ctx.invoked_subcommand is not None:
        return
    with attached_database(attached_settings()) as database, database.transaction() as session:
        troubles = list_troubles(session)
    if troubles.mail_stopped_at is not None:
        click.echo(f"all mail is stopped since {_moment(troubles.mail_stopped_at)}: waypoint mail go")
    for held in troubles.held:
        _show_held(held)
    for batch in troubles.batches:
        _show_batch(batch)
    if not troubles:
        click.echo("all well: nothing is stopped, held, uncertain or parked")
    ready = "1 batch is" if troubles.ready == 1 else f"{troubles.ready} batches are"
    click.echo(f"{ready} ready to go")


@batches.command("settle")
@click.argument("batch_id", type=click.UUID)
@click.argument("verdict", type=click.Choice(VERDICTS))
def settle(batch_id: UUID, verdict: Verdict) -> None:
    """Say what became of a batch: it was accepted, it did not go (resend), or give it up.

    Look for one of its letters in SendGrid's activity first: a batch that is resent although it went reaches
    everybody in it twice.
    """
    with attached_database(attached_settings()) as database:
        with database.transaction() as session:
            settle_by_hand(session, batch_id, verdict, actor="operator", now=now(session))
        click.echo(f"{batch_id}: {_SAID[verdict]}")


_SAID = {
    "accepted": "counted as sent",
    "resend": "ready to go again",
    "giveup": "given up; its letters are never sent",
}


def _show_held(held: HeldSender) -> None:
    again = f", tried again at {_moment(held.next_try_at)}" if held.next_try_at else ""
    click.echo(f"held       {held.address} since {_moment(held.since)}{again}")
    click.echo(f"           {_TROUBLE[held.trouble]}")
    if held.detail:
        click.echo(f"           {held.detail}")


def _show_batch(batch: TroubledBatch) -> None:
    since = f" since {_moment(batch.since)}" if batch.since else ""
    letters = "1 letter" if batch.letters == 1 else f"{batch.letters} letters"
    click.echo(f"{batch.state:9}  {batch.id}  {batch.template}, {letters}{since}")
    if batch.reason:
        click.echo(f"           {batch.reason}")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
