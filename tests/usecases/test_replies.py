"""A reply that somebody saw in a mailbox of their own."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound, Refused
from coaching.usecases.replies import note_reply
from tests.support.deeds import acted_at, events
from tests.support.underway import put_underway

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("given", "counts"), [(None, 0), (-3, -3), (0.01, 0)])
def test_a_reply_counts_from_when_it_came(
    session: Session, secrets: Secrets, now: datetime, given: float | None, counts: float
) -> None:
    """It is an act of the client as of then; the fact and the audit say so."""
    ana = put_underway(session, secrets, now)
    at = None if given is None else now + given * HOUR
    came_at = note_reply(session, ana.client_id, actor="key:wp_1", now=now, at=at)
    assert came_at == now + counts * HOUR
    assert acted_at(session, ana.client_id) == came_at
    assert events(session) == [("client_replied", {"at": came_at.isoformat()})]
    assert session.execute(select(tables.Audit.actor, tables.Audit.action)).all() == [
        ("key:wp_1", "client_replied")
    ]


def test_an_old_reply_does_not_undo_a_later_act(session: Session, secrets: Secrets, now: datetime) -> None:
    """What the client did since stays their last act."""
    ana = put_underway(session, secrets, now)
    note_reply(session, ana.client_id, actor="x", now=now)
    note_reply(session, ana.client_id, actor="x", now=now, at=now - 9 * HOUR)
    assert acted_at(session, ana.client_id) == now


def test_what_cannot_be(session: Session, secrets: Secrets, now: datetime) -> None:
    """Neither a reply that is still to come, nor one of nobody."""
    ana = put_underway(session, secrets, now)
    with pytest.raises(Refused, match="still to come"):
        note_reply(session, ana.client_id, actor="x", now=now, at=now + HOUR)
    with pytest.raises(NotFound):
        note_reply(session, uuid4(), actor="x", now=now)
    assert events(session) == []
