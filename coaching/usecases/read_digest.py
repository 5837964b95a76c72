"""What a coach should see this morning: of their own clients, and an admin also of those without a coach.

Everything is looked up as it stands now: what has been seen to meanwhile is on no list.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.domain import digest_phrases as say
from coaching.domain.digests import MOST_LINES, Kind, Listing, Morning, Thing, overdue_days, span_of
from coaching.domain.events import EventKind
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.digest_rows import (
    Look,
    about_facts,
    listing_of,
    read_clients,
    read_lines,
    select_lines,
    waited_again,
)
from coaching.usecases.digest_told import asked, decided, not_useful, noted, said, suggested
from coaching.usecases.plan_rows import is_the_clients_own


def read_digest(session: Session, coach: tables.Coach, morning: Morning) -> tuple[Listing, ...]:
    """Return the lists that have something on them, in their order."""
    last_due_at = _last_due_at(session, coach, morning)
    look = Look(session, coach, morning, span_of(morning, last_due_at, joined_at=coach.created_at))
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


def _to_approve(look: Look) -> Listing:
    """One draft a client. Beside a plan that runs nobody minds them, so that they wait is seen here."""
    plan, running, newer = tables.Plan, aliased(tables.Plan), aliased(tables.Plan)
    drafted_at = func.greatest(plan.created_at, tables.Submission.accepted_at, tables.Client.confirmed_at)
    runs = select(running.id).where(running.client_id == tables.Client.id, running.state == "active").exists()
    outdated = select(newer.id).where(
        newer.client_id == tables.Client.id, newer.state == "draft", newer.created_at > plan.created_at
    )
    is_new = look.is_new(drafted_at)
    waits = or_(
        look.is_new(plan.told_at.expression),
        and_(runs, waited_again(look, drafted_at), ~outdated.exists()),
    )
    query = (
        select(tables.Client.name, plan.created_at, runs.label("runs"), (~is_new).label("again"))
        .join(plan, plan.client_id == tables.Client.id)
        .join(tables.Submission, tables.Submission.id == plan.submission_id)
        .where(plan.state == "draft", is_the_clients_own(), or_(is_new, waits))
    )
    return listing_of(
        "to_approve",
        read_clients(look, query, drafted_at, plan.id),
        lambda row: say.to_approve(
            look.on(row.created_at), changes=row.runs, again=row.again, today=look.today
        ),
    )


def _unsure(look: Look) -> Listing:
    scored_at = func.greatest(tables.Score.at, tables.Submission.accepted_at, tables.Client.confirmed_at)
    mistrusted = func.coalesce(tables.Score.result["quality"]["confidence"].astext == "low", False)
    open_ended = or_(tables.Score.profile.is_(None), tables.Score.certainty == "borderline")
    rows = read_lines(
        look,
        select_lines(tables.Client.name, tables.Submission.at, mistrusted, tables.Score.profile)
        .join(tables.Submission, tables.Submission.client_id == tables.Client.id)
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(is_the_clients_own(), look.is_new(scored_at), or_(mistrusted, open_ended)),
        tables.Submission.at,
    )
    return listing_of(
        "unsure",
        rows,
        lambda row: say.unsure(look.on(row[1]), trusted=not row[2], profile=row[3], today=look.today),
    )


def _overdue(look: Look) -> Listing:
    """One step a client. Not of clients who pause: their dates rest, too."""
    step = tables.Milestone
    after, until = overdue_days(look.morning, look.span)
    paused = (
        select(tables.Pause.id)
        .where(tables.Pause.client_id == tables.Client.id, tables.Pause.ended_at.is_(None))
        .exists()
    )
    query = (
        select(tables.Client.name, step.title, step.due_on, _letters_off().label("letters_off"))
        .join(step, step.client_id == tables.Client.id)
        .join(tables.Plan, tables.Plan.id == step.plan_id)
        .where(
            tables.Plan.state == "active",
            step.state.in_(OPEN_MILESTONES),
            step.due_on <= until,
            ~paused,
        )
    )
    if after is not None:
        query = query.where(step.due_on > after)
    return listing_of(
        "overdue",
        read_clients(look, query, step.due_on, step.id),
        lambda row: say.overdue(
            row.title, row.due_on, more=row.more, letters_off=row.letters_off, today=look.today
        ),
    )


def _letters_off() -> ColumnElement[bool]:
    """Return the condition that no letter about a step goes to the client, whatever is planned."""
    stop, agreed = tables.Suppression, tables.Consent
    stopped = select(stop.id).where(
        stop.address_hash == tables.Client.address_hash,
        stop.scope.in_(("all", "letters", "milestone")),
        stop.lifted_at.is_(None),
    )
    newest = (
        select(agreed.granted)
        .where(agreed.client_id == tables.Client.id, agreed.purpose == "letters")
        .order_by(agreed.at.desc(), agreed.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return or_(stopped.exists(), ~func.coalesce(newest, False))


def _silent(look: Look) -> Listing:
    acted_at = tables.Client.last_acted_at
    query = about_facts(look, EventKind.CLIENT_WENT_QUIET, tables.Client.name, tables.Event.at).where(
        or_(acted_at.is_(None), acted_at < tables.Event.at)
    )
    return listing_of(
        "silent",
        read_lines(look, query, tables.Event.at),
        lambda row: say.silent(look.on(row[1]), today=look.today),
    )


def _quiet(look: Look) -> Listing:
    tie = tables.Relationship
    query = (
        about_facts(
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
    return listing_of(
        "quiet",
        read_lines(look, query, tables.Event.at),
        lambda row: say.quiet(row[1], row[2], row[3], today=look.today),
    )


def _unmatched(look: Look) -> Listing:
    """Only admins see them, whosever client they name: whoever set up the other program is at their side."""
    if not look.coach.admin:
        return Listing("unmatched", (), 0)
    report = tables.MilestoneReport
    query = (
        select_lines(tables.Client.name, tables.Client.id, report.kind, report.given, report.recorded_at)
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


_LISTS: dict[Kind, Callable[[Look], Listing]] = {
    "asked": asked,
    "to_approve": _to_approve,
    "unsure": _unsure,
    "decided": decided,
    "overdue": _overdue,
    "silent": _silent,
    "quiet": _quiet,
    "not_useful": not_useful,
    "said": said,
    "noted": noted,
    "suggested": suggested,
    "unmatched": _unmatched,
}
