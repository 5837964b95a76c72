"""What must be true of an installation before it writes to real people."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables


def holds_sample_clients(session: Session) -> bool:
    """Tell whether made-up clients are in this database: then no live letter may leave it."""
    return session.scalar(select(tables.Client.id).where(tables.Client.sample).limit(1)) is not None
