"""Keeps in view when a relationship goes quiet: it follows from the letters about it, however they ended."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.relationship_slots import quiet_on
from coaching.domain.engine.state import ClientState
from coaching.domain.relationships import EVENT


def expect_silences(session: Session, states: Mapping[UUID, ClientState]) -> None:
    """Write down the day for each relationship of these clients for which it has changed."""
    changed = [
        {"id": one.id, "quiet_on": on}
        for state in states.values()
        for one in state.relationships
        if one.state == "active" and one.kind != EVENT and (on := quiet_on(state, one)) != one.quiet_on
    ]
    if changed:
        session.execute(update(tables.Relationship), changed)
