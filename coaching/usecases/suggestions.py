"""A reader says what they would like to read about, by the link in a letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.domain.library import TOPICS
from coaching.domain.links import Purpose
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.letter_subjects import letter_behind

LONGEST_TEXT = 500
OTHER = "other"
SUGGESTED = (*TOPICS, OTHER)
ACTOR = "client"
MOST_A_DAY = 10
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wish:
    """What somebody would like to read about; `topic` is one of `SUGGESTED`."""

    topic: str
    text: str


def look_at_suggesting(session: Session, secrets: Secrets, token: str) -> None:
    """See whether the link opens anything; changes nothing. Raises NotFound."""
    letter_behind(session, secrets, token, Purpose.SUGGEST)


def suggest(session: Session, secrets: Secrets, token: str, wish: Wish, *, now: datetime) -> None:
    """Write a wish down; the same one again changes nothing. Raises NotFound, Refused."""
    said = wish.text.strip()
    _check(wish.topic, said)
    _, client = letter_behind(session, secrets, token, Purpose.SUGGEST, lock=True)
    mine = tables.Suggestion.client_id == client.id
    same = select(tables.Suggestion.id).where(
        mine, tables.Suggestion.topic == wish.topic, tables.Suggestion.text == said
    )
    if session.scalar(same.limit(1)) is not None:
        return
    today = select(func.count()).select_from(tables.Suggestion).where(mine, tables.Suggestion.at > now - _DAY)
    if (session.scalar(today) or 0) >= MOST_A_DAY:
        raise Refused({"text": ["That is a fine list already. Come back tomorrow with more."]})
    row = tables.Suggestion(client_id=client.id, topic=wish.topic, text=said, at=now)
    session.add(row)
    session.flush()
    note_act(session, client.id, now=now)
    record(session, EventKind.TOPIC_SUGGESTED, row.id, client_id=client.id, now=now, topic=wish.topic)
    session.add(tables.Audit(actor=ACTOR, action="topic_suggested", subject_id=row.id, at=now))
    session.flush()


def list_suggestions(
    session: Session, *, after: UUID | None = None, limit: int = 50
) -> tuple[Sequence[tables.Suggestion], UUID | None]:
    """Return one page in the order in which they came in."""
    query = select(tables.Suggestion).order_by(tables.Suggestion.id).limit(limit + 1)
    if after is not None:
        query = query.where(tables.Suggestion.id > after)
    rows = session.scalars(query).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _check(topic: str, text: str) -> None:
    faults: dict[str, list[str]] = {}
    if topic not in SUGGESTED:
        faults["topic"] = ["Choose one of the topics, or something else."]
    if topic == OTHER and not text:
        faults["text"] = ["Say in a few words what it is."]
    if len(text) > LONGEST_TEXT:
        over = len(text) - LONGEST_TEXT
        faults["text"] = [f"Keep it to {LONGEST_TEXT} characters; this one has {over} too many."]
    if faults:
        raise Refused(faults)
