"""Where the database has what filters ask: for each field one expression over `client`, for all at once.

The twin of `find` in `coaching/domain/audience_fields.py`; a property test holds the two equal. What belongs
to a client is looked up by index, client by client, as often as the condition is asked.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Double,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.audience_fields import A_YEAR, NO_PLAN, OVERDUE, SHOWN_PLANS, STOPS_LETTERS
from coaching.domain.plan_words import OPEN_MILESTONES

Column = Callable[[str, datetime], ColumnElement[Any]]

_Client = tables.Client
# A dimension of a score, if it has a number.
_SCORED = literal("$.dimensions[*] ? (@.key == $key && @.score != null)").cast(JSONPATH)


def today(now: datetime) -> ColumnElement[Any]:
    """Return the date where the client is. Local time stays in Python: there are only three dates at once."""
    here, elsewhere = _dates(now)
    return case(
        *(
            (_Client.time_zone == func.any(cast(list(zones), ARRAY(Text))), literal(on, Date))
            for on, zones in elsewhere
        ),
        else_=literal(here, Date),
    )


@lru_cache(maxsize=8)
def _dates(now: datetime) -> tuple[Any, tuple[tuple[Any, tuple[str, ...]], ...]]:
    """Return the date in UTC, and each other date that it is somewhere now with the zones where it is."""
    here = local_time.local(now, "UTC").date()
    elsewhere: dict[Any, list[str]] = {}
    for zone in sorted(filter(local_time.is_zone, available_timezones())):
        on = local_time.local(now, zone).date()
        if on != here:
            elsewhere.setdefault(on, []).append(zone)
    return here, tuple((on, tuple(zones)) for on, zones in elsewhere.items())


def _of(query: Select[Any]) -> ColumnElement[Any]:
    """Return the one value that a query finds for each client."""
    return query.correlate(_Client).scalar_subquery()


def _all(column: Any) -> ColumnElement[Any]:
    return func.array_agg(column, type_=ARRAY(Text))


def _list(found: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an array that is empty where there is none."""
    return func.coalesce(found, cast([], ARRAY(Text)), type_=ARRAY(Text))


def _of_newest_score(wanted: Any) -> ColumnElement[Any]:
    """The score of the newest answers that were scored and are the client's own, by the newest rules."""
    form, score = tables.Submission, tables.Score
    return _of(
        select(wanted)
        .select_from(form)
        .join(score, score.submission_id == form.id)
        .where(
            form.client_id == _Client.id,
            form.disowned_at.is_(None),
            or_(form.known_address.is_(False), form.accepted_at.is_not(None), form.trust == "firm"),
        )
        .order_by(form.at.desc(), form.id.desc(), score.at.desc(), score.id.desc())
        .limit(1)
    )


def _of_dimension(key: str, wanted: str) -> ColumnElement[Any]:
    variables = cast({"key": key}, JSONB)
    found = func.jsonb_path_query_first(tables.Score.result, _SCORED, variables, type_=JSONB)
    return _of_newest_score(found[wanted].astext)


def _of_plan(wanted: Any) -> ColumnElement[Any]:
    """Of the plan that runs, else of the one completed last; 'active' sorts before 'completed'."""
    plan = tables.Plan
    return _of(
        select(wanted)
        .select_from(plan)
        .where(plan.client_id == _Client.id, plan.state.in_(SHOWN_PLANS))
        .order_by(plan.state, plan.completed_at.desc())
        .limit(1)
    )


def _focus() -> ColumnElement[Any]:
    plan = tables.Plan
    drafted = func.jsonb_array_elements_text(plan.draft["focus"]).column_valued("drafted")
    in_order = select(_all(drafted)).correlate(plan).scalar_subquery()
    return _list(_of_plan(func.coalesce(plan.focus, in_order)))


def _next_focus(now: datetime) -> ColumnElement[Any]:
    focus = func.unnest(_focus()).table_valued("dimension", with_ordinality="place", name="focus")
    focus = focus.render_derived()
    had = select(tables.Enrollment.id).where(
        tables.Enrollment.client_id == _Client.id,
        tables.Enrollment.sequence == focus.c.dimension,
        tables.Enrollment.started_at > now - A_YEAR,
    )
    return _of(
        select(focus.c.dimension)
        .where(~had.correlate(_Client, focus).exists())
        .order_by(focus.c.place)
        .limit(1)
    )


def _milestones(*wanted: Any) -> Select[Any]:
    return select(*wanted).where(tables.Milestone.plan_id == _of_plan(tables.Plan.id))


def _count_of(state: str, now: datetime) -> ColumnElement[Any]:
    milestone = tables.Milestone
    if state == OVERDUE:
        counts = and_(milestone.state.in_(OPEN_MILESTONES), milestone.due_on < today(now))
    else:
        counts = milestone.state == state
    return _of(_milestones(func.count()).select_from(milestone).where(counts))


def _newest_of(kind: str) -> ColumnElement[Any]:
    milestone = tables.Milestone
    newest = _milestones(milestone.state).where(milestone.kind == kind).order_by(milestone.id.desc())
    return _of(newest.limit(1))


