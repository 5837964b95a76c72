"""A client asks for a talk with a coach, by the link in a letter; the coach is told until it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import local_time
from coaching.domain.errors import NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.domain.plan_phrases import has_coach
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.letter_subjects import letter_behind

LONGEST_TEXT = 500
ACTOR = "client"
# Who presses again and again, each time with other words, is told that this is enough.
MOST_OPEN = 5


@dataclass(frozen=True)
class TalkView:
    """What the page needs: the coach's name and where talks with them are booked, as far as there are such.

    `asked_on`: the day of the client's last request that nobody has answered yet; `text`: what they wrote.
    """

    today: date
    coach: str | None
    booking_url: str | None
    asked_on: date | None
    text: str


def look_at_talk(session: Session, secrets: Secrets, token: str, *, now: datetime) -> TalkView:
    """Say how a talk comes about, or that one was asked for; changes nothing. Raises NotFound."""
    _, client = letter_behind(session, secrets, token, Purpose.TALK)
    coach = session.get(tables.Coach, client.coach_id) if client.coach_id else None
    last = next(iter(_open(session, client.id)), None)
    return TalkView(
        today=local_time.local(now, client.time_zone).date(),
        coach=coach.name if coach and has_coach(coach.name) else None,
        booking_url=coach.booking_url if coach else None,
        asked_on=local_time.local(last.at, client.time_zone).date() if last else None,
        text=last.text if last else "",
    )


def ask_for_talk(session: Session, secrets: Secrets, token: str, text: str, *, now: datetime) -> None:
    """Write the request down; while it is open only other words make another. Raises NotFound, Refused."""
    said = text.strip()
    if len(said) > LONGEST_TEXT:
        over = len(said) - LONGEST_TEXT
        raise Refused({"text": [f"Keep it to {LONGEST_TEXT} characters; this one has {over} too many."]})
    message, client = letter_behind(session, secrets, token, Purpose.TALK, lock=True)
    standing = _open(session, client.id)
    if standing and (not said or any(one.text == said for one in standing)):
        return
    if len(standing) >= MOST_OPEN:
        raise Refused({"text": ["We have several lines of yours already, and will come back to you."]})
    request = tables.ContactRequest(client_id=client.id, message_id=message.id, text=said, at=now)
    session.add(request)
    session.flush()
    note_act(session, client.id, now=now)
    record(
        session,
        EventKind.CONTACT_REQUESTED,
        request.id,
        client_id=client.id,
        now=now,
        letter=str(message.id),
    )
    session.add(tables.Audit(actor=ACTOR, action="contact_requested", subject_id=request.id, at=now))
    session.flush()


def answer_request(session: Session, request_id: UUID, *, actor: str, now: datetime) -> tables.ContactRequest:
    """Note that somebody has seen to it; it stands on no list any more. A repeat changes nothing.

    Raises NotFound.
    """
    request = session.scalars(
        select(tables.ContactRequest)
        .where(tables.ContactRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if request is None:
        raise NotFound("There is no contact request of this id.")
    if request.answered_at is None:
        request.answered_at = now
        session.add(tables.Audit(actor=actor, action="contact_answered", subject_id=request.id, at=now))
        session.flush()
    return request


def list_requests(
    session: Session,
    *,
    waiting: bool | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[Sequence[tables.ContactRequest], UUID | None]:
    """Return one page in the order in which they came in.

    `waiting`: only those that nobody has answered yet, or only those that somebody has.
    """
    query = select(tables.ContactRequest).order_by(tables.ContactRequest.id).limit(limit + 1)
    if waiting is not None:
        answered = tables.ContactRequest.answered_at
        query = query.where(answered.is_(None) if waiting else answered.is_not(None))
    if after is not None:
        query = query.where(tables.ContactRequest.id > after)
    rows = session.scalars(query).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _open(session: Session, client_id: UUID) -> Sequence[tables.ContactRequest]:
    """Return the client's requests that nobody has answered, the newest first."""
    return session.scalars(
        select(tables.ContactRequest)
        .where(tables.ContactRequest.client_id == client_id, tables.ContactRequest.answered_at.is_(None))
        .order_by(tables.ContactRequest.at.desc(), tables.ContactRequest.id.desc())
    ).all()
