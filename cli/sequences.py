"""`waypoint sequences`: which drips there are, and how a new version goes live."""

from pathlib import Path

import click

from cli.attach import attached_database, attached_settings
from cli.faults import CommandError
from cli.outcome import outcome
from coaching.adapters.content import Content, ContentError
from coaching.adapters.database import now
from coaching.adapters.sequence_files import load_sequence
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.sequences import Sequence
from coaching.settings import CONTENT
from coaching.usecases import publish_sequences as publishing
from coaching.usecases.publish_sequences import Publication
from coaching.usecases.read_sequences import SequenceView, list_sequences

_ACTOR = "operator"


@click.group("sequences", invoke_without_command=True)
@click.pass_context
def sequences(ctx: click.Context) -> None:
    """Show the sequences that let clients in, and how many are on their way."""
    if ctx.invoked_subcommand is not None:
        return
    with attached_database(attached_settings()) as database, database.transaction() as session:
        views = list_sequences(session)
    for view in views:
        click.echo(_line(view))
    if not views:
        click.echo("no sequence is published yet: waypoint sequences publish")


@sequences.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Read the sequences of content/sequences, or FILES; each fault is a line with its file and line."""
    faults: list[str] = []
    try:
        content = Content.load(CONTENT)
        number = len(files or content.sequences)
        for file in files:
            try:
                load_sequence(file, content.dimensions)
            except ContentError as fault:
                faults.extend(fault.faults)
    except ContentError as fault:
        faults.extend(fault.faults)
    if faults:
        raise CommandError("\n".join(faults))
    click.echo(f"{number:,} sequence{'' if number == 1 else 's'} without a fault")


@sequences.command("publish")
@click.argument("names", nargs=-1)
@click.option(
    "--move", is_flag=True, help="Clients under way go on in it once the letter that is planned has gone."
)
@click.option("--yes", is_flag=True, help="Do it; without this it only says what it would do.")
def publish(names: tuple[str, ...], move: bool, yes: bool) -> None:
    """Publish the versions that stand in content/sequences, of NAMES or all; say first who is affected."""
    chosen = _chosen(names)
    with attached_database(attached_settings()) as database, database.transaction() as session:
        try:
            if yes:
                moment = now(session)
                found = publishing.publish(session, chosen, move=move, actor=_ACTOR, now=moment)
            else:
                found = publishing.unpublished(session, chosen, move=move)
        except Conflict as fault:
            raise CommandError(str(fault)) from fault
    for one in found:
        _tell(one, move=move, done=yes)
    if not found:
        click.echo(
            "nothing to publish: content/sequences holds no version that is new; a retired one stays retired"
        )
    elif not yes:
        click.echo("nothing was changed; with --yes it is done")


@sequences.command("retire")
@click.argument("name")
def retire(name: str) -> None:
    """Let nobody into a sequence any more; who is on their way goes on."""
    with attached_database(attached_settings()) as database, database.transaction() as session:
        try:
            left = publishing.retire(session, name, actor=_ACTOR, now=now(session))
        except NotFound as fault:
            raise CommandError(str(fault)) from fault
    click.echo(f"{name} lets nobody in any more; {_clients(left)} on their way go on")


sequences.add_command(outcome)


def _chosen(names: tuple[str, ...]) -> list[Sequence]:
    try:
        known = Content.load(CONTENT).sequences
    except ContentError as fault:
        raise CommandError(str(fault)) from fault
    for name in names:
        if name not in known:
            raise CommandError(f"there is no content/sequences/{name}.yaml; there are: {', '.join(known)}")
    return [one for name, one in known.items() if not names or name in names]


def _tell(one: Publication, *, move: bool, done: bool) -> None:
    new = f"{one.name} version {one.version}"
    before = "the first" if one.live is None else f"after version {one.live}"
    if one.live == one.version:
        click.echo(f"{new}: live already")
    else:
        click.echo(f"{new}: {'published' if done else 'to publish'}, {before}")
    if not one.affected:
        return
    way = (
        "go on in it once the letter that is planned has gone"
        if move
        else "stay with the version they started on"
    )
    click.echo(f"  {_clients(one.affected)} under way {way}")
    for step, number in sorted(one.on_their_way.items()):
        click.echo(f"    {_place(step)}: {number:,}")
    for client in one.first:
        said = f"version {client.version}, {_place(client.step)}"
        click.echo(f"    {client.client_id}  {said}  {client.name}".rstrip())
    if one.affected > len(one.first):
        click.echo(f"    and {one.affected - len(one.first):,} more")


def _place(step: str) -> str:
    return f"before {step}" if step else "no letter planned now"


def _line(view: SequenceView) -> str:
    sequence, counts = view.sequence, view.enrollments
    state = "retired" if view.retired_at else "live"
    said = f"{sequence.name:14} version {sequence.version:<3} {state:8} rank {sequence.rank}"
    return f"{said}  {counts.get('active', 0):,} under way, {counts.get('ended', 0):,} ended"


def _clients(number: int) -> str:
    return f"{number:,} client{'' if number == 1 else 's'}"
