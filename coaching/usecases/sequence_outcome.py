"""Tells what became of a sequence: step by step, and beside those who were left alone."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Sequence as Many
from datetime import datetime

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequence_outcome import (
    ChangeOutcome,
    GoalOutcome,
    Outcome,
    Retest,
    Retests,
    StepCounts,
    Tally,
    Ways,
)
from coaching.domain.sequences import Sequence
from coaching.usecases.outcome_queries import (
    count_goals,
    count_letters,
    count_ways,
    enrolled,
    find_retests,
)


def sequence_outcome(session: Session, name: str, version: int | None = None, *, now: datetime) -> Outcome:
    """Return what became of everybody who was let into a sequence, or into one version of it.

    A version's are those who began in it, though they may have gone on in a newer one. Raises NotFound.
    """
    every = _versions(session, name)
    chosen = [one for one in every if version in {None, one.version}]
    if not chosen:
        raise NotFound(f"There is no version {version} of the sequence {name}.")
    ways = enrolled(name, [one.version for one in chosen])
    return Outcome(
        name=name,
        version=version,
        versions=[one.version for one in every],
        at=now,
        ways=_ways(session, ways),
        steps=_steps(session, ways, chosen),
        goal=_goal(session, ways, chosen, now),
        change=_change(session, ways, chosen),
    )


def _versions(session: Session, name: str) -> list[Sequence]:
    """Return all versions of a sequence, the newest first. Raises NotFound."""
    row = tables.SequenceVersion
    asked = select(row.content).where(row.name == name).order_by(row.version.desc())
    # No database takes every character that an address may hold.
    contents = session.scalars(asked).all() if name.isprintable() else []
    if not contents:
        raise NotFound(f"There is no sequence {name}.")
    return [read_sequence(content) for content in contents]


def _ways(session: Session, ways: CTE) -> Ways:
    entered = by_hand = held_out = under_way = 0
    ended: Counter[str] = Counter()
    for row in session.execute(count_ways(ways)):
        if row.held_out:
            held_out += row.number
            continue
        entered += row.number
        by_hand += 0 if row.by_rule else row.number
        under_way += row.number if row.state == "active" else 0
        if row.end_reason is not None:
            ended[row.end_reason] += row.number
    return Ways(entered, by_hand, held_out, under_way, dict(ended.most_common()))


def _steps(session: Session, ways: CTE, chosen: Iterable[Sequence]) -> list[StepCounts]:
    """Return the steps in the order of the newest version, then those that only others have."""
    letters: dict[str, str] = {}
    for sequence in chosen:
        for step in sequence.steps():
            letters.setdefault(step.key, step.letter)
    counts = {}
    for row in session.execute(count_letters(ways)):
        letter = letters.setdefault(row.step, row.letter)
        counts[row.step] = StepCounts(row.step, letter, row.planned, row.sent, row.skipped, row.acted_on)
    return [counts.get(key, StepCounts(key, letter)) for key, letter in letters.items()]


def _goal(session: Session, ways: CTE, chosen: Many[Sequence], now: datetime) -> GoalOutcome | None:
    compared = _compared([one for one in chosen if one.goal is not None])
    goals = [(one.version, one.goal) for one in compared if one.goal is not None]
    if not goals:
        return None
    rows = {row.held_out: row for row in session.execute(count_goals(ways, goals, now))}
    groups = {held_out: Tally(row.counted, row.reached, row.too_early) for held_out, row in rows.items()}
    return GoalOutcome(
        goal=goals[0][1],
        entered=groups.get(False, Tally()),
        held_out=groups.get(True, Tally()),
        holds_out=compared[0].hold_out > 0,
        mixed=len({(one.goal, one.hold_out) for one in compared}) > 1,
    )


def _change(session: Session, ways: CTE, chosen: Many[Sequence]) -> ChangeOutcome | None:
    about = [one for one in chosen if one.dimension is not None]
    if not about or about[0].dimension is None:
        return None
    dimension = about[0].dimension
    compared = _compared([one for one in about if one.dimension == dimension])
    pairs: dict[bool, list[Retest]] = {False: [], True: []}
    for row in session.execute(find_retests(ways, [one.version for one in compared], dimension)):
        pairs[row.held_out].append(Retest(row.before, row.after, row.error, row.same_version))
    return ChangeOutcome(
        dimension, Retests(tuple(pairs[False])), Retests(tuple(pairs[True])), compared[0].hold_out > 0
    )


def _compared(versions: list[Sequence]) -> list[Sequence]:
    """Return the versions that leave somebody alone, all where none does: others have no counterpart."""
    return [one for one in versions if one.hold_out] or versions
