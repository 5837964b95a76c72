"""Presses at the same moment, as of an impatient finger or two mail programs, are one deed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import Choice
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.deeds import do_deed
from coaching.usecases.undo_deed import undo_deed
from tests.support.ledger import count
from tests.support.system import until
from tests.support.underway import put_underway

HANDS = 4


def test_presses_at_once(database: Database, content: Content, secrets: Secrets, now: datetime) -> None:
    """Of four presses one does it; of four undos one undoes it; none fails."""
    with database.transaction() as session:
        ana = put_underway(session, secrets, now)
        mentor = ana.relationship(session)
        token = ana.token(Purpose.MET, ana.letter(session, "mentor-nudge", relationship=mentor, time=1))

    at_once(database, ana.client_id, lambda each: do_deed(each, content, secrets, token, Choice(), now=now))
    with database.transaction() as session:
        undo = ana.token(Purpose.UNDO, session.scalars(select(tables.Deed.id)).one())
        assert count(session, tables.Interaction) == 1

    at_once(database, ana.client_id, lambda each: undo_deed(each, secrets, undo, now=now))
    with database.transaction() as session:
        assert count(session, tables.Interaction) == 0
        kinds = session.scalars(select(tables.Event.kind)).all()
    assert kinds.count(EventKind.CONTACT_MADE) == 1
    assert kinds.count(EventKind.CLIENT_ACTED) == 1


def at_once(database: Database, client_id: UUID, deed: Callable[[Session], object]) -> None:
    """Begin a deed by several hands while the client is locked, and let go once all of them wait."""

    def press() -> None:
        with database.transaction() as session:
            deed(session)

    with ThreadPoolExecutor(HANDS) as hands:
        with database.transaction() as session:
            session.execute(select(tables.Client.id).where(tables.Client.id == client_id).with_for_update())
            pressed = [hands.submit(press) for _ in range(HANDS)]
            until(lambda: _waiting(database) == HANDS, "all hands to wait")
        for one in pressed:
            one.result(timeout=20)


def _waiting(database: Database) -> int:
    with database.transaction() as session:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        found: int = session.scalars(text(waiting)).one()
    return found
