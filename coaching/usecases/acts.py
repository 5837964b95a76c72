"""Notes that a client acted: letters before that count as answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from coaching.adapters import tables


def note_act(session: Session, client_id: UUID, *, now: datetime) -> None:
    """Set the client's last act to `now`, unless a later one is known; the client row gets locked by it.

    Whatever silence was expected of them is over.
    """
    session.execute(
        update(tables.Client)
        .where(tables.Client.id == client_id)
        .values(last_acted_at=func.greatest(tables.Client.last_acted_at, now), quiet_on=None)
        .execution_options(synchronize_session=False)
    )
