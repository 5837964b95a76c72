"""Drops milestones together with a change of their plan, each with its fact."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.usecases.facts import Fact, record_many


def drop_milestones(session: Session, rows: Sequence[tables.Milestone], *, now: datetime) -> None:
    """Drop these milestones of locked clients; the fact of each says when, as that of a report does."""
    for row in rows:
        row.state, row.dropped_at = "dropped", now
    said = {"at": now.isoformat()}
    facts = [Fact(EventKind.MILESTONE_DROPPED, row.id, row.client_id, said) for row in rows]
    record_many(session, facts, now=now)
