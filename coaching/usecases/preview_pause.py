"""Says what a pause, or its end, would do to planned letters and dates; changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.letters import LETTERS
from coaching.domain.pauses import (
    Becomes,
    Effect,
    LetterEffect,
    MilestoneEffect,
    Span,
    Waiting,
    letter_effect,
)
from coaching.usecases.shift_dates import moving_milestones, moving_relationships, open_milestones

_LEFT_OUT = "pause:skip"


def effect_of(
    session: Session, client: tables.Client, began_at: datetime, end_at: datetime | None, ending: str
) -> Effect:
    """Return what a pause of this client does, as far as it can be told from what is planned now."""
    span = Span.of(began_at, end_at, client.time_zone)
    milestones = open_milestones(session, {client.id: began_at})
    moving = moving_milestones(session, milestones, {client.id: span}) if ending == "shift" else []
    days = {one.id: by for one, by in moving}
    rhythms: Mapping[UUID, int | None] = {}
    if ending == "shift":
        effects = tuple(_milestone(one, by) for one, by in moving)
        rhythms = moving_relationships(session, {client.id: span})
    else:
        effects = tuple(_milestone(one, None) for one in milestones if span.holds(one.due_on))
    waiting = _due_before(session, client.id, end_at)
    letters = _sorted_out(waiting, ending, end_at, {**days, **rhythms}, client.time_zone)
    return Effect(letters, effects, rhythms=len(rhythms))


def left_out(session: Session, pause: tables.Pause) -> tuple[LetterEffect, ...]:
    """Return the letters that this pause has left out so far."""
    rows = session.scalars(
        select(tables.Message)
        .where(
            tables.Message.recipient_kind == "client",
            tables.Message.recipient_id == pause.client_id,
            tables.Message.state == "skipped",
            tables.Message.decided_at >= pause.began_at,
            tables.Message.rule_codes.contains([_LEFT_OUT]),
        )
        .order_by(tables.Message.due_at, tables.Message.id)
    )
    return tuple(LetterEffect(row.id, row.family, row.template, row.due_at) for row in rows)


def _due_before(session: Session, client_id: UUID, end_at: datetime | None) -> list[Waiting]:
    query = select(tables.Message).where(
        tables.Message.recipient_kind == "client",
        tables.Message.recipient_id == client_id,
        tables.Message.state.in_(("planned", "merged")),
        tables.Message.family != TRANSACTIONAL,
    )
    if end_at is not None:
        query = query.where(tables.Message.due_at < end_at)
    rows = session.scalars(query.order_by(tables.Message.due_at, tables.Message.id)).all()
    planned = {row.id for row in rows if row.state == "planned"}
    # What rides in a letter that has left has left with it.
    return [_waiting(row) for row in rows if row.state == "planned" or row.merged_into in planned]


def _waiting(row: tables.Message) -> Waiting:
    known = LETTERS.get(row.template)
    about = row.detail.get("milestone") or row.detail.get("relationship")
    if known is not None and known.hosts:
        about = None  # it comes at its own rhythm, whatever it speaks of
    return Waiting(
        row.id, row.family, row.template, row.due_at, row.expires_at, UUID(about) if about else None
    )


def _sorted_out(
    waiting: Sequence[Waiting],
    ending: str,
    end_at: datetime | None,
    moving: Mapping[UUID, int | None],
    zone: str,
) -> dict[Becomes, tuple[LetterEffect, ...]]:
    told = [letter_effect(one, ending, end_at, moving, zone) for one in waiting]
    words: tuple[Becomes, ...] = ("skipped", "moved", "held")
    return {word: tuple(effect for becomes, effect in told if becomes == word) for word in words}


def _milestone(row: tables.Milestone, days: int | None) -> MilestoneEffect:
    moves_to: date | None = None if days is None else row.due_on + timedelta(days=days)
    return MilestoneEffect(row.id, row.title, row.due_on, moves_to)
