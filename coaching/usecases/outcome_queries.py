"""The queries behind a sequence's outcome: each asks once for everybody."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Select,
    Subquery,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, distinct_on

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.domain.sequence_outcome import RETEST_DAYS
from coaching.domain.sequences import Awaited, Goal
from coaching.usecases.about_facts import COUNTS
from coaching.usecases.enrollments import BY_RULE

_NOT_SENT = ("skipped", "expired", "failed")
_SENT = table("sent_letter", column("id"))
_DAY_HOURS = 24


def enrolled(name: str, versions: Collection[int]) -> CTE:
    """Return the ways through a sequence that began in these versions, each with whether it was held out.

    Who is moved gets another version, and who is ended by hand another state: how it began stays what counts.
    """
    one, published = tables.Enrollment, tables.SequenceVersion
    newest = (
        select(func.max(published.version))
        .where(published.name == one.sequence, published.published_at <= one.started_at)
        .scalar_subquery()
    )
    began_in = func.least(one.version, newest)  # in SQL the least of a number and nothing is the number
    # By client, since facts are found by theirs.
    was_held_out = exists().where(
        tables.Event.client_id == one.client_id,
        tables.Event.subject_id == one.id,
        tables.Event.kind == EventKind.SEQUENCE_HELD_OUT,
    )
    return (
        select(
            one.id,
            one.client_id,
            one.state,
            one.end_reason,
            one.started_at,
            (one.actor == BY_RULE).label("by_rule"),
            began_in.label("version"),
            or_(one.state == "held_out", and_(one.end_reason == "withdrawn", was_held_out)).label("held_out"),
        )
        .where(one.sequence == name, began_in.in_(versions))
        .cte("enrolled")
    )


def count_ways(ways: CTE) -> Select[Any]:
    """Return the query for how many there are, by held_out, by_rule, state and end_reason."""
    kinds = (ways.c.held_out, ways.c.by_rule, ways.c.state, ways.c.end_reason)
    return select(*kinds, func.count().label("number")).group_by(*kinds)


def count_letters(ways: CTE) -> Select[Any]:
    """Return the query for the letters by step. Machines' clicks don't count, and opens are never asked."""
    letter = tables.Message
    step = letter.detail["step"].astext
    went = exists().where(_SENT.c.id == func.coalesce(letter.merged_into, letter.id))
    return (
        select(
            step.label("step"),
            func.max(letter.template).label("letter"),
            func.count().label("planned"),
            func.count().filter(went).label("sent"),
            func.count().filter(letter.state.in_(_NOT_SENT)).label("skipped"),
            func.count().filter(_acted_on()).label("acted_on"),
        )
        .select_from(ways)
        .join(letter, letter.recipient_id == ways.c.client_id)
        .where(
            letter.family == "drip",
            letter.state != "cancelled",
            letter.detail["enrollment"].astext == func.text(ways.c.id),
        )
        .group_by(step)
    )


def count_goals(ways: CTE, goals: Iterable[tuple[int, Goal]], now: datetime) -> Select[Any]:
    """Return the query for clients by held_out: whose days are over, and who of them reached the goal.

    Goals are those of the versions. Each client counts once, with their first way in these.
    """
    goals = list(goals)
    first = _first(ways, [version for version, _ in goals])
    until = first.c.started_at + func.make_interval(
        0, 0, 0, 0, _DAY_HOURS * case(*((first.c.version == one, goal.within_days) for one, goal in goals))
    )
    fact = or_(*(and_(first.c.version == one, _is_for(goal)) for one, goal in goals))
    reached = exists().where(
        tables.Event.client_id == first.c.client_id,
        tables.Event.at > first.c.started_at,
        tables.Event.at <= until,
        fact,
    )
    over = until <= now
    return select(
        first.c.held_out,
        func.count().filter(over).label("counted"),
        func.count().filter(over, reached).label("reached"),
        func.count().filter(~over).label("too_early"),
    ).group_by(first.c.held_out)


def find_retests(ways: CTE, versions: Collection[int], dimension: str) -> Select[Any]:
    """Return the query for scores of a dimension, before and after, of each client who has both.

    Both by the same instrument: what other questions would have said is no change.
    """
    first = _first(ways, versions)
    retest_at = first.c.started_at + func.make_interval(0, 0, 0, 0, _DAY_HOURS * RETEST_DAYS)
    scores = _scores(dimension, first.c.client_id)
    at = tables.Submission.at
    before = _newest(scores.where(at <= first.c.started_at)).lateral("before")
    again = scores.where(at >= retest_at, tables.Submission.instrument == before.c.instrument)
    after = _newest(again).lateral("after")
    return (
        select(
            first.c.held_out,
            before.c.score.label("before"),
            after.c.score.label("after"),
            func.sqrt(before.c.sem * before.c.sem + after.c.sem * after.c.sem).label("error"),
            (before.c.version == after.c.version).label("same_version"),
        )
        .select_from(first)
        .join(before, true())
        .join(after, true())
    )


def _first(ways: CTE, versions: Collection[int]) -> Subquery:
    """Return each client's first way that chance has placed: nobody counts twice, nobody was chosen."""
    return (
        select(ways)
        .where(ways.c.by_rule, ways.c.version.in_(versions))
        .order_by(ways.c.client_id, ways.c.started_at, ways.c.id)
        .ext(distinct_on(ways.c.client_id))
        .subquery("first")
    )


def _acted_on() -> ColumnElement[bool]:
    letter = tables.Message
    done = exists().where(tables.Deed.message_id == letter.id, tables.Deed.undone_at.is_(None))
    asked = exists().where(
        tables.ContactRequest.client_id == letter.recipient_id,
        tables.ContactRequest.message_id == letter.id,
    )
    clicked = exists().where(
        tables.Receipt.message_id == letter.id,
        tables.Receipt.kind == "click",
        tables.Receipt.machine.is_(False),
    )
    return or_(done, asked, clicked)


def _is_for(goal: Goal) -> ColumnElement[bool]:
    return or_(*(_is(fact) for fact in goal.facts))


def _is(fact: Awaited) -> ColumnElement[bool]:
    same = tables.Event.kind == fact.event
    if fact.dimension is None:
        return same
    return and_(same, tables.Event.data["dimension"].astext == fact.dimension)


def _scores(dimension: str, client_id: ColumnElement[Any]) -> Select[Any]:
    """Return the query for all numbers of a dimension that count of a client; what has no error has none."""
    found = func.jsonb_path_query_first(
        tables.Score.result,
        cast(literal("$.dimensions[*] ? (@.key == $key)"), JSONPATH),
        func.jsonb_build_object("key", dimension),
    )
    part = type_coerce(found, JSONB)
    score, sem = part["score"].astext.cast(Float), part["sem"].astext.cast(Float)
    return (
        select(
            score.label("score"), sem.label("sem"), tables.Submission.instrument, tables.Submission.version
        )
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(tables.Submission.client_id == client_id, *COUNTS, sem > 0)
    )


def _newest(scores: Select[Any]) -> Select[Any]:
    return scores.order_by(
        tables.Submission.at.desc(),
        tables.Submission.id.desc(),
        tables.Score.at.desc(),
        tables.Score.id.desc(),
    ).limit(1)
