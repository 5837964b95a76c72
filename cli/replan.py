"""`waypoint replan`: after a rule was changed, every client's planned letters follow it."""

import sys
from uuid import UUID

import click
from sqlalchemy.exc import SQLAlchemyError

from cli.attach import attached_database, attached_settings, reason
from cli.faults import CommandError
from coaching.adapters.content import Content
from coaching.adapters.database import Database, now
from coaching.adapters.house import House
from coaching.adapters.secrets import Secrets
from coaching.settings import CONTENT, Settings
from coaching.usecases import replan as usecase
from coaching.usecases.client_states import MayWriteTo
from coaching.usecases.replan import Replanned, count_clients, replan_client

_ACTOR = "operator"
_INTERRUPTED = 130


@click.command("replan")
@click.option("--client", "client_id", type=click.UUID, help="Only this one.")
@click.option("--after", type=click.UUID, help="Go on behind this client, as an interrupted run said.")
@click.option(
    "--chunk",
    type=click.IntRange(1, usecase.AT_ONCE),
    default=usecase.AT_ONCE,
    show_default=True,
    help="How many clients are done at once.",
)
def replan(client_id: UUID | None, after: UUID | None, chunk: int) -> None:
    """Bring the planned letters of all clients in line with the rules as they are now.

    Letters may go on leaving meanwhile. Ctrl-C stops it at any moment: what is done stays, and it says how to
    go on. A second run finds nothing to do.
    """
    if client_id is not None and after is not None:
        raise click.UsageError("--client is one client, --after is all behind one: give one of the two")
    settings = attached_settings()
    with attached_database(settings) as database:
        may_write_to = _may_write_to(settings, database)
        if client_id is not None:
            with database.transaction() as session:
                done = replan_client(session, may_write_to, client_id, actor=_ACTOR, now=now(session))
        else:
            done = _replan_all(database, may_write_to, after, chunk)
        click.echo(_brought(done))


def _replan_all(database: Database, may_write_to: MayWriteTo, after: UUID | None, chunk: int) -> Replanned:
    """Go through all, and say how far it came if it has to end before."""
    done = Replanned()
    total = 0
    try:
        with database.transaction() as session:
            total = count_clients(session, after=after)
        # On the error side, so that what is printed can be read by a program; drawn only on a terminal.
        with click.progressbar(length=total, label="clients", show_pos=True, file=sys.stderr) as bar:
            for one in usecase.replan(database, may_write_to, after=after, chunk=chunk, actor=_ACTOR):
                done += one
                bar.update(one.clients)
    except KeyboardInterrupt:
        _say_how_to_go_on(done, total, after)
        sys.exit(_INTERRUPTED)
    except SQLAlchemyError as fault:
        _say_how_to_go_on(done, total, after)
        raise CommandError(f"the database ended it: {reason(fault)}") from fault
    return done


def _say_how_to_go_on(done: Replanned, total: int, after: UUID | None) -> None:
    behind = done.last or after
    click.echo(_brought(done), err=True)
    click.echo(
        f"stopped after {done.clients:,} of {total:,} clients; of those under way nothing was changed",
        err=True,
    )
    click.echo(f"go on with: waypoint replan{f' --after {behind}' if behind else ''}", err=True)


def _brought(done: Replanned) -> str:
    clients, letters = _count(done.clients, "client"), _count(done.planned, "letter")
    return f"{clients}: {letters} planned, {done.moved:,} moved, {done.called_off:,} called off"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _may_write_to(settings: Settings, database: Database) -> MayWriteTo:
    secrets = Secrets(settings.secret_keys, settings.hash_pepper)
    return House(settings, database, Content.load(CONTENT), secrets).may_write_to
