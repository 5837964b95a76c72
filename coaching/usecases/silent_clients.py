"""Tells the coach of clients who left the one question unanswered too, once they have had a week for it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.attention import ASK_AFTER
from coaching.domain.events import EventKind
from coaching.usecases.client_states import load_states
from coaching.usecases.facts import Fact, record_many

CLIENTS_AT_ONCE = 200


def note_silent_clients(session: Session, *, now: datetime) -> int:
    """Write the fact for up to 200 clients whose day has come; return how many days were looked at.

    Not while their letters rest. A question that never left, or an act since, leaves nothing to tell.
    Several workers may do this at once.
    """
    resting = select(tables.Pause.id).where(
        tables.Pause.client_id == tables.Client.id, tables.Pause.ended_at.is_(None)
    )
    clients = session.scalars(
        select(tables.Client)
        .where(tables.Client.quiet_on <= now.date(), ~resting.exists())
        .order_by(tables.Client.id)
        .limit(CLIENTS_AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    states = load_states(session, [one.id for one in clients], may_write_to=lambda _: True, now=now)
    silent = [one for one in states.values() if one.unanswered >= ASK_AFTER]
    facts = [Fact(EventKind.CLIENT_WENT_QUIET, one.client_id, one.client_id) for one in silent]
    for client in clients:
        client.quiet_on = None
    session.flush()
    record_many(session, facts, now=now)
    return len(clients)
