"""`waypoint rehearse`: what would be sent in the days ahead, to whom, when and why, and what would not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import click

from cli.attach import attached_database, attached_settings
from cli.faults import CommandError
from coaching.adapters.content import Content, ContentError, load_plan_rules
from coaching.adapters.database import now
from coaching.adapters.house import House
from coaching.adapters.rehearsal_page import rehearsal_page
from coaching.adapters.secrets import Secrets
from coaching.adapters.sequence_files import load_sequence
from coaching.domain.errors import NotFound
from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, NOT_FORESEEN, Assumption
from coaching.domain.rehearsal.documents import rehearsal_document
from coaching.domain.rehearsal.outcome import Rehearsal, by_day_and_family, differences, totals
from coaching.domain.sequences import Sequence
from coaching.settings import CONTENT
from coaching.usecases.rehearse import LONGEST_DAYS, Question, read_only, rehearse_beside
from coaching.usecases.rehearse_plans import NewRules


@click.command("rehearse")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), required=True, help="So many days ahead.")
@click.option("--client", "client_ids", type=click.UUID, multiple=True, help="Only these.")
@click.option(
    "--people",
    type=click.Choice(list(ASSUMPTIONS)),
    default="nobody",
    show_default=True,
    help="Who acts on letters.",
)
@click.option("--sequence", "file", type=click.Path(exists=True, path_type=Path), help="As if it were live.")
@click.option(
    "--plan-rules",
    "rules_file",
    type=click.Path(exists=True, path_type=Path),
    help="As if plans followed these.",
)
@click.option("--move", is_flag=True, help="With --sequence: who is under way goes on in it.")
@click.option("--against", type=click.Choice(["live"]), help="Show only what the file changes.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write a page with weeks to this file.")
def rehearse_command(  # noqa: PLR0917 - one for each option
    days: int,
    client_ids: tuple[UUID, ...],
    people: Assumption,
    file: Path | None,
    rules_file: Path | None,
    move: bool,
    against: str | None,
    as_json: bool,
    page: Path | None,
) -> None:
    """Run the days ahead in memory by the same rules as the live system. Nothing is sent or changed."""
    if file is None and move:
        raise click.UsageError("--move says what becomes of a --sequence FILE")
    if against and file is None and rules_file is None:
        raise click.UsageError("--against needs a --sequence FILE or a --plan-rules FILE to compare")
    asked = Question(
        days,
        people,
        client_ids or None,
        _sequence(file) if file else None,
        move,
        _rules(rules_file) if rules_file else None,
    )
    found, beside = _run(asked, against_live=against is not None)
    if page:
        _write(page, rehearsal_page(found, people, beside))
    if as_json:
        letters = beside.letters if beside else None
        document = rehearsal_document(found.letters, found.exits, people, letters, found.plans)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    elif beside is not None:
        _tell_differences(beside, found)
    else:
        _tell(found, people)


def _write(page: Path, text: str) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise CommandError(f"{page}: can't be written: {fault.strerror}") from fault


def _run(asked: Question, *, against_live: bool) -> tuple[Rehearsal, Rehearsal | None]:
    """Rehearse, and beside it the live rules, on the same snapshot."""
    settings = attached_settings()
    secrets = Secrets(settings.secret_keys, settings.hash_pepper)
    asked = replace(asked, starts_alone=settings.plans_start_unapproved)
    content = _content()
    with attached_database(settings) as database, database.transaction() as session:
        read_only(session)
        may_write_to = House(settings, database, content, secrets).may_write_to
        try:
            return rehearse_beside(
                session, asked, against_live=against_live, may_write_to=may_write_to, now=now(session)
            )
        except NotFound as fault:
            raise CommandError(str(fault)) from fault


def _rules(file: Path) -> NewRules:
    content = _content()
    instruments = content.instruments.get(file.stem)
    if instruments is None:
        raise CommandError(f"{file.name}: there is no instrument {file.stem}; plan rules are named after one")
    try:
        rules = load_plan_rules(file, tuple(instruments.values()))
    except ContentError as fault:
        raise CommandError(str(fault)) from fault
    return NewRules(rules, instruments, content.plan_rules(file.stem))


def _content() -> Content:
    """Read the firm's content; every fault is a line with its file and line."""
    try:
        return Content.load(CONTENT)
    except ContentError as fault:
        raise CommandError(str(fault)) from fault


def _sequence(file: Path) -> Sequence:
    dimensions = _content().dimensions
    try:
        return load_sequence(file, dimensions)
    except ContentError as fault:
        raise CommandError(str(fault)) from fault


def _tell(found: Rehearsal, people: Assumption) -> None:
    sums = totals(found.letters, found.exits)
    click.echo(f"{found.began_at:%Y-%m-%d} to {found.until:%Y-%m-%d}, {found.clients:,} clients")
    click.echo(f"{ASSUMPTIONS[people]} Nothing is sent or changed.")
    for day, counts in by_day_and_family(found.letters).items():
        said = ", ".join(f"{family} {number:,}" for family, number in sorted(counts.items()))
        click.echo(f"{day:%a %Y-%m-%d}  {sum(counts.values()):6,}  {said}")
    _tell_counts("letters", sums["outcomes"])
    _tell_counts("put off", sums["waits"])
    _tell_counts("ways that end", sums["exits"])
    for said in NOT_FORESEEN:
        click.echo(f"not foreseen: {said}")
    if found.clients == 1:
        for one in found.letters:
            click.echo(f"{one.local_at:%a %Y-%m-%d %H:%M}  {one.outcome:6}  {one.template}: {one.reason}")


def _tell_counts(what: str, counts: Mapping[str, int]) -> None:
    if counts:
        click.echo(f"{what}:")
        for name, number in sorted(counts.items(), key=lambda one: -one[1]):
            click.echo(f"  {number:6,}  {name}")


def _tell_differences(live: Rehearsal, then: Rehearsal) -> None:
    for change in then.plans:
        click.echo(f"{change.client_id}  plan: {change.difference.words}")
    found = differences(live.letters, then.letters)
    for one in found:
        before = f"{one.live.local_at:%Y-%m-%d %H:%M}" if one.live else "doesn't come"
        after = f"{one.other.local_at:%Y-%m-%d %H:%M}" if one.other else "doesn't come"
        click.echo(f"{one.client_id}  {one.template:24}  live {before:16}  then {after}")
    clients = len({one.client_id for one in found})
    click.echo(f"{len(found):,} letters of {clients:,} clients would be different")
    if then.plans:
        planned = len({one.client_id for one in then.plans})
        click.echo(f"{len(then.plans):,} things in the plans of {planned:,} clients would be different")
