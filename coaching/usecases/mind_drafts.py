"""Minds drafts that nobody has approved in time: they start by themselves, or the coach is told again."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.events import EventKind
from coaching.usecases.approve_plan import start_plan
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import drafts_of, is_the_clients_own, running_plan, today_of

AT_ONCE = 200
WORKING_DAYS_TO_APPROVE = 3
LOOK_AT = time(9)
BY_RULE = "rule"


def mind_drafts(session: Session, *, starts_alone: bool, now: datetime) -> int:
    """See to drafts whose time has come, of up to 200 clients without a plan that runs; return how many.

    starts_alone: the firm lets plans start that nobody has approved; the draft of a client without a coach
    then starts at once. Several may do this at once.
    """
    clients = _lock_due_clients(session, now)
    for client in clients:
        if running_plan(session, client.id) is None:
            _mind(session, client, starts_alone=starts_alone, now=now)
    return len(clients)


def next_look(client: tables.Client, now: datetime) -> datetime:
    """Return until when somebody has time to approve: three working days on, at nine, where the client is."""
    on = local_time.add_working_days(today_of(client, now), WORKING_DAYS_TO_APPROVE)
    return local_time.instant_of(on, LOOK_AT, client.time_zone)


def first_look(client: tables.Client, now: datetime) -> datetime:
    """Return when a new draft is looked at: where no coach is assigned, nobody's approval is waited for."""
    return now if client.coach_id is None else next_look(client, now)


def _lock_due_clients(session: Session, now: datetime) -> Sequence[tables.Client]:
    """Lock, in order of id, those whom nobody else is busy with."""
    running = aliased(tables.Plan)
    due = (
        select(tables.Plan.client_id)
        .join(tables.Submission, tables.Submission.id == tables.Plan.submission_id)
        .where(tables.Plan.state == "draft", tables.Plan.look_at <= now, is_the_clients_own())
    )
    return session.scalars(
        select(tables.Client)
        .where(
            tables.Client.id.in_(due),
            tables.Client.confirmed_at.is_not(None),
            ~select(running.id)
            .where(running.client_id == tables.Client.id, running.state == "active")
            .exists(),
        )
        .order_by(tables.Client.id)
        .limit(AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _mind(session: Session, client: tables.Client, *, starts_alone: bool, now: datetime) -> None:
    """See to the draft that would be approved; the others wait no longer."""
    drafts = drafts_of(session, client.id)
    for other in drafts[1:]:
        other.look_at = None
    draft = drafts[0] if drafts else None
    if draft is None or (draft.look_at is not None and draft.look_at > now):
        return
    may_start = starts_alone and not draft.coach_confirms_first and not _is_doubtful(session, draft.score_id)
    until = next_look(client, _theirs_since(session, client, draft))
    if may_start and (client.coach_id is None or until <= now):
        start_plan(session, client, draft, actor=BY_RULE, now=now)
    elif until > now:
        draft.look_at = until
    else:
        _tell_again(session, client, draft, now)


def _theirs_since(session: Session, client: tables.Client, draft: tables.Plan) -> datetime:
    """Return since when it is certain that the draft is this client's, and so shown to a coach."""
    submission = session.get_one(tables.Submission, draft.submission_id, populate_existing=True)
    moments = (draft.created_at, submission.accepted_at, client.confirmed_at)
    return max(one for one in moments if one is not None)


def _tell_again(session: Session, client: tables.Client, draft: tables.Plan, now: datetime) -> None:
    """Let the coach's list name it once more; an admin's, where the client has no coach."""
    draft.told_at, draft.look_at = now, next_look(client, now)
    record(session, EventKind.PLAN_LEFT_WAITING, draft.id, client_id=client.id, now=now)


def _is_doubtful(session: Session, score_id: UUID) -> bool:
    """Tell whether the answers can be trusted little; a score that says nothing of it is not doubted."""
    result: dict[str, Any] = session.get_one(tables.Score, score_id).result
    return (result.get("quality") or {}).get("confidence") == "low"
