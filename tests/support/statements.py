"""Counts what is asked of the database, for tests of how much work many of something are."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


def statements(session: Session, work: Callable[[], object]) -> list[str]:
    """Return the statements that this work sends; one with many sets of values counts once."""
    sent: list[str] = []

    def listen(*seen: Any) -> None:
        sent.append(seen[2])

    event.listen(session.connection(), "before_cursor_execute", listen)
    try:
        work()
    finally:
        event.remove(session.connection(), "before_cursor_execute", listen)
    return sent
