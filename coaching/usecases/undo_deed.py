"""Takes back what a client did by a link, exactly, as long as nothing else has changed it since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links, local_time
from coaching.domain.deeds import Subject
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import BadLink, Purpose
from coaching.domain.undo import Undo
from coaching.usecases.acts import note_act
from coaching.usecases.deeds import ACTOR
from coaching.usecases.facts import record
from coaching.usecases.letter_subjects import NOWHERE, behind_message, find_client
from coaching.usecases.milestones import restore
from coaching.usecases.relationships import restore_relationship
from coaching.usecases.stop_talks import let_talks_go


@dataclass(frozen=True)
class UndoView:
    """What would be taken back, or has been: what it left; `token` is that of the letter's own link.

    `coach`: the name of the client's, None where nobody is assigned.
    """

    purpose: Purpose
    state: Literal["standing", "undone"]
    subject: Subject
    done_on: date
    today: date
    token: str
    left: Mapping[str, Any]
    coach: str | None


def look_at_undo(session: Session, secrets: Secrets, token: str, *, now: datetime) -> UndoView:
    """Say what the link would take back; changes nothing. Raises NotFound."""
    return _view(session, secrets, _deed(session, secrets, token), now=now)


def undo_deed(session: Session, secrets: Secrets, token: str, *, now: datetime) -> UndoView:
    """Put everything back as it was before; a repeat changes nothing. Raises NotFound.

    Raises Conflict where it was changed since: the later change stands.
    """
    deed = _deed(session, secrets, token)
    find_client(session, deed.client_id, lock=True)
    session.refresh(deed)
    view = _view(session, secrets, deed, now=now)
    if view.state == "standing":
        if not _put_back(session, deed, view.subject, now):
            raise Conflict("it has been changed since, and that stands")
        deed.undone_at = now
        record(
            session,
            EventKind.CLIENT_ACTED,
            deed.client_id,
            client_id=deed.client_id,
            now=now,
            what="undone",
            undone=view.purpose.name.lower(),
            **({"about": str(deed.about)} if deed.about else {}),
        )
        session.flush()
    return _view(session, secrets, deed, now=now)


def _deed(session: Session, secrets: Secrets, token: str) -> tables.Deed:
    try:
        deed_id = links.read_as(secrets.keys, token, Purpose.UNDO)
    except BadLink:
        raise NotFound(NOWHERE) from None
    deed = session.scalars(select(tables.Deed).where(tables.Deed.id == deed_id)).one_or_none()
    if deed is None:
        raise NotFound(NOWHERE)
    return deed


def _view(session: Session, secrets: Secrets, deed: tables.Deed, *, now: datetime) -> UndoView:
    purpose = Purpose(deed.purpose)
    behind = behind_message(session, purpose, deed.message_id, now=now)
    subject = next((one for one in behind.subjects if one.id == deed.about), None)
    if subject is None:
        raise NotFound(NOWHERE)
    zone = find_client(session, deed.client_id, lock=False).time_zone
    return UndoView(
        purpose=purpose,
        state="standing" if deed.undone_at is None else "undone",
        subject=subject,
        done_on=local_time.local(deed.at, zone).date(),
        today=behind.today,
        token=links.sign(secrets.keys, purpose, deed.message_id),
        left=deed.after,
        coach=behind.coach,
    )


def _put_back(session: Session, deed: tables.Deed, subject: Subject, now: datetime) -> bool:
    undo = Undo(deed.before, deed.after)
    if subject.sort == "milestone":
        assert subject.id is not None
        done = restore(session, subject.id, undo, actor=ACTOR, now=now)
    elif subject.sort == "relationship":
        assert subject.id is not None
        done = restore_relationship(session, subject.id, undo, actor=ACTOR, now=now)
    else:
        if "cadences" in deed.after and not let_talks_go(session, undo, actor=ACTOR, now=now):
            return False
        _forget_act(session, deed.client_id, deed)
        return True
    if done:
        note_act(session, deed.client_id, now=now)
    return done


def _forget_act(session: Session, client_id: UUID, deed: tables.Deed) -> None:
    """Set the last act back to the one before, unless there has been a later one."""
    before = deed.before.get("last_acted_at")
    session.execute(
        update(tables.Client)
        .where(tables.Client.id == client_id, tables.Client.last_acted_at == deed.at)
        .values(last_acted_at=datetime.fromisoformat(before) if before else None)
        .execution_options(synchronize_session=False)
    )
