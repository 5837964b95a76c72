"""Says what a link in a letter would do, or what it did and what comes next; looking changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import deeds, links, local_time
from coaching.domain.deeds import Subject
from coaching.domain.engine.state import ClientState, Slot
from coaching.domain.engine.wanted import wanted
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.links import Purpose
from coaching.usecases.client_states import MayWriteTo, load_states
from coaching.usecases.letter_subjects import Behind, behind_link


@dataclass(frozen=True)
class Standing:
    """What was done by this link and stands. `next_on`: about when the next letter about it comes, if any."""

    subject: Subject
    done_on: date
    left: Mapping[str, Any]
    undo_token: str
    next_on: date | None


@dataclass(frozen=True)
class DeedView:
    """What a link may still be used for, what it did and still stands, and what is past that without it.

    `more_time`: the token that moves a decision, where one is asked for. `coach`: the name of the client's,
    None where nobody is assigned.
    """

    purpose: Purpose
    today: date
    open_to: tuple[Subject, ...]
    standing: tuple[Standing, ...]
    past: tuple[Subject, ...]
    more_time: str | None = None
    coach: str | None = None


def look_at_deed(
    session: Session, secrets: Secrets, token: str, *, may_write_to: MayWriteTo, now: datetime
) -> DeedView:
    """Say what a link would do, or did. Raises NotFound."""
    behind = behind_link(session, secrets, token, now=now)
    rows = _standing(session, behind)
    outrun = {
        one.id
        for one in behind.subjects
        if one.id in rows and deeds.is_outrun(behind.purpose, one, rows[one.id].after)
    }
    rows = {about: row for about, row in rows.items() if about not in outrun}
    left = [one for one in behind.subjects if one.id not in rows]
    past = tuple(
        one for one in left if one.id in outrun or deeds.is_past(behind.purpose, one, today=behind.today)
    )
    open_to = tuple(one for one in left if one not in past)
    decides = any(deeds.asks_for_decision(behind.purpose, one) for one in open_to)
    return DeedView(
        purpose=behind.purpose,
        today=behind.today,
        open_to=open_to,
        standing=_told(session, secrets, behind, rows, may_write_to, now) if rows else (),
        past=past,
        more_time=links.sign(secrets.keys, Purpose.POSTPONE, behind.message_id) if decides else None,
        coach=behind.coach,
    )


def _standing(session: Session, behind: Behind) -> dict[UUID | None, tables.Deed]:
    rows = session.scalars(
        select(tables.Deed)
        .where(
            tables.Deed.message_id == behind.message_id,
            tables.Deed.purpose == behind.purpose,
            tables.Deed.undone_at.is_(None),
        )
        .order_by(tables.Deed.at.desc(), tables.Deed.id)
    )
    return {row.about: row for row in rows}


def _told(  # noqa: PLR0917 - one step of the function above
    session: Session,
    secrets: Secrets,
    behind: Behind,
    rows: Mapping[UUID | None, tables.Deed],
    may_write_to: MayWriteTo,
    now: datetime,
) -> tuple[Standing, ...]:
    state = load_states(session, [behind.client_id], may_write_to=may_write_to, now=now)[behind.client_id]
    subjects = {one.id: one for one in behind.subjects}
    return tuple(
        Standing(
            subject=subjects[about],
            done_on=local_time.local(row.at, state.time_zone).date(),
            left=row.after,
            undo_token=links.sign(secrets.keys, Purpose.UNDO, row.id),
            next_on=next_letter_on(state, subjects[about], now=now),
        )
        for about, row in rows.items()
        if about in subjects
    )


def next_letter_on(state: ClientState, subject: Subject, *, now: datetime) -> date | None:
    """Return for when the next reminder about this is meant, by the engine's own word; None: none is known.

    It may come a day or two later, or within another letter: attention is shared.
    """
    for slot in wanted(state, now):
        if slot.intent is not None and slot.due_at > now and _is_about(slot, subject):
            return None if _is_paused(state, slot) else slot.intent.on
    return None


def _is_about(slot: Slot, subject: Subject) -> bool:
    if subject.id is None:
        return slot.family != TRANSACTIONAL
    about = str(subject.id)
    return about in {slot.detail.get("milestone"), slot.detail.get("relationship")} and (
        slot.template != "milestone-reached"
    )


def _is_paused(state: ClientState, slot: Slot) -> bool:
    return any(
        one.ended_at is None and (one.until_at is None or slot.due_at < one.until_at) for one in state.pauses
    )
