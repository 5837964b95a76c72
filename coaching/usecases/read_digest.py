"""What a coach should see this morning: of their own clients, and an admin also of those without a coach.

Everything is looked up as it stands now: what has been seen to meanwhile is on no list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import UUID as UUID_
from sqlalchemy import ColumnElement, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.domain import digest_phrases as say
from coaching.domain import local_time
from coaching.domain.digests import MOST_LINES, Kind, Listing, Morning, Span, Thing, overdue_days, span_of
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.plan_rows import is_the_clients_own

# Columns of several tables: names and types are in what each list selects.
_Query = Any
_Line = Any


@dataclass(frozen=True)
class _Look:
    """One look at a coach's clients on one morning."""

    session: Session
    coach: tables.Coach
    morning: Morning
    span: Span

    @property
    def theirs(self) -> ColumnElement[bool]:
        """The condition that a client is theirs to look after."""
        own = tables.Client.coach_id == self.coach.id
        return or_(own, tables.Client.coach_id.is_(None)) if self.coach.admin else own

    def is_new(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that something became so since the last list."""
        return and_(at > self.span.after, at <= self.span.until)

    def on(self, at: datetime) -> date:
        """Return the day of an instant where the coach is."""
        return local_time.local(at, self.morning.zone).date()

    @property
    def today(self) -> date:
        """The day of the list."""
        return self.morning.on


def read_digest(session: Session, coach: tables.Coach, morning: Morning) -> tuple[Listing, ...]:
    """Return the lists that have something on them, in their order."""
    look = _Look(session, coach, morning, span_of(morning, _last_due_at(session, coach, morning)))
    listings = (_LISTS[kind](look) for kind in say.HEADINGS)
    return tuple(one for one in listings if one.total)


def _last_due_at(session: Session, coach: tables.Coach, morning: Morning) -> datetime | None:
    """Return when the last list was due that went out for certain; what never did is told again."""
    return session.scalar(
        select(tables.Message.due_at)
        .join(tables.Batch, tables.Batch.id == tables.Message.batch_id)
        .where(
            tables.Message.recipient_id == coach.id,
            tables.Message.slot_key.like("digest:%"),
            tables.Message.due_at < morning.due_at,
            tables.Batch.state == "accepted",
        )
        .order_by(tables.Message.due_at.desc())
        .limit(1)
    )


def _to_approve(look: _Look) -> Listing:
    running = aliased(tables.Plan)
    drafted_at = func.greatest(
        tables.Plan.created_at, tables.Submission.accepted_at, tables.Client.confirmed_at
    )
    told_again = look.is_new(tables.Plan.told_at.expression)
    runs = select(running.id).where(running.client_id == tables.Client.id, running.state == "active").exists()
    rows = _rows(
        look,
        _select(tables.Client.name, tables.Plan.created_at, runs, told_again)
        .join(tables.Plan, tables.Plan.client_id == tables.Client.id)
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .where(tables.Plan.state == "draft", is_the_clients_own(), or_(look.is_new(drafted_at), told_again)),
        drafted_at,
    )
    return _listing(
        "to_approve",
        rows,
        lambda row: say.to_approve(look.on(row[1]), changes=row[2], again=bool(row[3]), today=look.today),
    )


def _unsure(look: _Look) -> Listing:
    scored_at = func.greatest(tables.Score.at, tables.Submission.accepted_at, tables.Client.confirmed_at)
    mistrusted = func.coalesce(tables.Score.result["quality"]["confidence"].astext == "low", False)
    open_ended = or_(tables.Score.profile.is_(None), tables.Score.certainty == "borderline")
    rows = _rows(
        look,
        _select(tables.Client.name, tables.Submission.at, mistrusted, tables.Score.profile)
        .join(tables.Submission, tables.Submission.client_id == tables.Client.id)
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(is_the_clients_own(), look.is_new(scored_at), or_(mistrusted, open_ended)),
        tables.Submission.at,
    )
    return _listing(
        "unsure",
        rows,
        lambda row: say.unsure(look.on(row[1]), trusted=not row[2], profile=row[3], today=look.today),
    )


def _overdue(look: _Look) -> Listing:
    """Not of clients who pause: their dates rest, too."""
    after, until = overdue_days(look.morning, look.span)
    paused = (
        select(tables.Pause.id)
        .where(tables.Pause.client_id == tables.Client.id, tables.Pause.ended_at.is_(None))
        .exists()
    )
    query = (
        _select(tables.Client.name, tables.Milestone.title, tables.Milestone.due_on)
        .join(tables.Milestone, tables.Milestone.client_id == tables.Client.id)
        .join(tables.Plan, tables.Plan.id == tables.Milestone.plan_id)
        .where(
            tables.Plan.state == "active",
            tables.Milestone.state.in_(OPEN_MILESTONES),
            tables.Milestone.due_on <= until,
            ~paused,
        )
    )
    if after is not None:
        query = query.where(tables.Milestone.due_on > after)
    return _listing(
        "overdue",
        _rows(look, query, tables.Milestone.due_on),
        lambda row: say.overdue(row[1], row[2], today=look.today),
    )


def _silent(look: _Look) -> Listing:
    acted_at = tables.Client.last_acted_at
    query = _about_facts(look, EventKind.CLIENT_WENT_QUIET, tables.Client.name, tables.Event.at).where(
        or_(acted_at.is_(None), acted_at < tables.Event.at)
    )
    return _listing(
        "silent",
        _rows(look, query, tables.Event.at),
        lambda row: say.silent(look.on(row[1]), today=look.today),
    )


def _quiet(look: _Look) -> Listing:
    tie = tables.Relationship
    query = (
        _about_facts(
            look,
            EventKind.RELATIONSHIP_WENT_QUIET,
            tables.Client.name,
            tie.name,
            tie.kind,
            tie.last_contact_on,
        )
        .join(tie, tie.id == tables.Event.subject_id)
        .where(tie.state == "quiet")
    )
    return _listing(
        "quiet",
        _rows(look, query, tables.Event.at),
        lambda row: say.quiet(row[1], row[2], row[3], today=look.today),
    )


def _not_useful(look: _Look) -> Listing:
    step, tie, deed = tables.Milestone, tables.Relationship, tables.Deed
    is_meant = tables.Event.data["what"].astext == "not_useful"
    about = case((is_meant, cast(tables.Event.data["about"].astext, UUID_)), else_=None)
    taken_back = (
        select(deed.id)
        .where(
            deed.client_id == tables.Client.id,
            deed.purpose == int(Purpose.NOT_USEFUL),
            deed.at == tables.Event.at,
            deed.about.is_not_distinct_from(about),
            deed.undone_at.is_not(None),
        )
        .exists()
    )
    query = (
        _about_facts(
            look, EventKind.CLIENT_ACTED, tables.Client.name, tables.Event.at, step.title, tie.name, tie.kind
        )
        .outerjoin(step, step.id == about)
        .outerjoin(tie, tie.id == about)
        .where(is_meant, ~taken_back)
    )
    return _listing(
        "not_useful",
        _rows(look, query, tables.Event.at),
        lambda row: say.not_useful(_meant(row), look.on(row[1]), today=look.today),
    )


def _meant(row: _Line) -> str | None:
    title, name, kind = row[2], row[3], row[4]
    if title is not None:
        return say.step(title)
    return None if name is None else say.tie(name, kind)


def _unmatched(look: _Look) -> Listing:
    """Only admins see them, whosever client they name: whoever set up the other program is at their side."""
    if not look.coach.admin:
        return Listing("unmatched", (), 0)
    report = tables.MilestoneReport
    query = (
        _select(tables.Client.name, tables.Client.id, report.kind, report.given, report.recorded_at)
        .select_from(report)
        .outerjoin(tables.Client, tables.Client.id == report.client_id)
        .where(report.milestone_id.is_(None), look.is_new(report.recorded_at.expression))
        .order_by(report.recorded_at.desc(), report.id)
        .limit(MOST_LINES)
    )
    rows = look.session.execute(query).all()
    things = tuple(
        Thing(
            say.client_name(name) if client_id is not None else say.stranger(given),
            say.unmatched(kind, given, look.on(at), today=look.today),
        )
        for name, client_id, kind, given, at, _ in rows
    )
    return Listing("unmatched", things, rows[0].total if rows else 0)


def _about_facts(look: _Look, kind: EventKind, *columns: Any) -> _Query:
    """Begin a query for what became known of clients since the last list."""
    return (
        _select(*columns)
        .select_from(tables.Event)
        .join(tables.Client, tables.Client.id == tables.Event.client_id)
        .where(tables.Event.kind == kind, look.is_new(tables.Event.at.expression))
    )


def _select(*columns: Any) -> _Query:
    """Begin a query whose last column counts all lines there are, whatever its limit."""
    return select(*columns, func.count().over().label("total"))


def _rows(look: _Look, query: _Query, newest: Any) -> Sequence[_Line]:
    """Read the first lines, newest first, of confirmed clients who are the coach's to look after."""
    return look.session.execute(
        query.where(look.theirs, tables.Client.confirmed_at.is_not(None))
        .order_by(newest.desc(), tables.Client.id)
        .limit(MOST_LINES)
    ).all()


def _listing(kind: Kind, rows: Sequence[_Line], what: Callable[[_Line], str]) -> Listing:
    things = tuple(Thing(say.client_name(row[0]), what(row)) for row in rows)
    return Listing(kind, things, rows[0].total if rows else 0)


_LISTS: dict[Kind, Callable[[_Look], Listing]] = {
    "to_approve": _to_approve,
    "unsure": _unsure,
    "overdue": _overdue,
    "silent": _silent,
    "quiet": _quiet,
    "not_useful": _not_useful,
    "unmatched": _unmatched,
}