def _next_due(now: datetime) -> ColumnElement[Any]:
    milestone = tables.Milestone
    coming = (milestone.state.in_(OPEN_MILESTONES), milestone.due_on >= today(now))
    return _of(_milestones(func.min(milestone.due_on)).where(*coming))


def _reached() -> ColumnElement[Any]:
    milestone = tables.Milestone
    kept = (milestone.state == "reached", milestone.dimension.is_not(None))
    return _list(_of(_milestones(_all(milestone.dimension)).where(*kept)))


def _relationships(*wanted: Any) -> Select[Any]:
    one = tables.Relationship
    return select(*wanted).select_from(one).where(one.client_id == _Client.id, one.state != "ended")


def _relationships_of(kind: str) -> ColumnElement[Any]:
    return _of(_relationships(func.count()).where(tables.Relationship.kind == kind))


def _unanswered() -> ColumnElement[Any]:
    slot = tables.AttentionSlot
    since = or_(_Client.last_acted_at.is_(None), slot.taken_at > _Client.last_acted_at)
    return _of(select(func.count()).select_from(slot).where(slot.client_id == _Client.id, since))


def _agreed(purpose: str) -> ColumnElement[Any]:
    said = tables.Consent
    newest = (
        select(said.granted)
        .where(said.client_id == _Client.id, said.purpose == purpose)
        .order_by(said.at.desc(), said.id.desc())
        .limit(1)
    )
    return func.coalesce(_of(newest), false())


def _suppressed(*wanted: Any) -> Select[Any]:
    one = tables.Suppression
    return select(*wanted).where(one.address_hash == _Client.address_hash, one.lifted_at.is_(None))


def _letters() -> ColumnElement[Any]:
    stopped = _suppressed(tables.Suppression.id).where(tables.Suppression.scope.in_(sorted(STOPS_LETTERS)))
    return and_(_agreed("letters"), ~stopped.correlate(_Client).exists())


def _paused(now: datetime) -> ColumnElement[Any]:
    pause = tables.Pause
    over_at = func.coalesce(pause.ended_at, case((pause.ending != "shift", pause.until_at)))
    covers = and_(pause.began_at <= now, func.coalesce(over_at > now, literal(value=True)))
    return select(pause.id).where(pause.client_id == _Client.id, covers).correlate(_Client).exists()


def _enrollments(*, active: bool) -> ColumnElement[Any]:
    row = tables.Enrollment
    names = select(_all(row.sequence)).where(row.client_id == _Client.id)
    return _list(_of(names.where(row.state == "active") if active else names))


def _coach() -> ColumnElement[Any]:
    return _of(select(tables.Coach.email_key).where(tables.Coach.id == _Client.coach_id))


# By the names of `coaching.domain.audience_fields.FIELDS`.
COLUMNS: Mapping[str, Column] = {
    "stage": lambda _, __: _Client.stage.expression,
    "profile": lambda _, __: _of_newest_score(tables.Score.profile),
    "certainty": lambda _, __: _of_newest_score(tables.Score.certainty),
    "quality": lambda _, __: cast(null(), Text),
    "composite": lambda _, __: _of_newest_score(tables.Score.composite),
    "score.<dimension>": lambda part, _: cast(_of_dimension(part, "score"), Double),
    "band.<dimension>": lambda part, _: _of_dimension(part, "band"),
    "submitted": lambda _, __: _of_newest_score(tables.Submission.at),
    "focus": lambda _, __: _focus(),
    "next_focus": lambda _, now: _next_focus(now),
    "plan": lambda _, __: func.coalesce(_of_plan(tables.Plan.state), NO_PLAN),
    "milestones.<state>": _count_of,
    "milestone.<kind>": lambda part, _: _newest_of(part),
    "next_due": lambda _, now: _next_due(now),
    "reached": lambda _, __: _reached(),
    "relationships": lambda _, __: _list(_of(_relationships(_all(tables.Relationship.kind)))),
    "relationships.<kind>": lambda part, _: _relationships_of(part),
    "last_contact": lambda _, __: _of(_relationships(func.max(tables.Relationship.last_contact_on))),
    "last_act": lambda _, __: _Client.last_acted_at.expression,
    "acted": lambda _, __: _Client.last_acted_at.is_not(None),
    "unanswered": lambda _, __: _unanswered(),
    "letters": lambda _, __: _letters(),
    "profiling": lambda _, __: _agreed("profiling"),
    "confirmed": lambda _, __: _Client.confirmed_at.is_not(None),
    "suppressed": lambda _, __: _list(_of(_suppressed(_all(tables.Suppression.scope)))),
    "paused": lambda _, now: _paused(now),
    "rhythm": lambda _, __: _Client.rhythm.expression,
    "zone": lambda _, __: _Client.time_zone.expression,
    "coach": lambda _, __: _coach(),
    "tags": lambda _, __: _Client.tags.expression,
    "created": lambda _, __: _Client.created_at.expression,
    "sequences": lambda _, __: _enrollments(active=True),
    "sequences_had": lambda _, __: _enrollments(active=False),
}
