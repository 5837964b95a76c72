"""`waypoint preview`: look at a letter with sample data before anybody receives it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import click

from coaching.adapters.content import Content
from coaching.adapters.rendering import Carried, Frame, Letter, Stationery
from coaching.domain.drip_letters import DRIP_LETTERS
from coaching.domain.letter_values import LetterValues
from coaching.domain.letters import LETTERS, LetterError, LetterTemplate, letter
from coaching.settings import CONTENT, TEMPLATES


@click.command("preview")
@click.argument("name", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/letters"),
    show_default=True,
    help="folder to write to",
)
@click.option("--firm", envvar="MAIL_FROM_NAME", default="The firm", help="firm's name [env MAIL_FROM_NAME]")
@click.option(
    "--address",
    envvar="MAIL_POSTAL_ADDRESS",
    default="1 Example Street, 00000 Town",
    help="postal address in the footer [env MAIL_POSTAL_ADDRESS]",
)
def preview(name: str | None, out: Path, firm: str, address: str) -> None:
    """Write the letter NAME with sample data as HTML and text; without NAME, list the letters."""
    if not name:
        for template in LETTERS.values():
            click.echo(template.name)
        return
    try:
        template = letter(name)
        stationery = Stationery(TEMPLATES / "email", Frame(firm, address, "http://127.0.0.1"))
        values = _with_reason(template)
        sample = stationery.render(name, values, _riding(template))
        preheader = stationery.preheader(name, values)
    except LetterError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"subject:     {sample.subject}")
    click.echo(f"preheader:   {preheader}")
    click.echo(f"size:        {len(sample.html.encode()) / 1024:.1f} KB of HTML; Gmail cuts at 102 KB")
    click.echo(f"makes sense: until {_in_words(template.expires_after)} after it is due")
    for path in _write(sample, out, name):
        click.echo(path)


def _with_reason(template: LetterTemplate) -> LetterValues:
    """Return the sample values; a sequence's letter gives the reason that the sequence has."""
    if template.name not in DRIP_LETTERS:
        return template.sample
    return replace(template.sample, why=_reasons().get(template.name, template.sample.why))


@cache
def _reasons() -> Mapping[str, str]:
    """Return the reason of each letter that a sequence has."""
    sequences = Content.load(CONTENT).sequences.values()
    return {step.letter: one.why for one in sequences for step in one.steps()}


def _riding(template: LetterTemplate) -> list[Carried]:
    """Give a host the section of everything that may ride in it."""
    guests = [one for one in LETTERS.values() if one.mergeable and one.reader == template.reader]
    return [(one.name, one.sample) for one in guests if template.hosts]


def _in_words(span: timedelta) -> str:
    unit, count = ("day", span.days) if span.days else ("hour", span.seconds // 3600)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _write(sample: Letter, out: Path, name: str) -> tuple[Path, Path]:
    out.mkdir(parents=True, exist_ok=True)
    html, text = out / f"{name}.html", out / f"{name}.txt"
    html.write_text(sample.html, encoding="utf-8")
    text.write_text(f"Subject: {sample.subject}\n\n{sample.text}", encoding="utf-8")
    return html, text
