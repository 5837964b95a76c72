"""Notes that a client wrote back, for programs and coaches who see it in a mailbox of their own."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.usecases.acts import note_act
from coaching.usecases.facts import record
from coaching.usecases.plan_rows import lock_client

# Clocks of other programs differ from ours by a little.
_AHEAD = timedelta(minutes=2)


def note_reply(
    session: Session, client_id: UUID, *, actor: str, now: datetime, at: datetime | None = None
) -> datetime:
    """Count it as an act of theirs, as of when it came, and stop what a reply stops; return that instant.

    Without `at` it came now. Raises NotFound, Refused.
    """
    if at is not None and at > now + _AHEAD:
        raise Refused({"at": ["This is still to come. Say when the reply came in."]})
    lock_client(session, client_id)
    came_at = min(at or now, now)
    note_act(session, client_id, now=came_at)
    record(session, EventKind.CLIENT_REPLIED, client_id, client_id=client_id, now=now, at=came_at.isoformat())
    session.add(tables.Audit(actor=actor, action="client_replied", subject_id=client_id, at=now))
    session.flush()
    return came_at
