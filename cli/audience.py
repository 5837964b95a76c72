"""`waypoint audience`: for whom a filter holds, before it goes into a sequence or a campaign."""

from pathlib import Path

import click

from cli.attach import attached_database, attached_settings
from cli.faults import CommandError
from coaching.adapters.content import Content, ContentError
from coaching.adapters.database import now
from coaching.adapters.yaml_files import YamlFile
from coaching.domain.audiences import Filter
from coaching.domain.faults import DocumentFaults
from coaching.settings import CONTENT
from coaching.usecases.count_audience import Member, count_audience, read_audience


@click.group("audience")
def audience() -> None:
    """Ask for whom a filter holds."""


@audience.command("count")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
def count(file: Path) -> None:
    """Say how many clients the filter in FILE has (YAML or JSON; - reads it from standard input)."""
    asked = _read(Path("/dev/stdin") if str(file) == "-" else file)
    with attached_database(attached_settings()) as database, database.transaction() as session:
        found = count_audience(session, asked, now=now(session))
    click.echo(f"{found.total:,} client{'' if found.total == 1 else 's'}")
    for one in found.first:
        click.echo(_line(one))
    if found.total > len(found.first):
        click.echo(f"  and {found.total - len(found.first):,} more")


def _read(path: Path) -> Filter:
    """Return the filter of a file; every fault is a line with its file and line."""
    try:
        dimensions = Content.load(CONTENT).dimensions
        file = YamlFile(path)
        try:
            return read_audience(file.root, dimensions)
        except DocumentFaults as faults:
            for where, reason in faults.faults:
                file.fault(where, reason)
            file.refuse_faults()
            raise  # not reached: there is no DocumentFaults without a fault
    except ContentError as error:
        raise CommandError(str(error)) from error


def _line(one: Member) -> str:
    return f"  {one.client_id}  {one.stage or '-':10}  {one.name}".rstrip()
