"""`waypoint sequences outcome`: what became of a sequence, and how much that says."""

import json
from collections.abc import Iterator, Sequence

import click

from cli.attach import attached_database, attached_settings
from cli.faults import CommandError
from coaching.adapters.database import now
from coaching.domain.errors import NotFound
from coaching.domain.intervals import Interval
from coaching.domain.outcome_documents import outcome_document
from coaching.domain.outcome_phrases import said
from coaching.domain.sequence_outcome import ChangeOutcome, GoalOutcome, Outcome, Retests, StepCounts, Tally
from coaching.usecases.sequence_outcome import sequence_outcome

Row = Sequence[str]


@click.command("outcome")
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Only who began in this one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def outcome(name: str, version: int | None, as_json: bool) -> None:
    """Say what became of those who were let into NAME, beside those who were left alone."""
    with attached_database(attached_settings()) as database, database.transaction() as session:
        try:
            found = sequence_outcome(session, name, version, now=now(session))
        except NotFound as fault:
            raise CommandError(str(fault)) from fault
    if as_json:
        click.echo(json.dumps(outcome_document(found), indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Outcome) -> Iterator[str]:
    yield from _head(found)
    yield ""
    yield from _table(
        ("step", "letter", "planned", "to come", "sent", "skipped", "acted on"), _steps(found.steps)
    )
    if found.goal is not None:
        yield ""
        yield from _goal(found.goal)
    if found.change is not None:
        yield ""
        yield from _change(found.change)
    yield ""
    yield from said(found)


def _head(found: Outcome) -> Iterator[str]:
    ways = found.ways
    if found.version is None:
        which = ", ".join(str(one) for one in sorted(found.versions))
        yield f"{found.name}, all versions together ({which})"
    else:
        yield f"{found.name} version {found.version}"
    hand = f" ({ways.by_hand:,} by hand)" if ways.by_hand else ""
    yield f"{ways.entered:,} let in{hand}, {ways.held_out:,} left alone, {ways.under_way:,} under way"
    if ways.ended:
        yield "ended: " + ", ".join(f"{reason} {number:,}" for reason, number in ways.ended.items())


def _steps(steps: Sequence[StepCounts]) -> Iterator[Row]:
    for one in steps:
        numbers = (one.planned, one.to_come, one.sent, one.skipped, one.acted_on)
        yield (one.key, one.letter, *(f"{number:,}" for number in numbers))


def _goal(goal: GoalOutcome) -> Iterator[str]:
    facts = " or ".join(
        f"{one.event} ({one.dimension})" if one.dimension else one.event for one in goal.goal.facts
    )
    yield f"goal: {facts} within {goal.goal.within_days} days"
    head = ("", "clients", "reached", "rate", "may lie between", "too early")
    yield from _table(head, [_tally("let in", goal.entered), _tally("left alone", goal.held_out)])


def _tally(group: str, tally: Tally) -> Row:
    rate = "-" if tally.rate is None else f"{tally.rate:.1%}"
    between = _between(tally.interval, "{:.1%}")
    return (group, f"{tally.counted:,}", f"{tally.reached:,}", rate, between, f"{tally.too_early:,}")


def _change(change: ChangeOutcome) -> Iterator[str]:
    yield f"score of {change.dimension}, before and again"
    head = ("", "clients", "mean change", "error", "may lie between", "likely up", "likely down")
    yield from _table(head, [_retests("let in", change.entered), _retests("left alone", change.held_out)])


def _retests(group: str, one: Retests) -> Row:
    return (
        group,
        f"{len(one.pairs):,}",
        "-" if one.mean is None else f"{one.mean:+z.1f}",
        "-" if one.error is None else f"{one.error:.1f}",
        _between(one.interval, "{:+z.1f}"),
        f"{one.likely_up:,}",
        f"{one.likely_down:,}",
    )


def _between(interval: Interval | None, form: str) -> str:
    return "-" if interval is None else f"{form.format(interval.low)} and {form.format(interval.high)}"


def _table(head: Row, rows: Iterator[Row] | list[Row]) -> Iterator[str]:
    """Yield lines with words to the left and numbers to the right."""
    every = [head, *rows]
    widths = [max(len(row[n]) for row in every) for n in range(len(head))]
    left = 2 if head[0] else 1
    for row in every:
        cells = (
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells).rstrip()
