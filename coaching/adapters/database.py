"""The one place where transactions begin and end; it rings the bell only after a commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from coaching.adapters.patience import make_patient

# A half-open connection must not hang a worker: the kernel gives up after these seconds without an answer.
_CONNECT_ARGS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "waypoint",
    "options": "-c statement_timeout=15s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
    # What a hung line holds at the server is let go, before nobody else can connect; the pool notices.
    " -c idle_session_timeout=30s"
    # Tables grow by a million rows within minutes: a plan made when they were small must not be kept.
    " -c plan_cache_mode=force_custom_plan",
}
_RINGS = "rings"


class Bell(Protocol):
    """What wakes the workers."""

    def ring(self, name: str, *, hands: int = 1) -> None:
        """Ask that the task of this name runs soon, so many times; never raises and never waits."""


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, url: str, *, bell: Bell | None = None, pool_size: int = 8) -> None:
        self._engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_use_lifo=True,  # what isn't needed grows old, and is let go by the server
            pool_timeout=5,
            connect_args=_CONNECT_ARGS,
            hide_parameters=True,  # neither exceptions nor logs quote a row
        )
        make_patient(self._engine)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False, autoflush=False)
        self._bell = bell

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session, commit it, then ring for whatever was asked for; an exception rolls all back."""
        with self._sessions() as session:
            with session.begin():
                yield session
            rings: dict[str, int] = session.info.pop(_RINGS, {})
        if self._bell is not None:
            for name, hands in rings.items():
                self._bell.ring(name, hands=hands)

    @staticmethod
    def now(session: Session) -> datetime:
        """Return when this transaction began by the database's clock."""
        return now(session)

    def close(self) -> None:
        """Close every connection of the pool."""
        self._engine.dispose()


def now(session: Session) -> datetime:
    """Return when this transaction began by the database's clock: the clocks of machines don't matter."""
    value: datetime = session.execute(select(func.now())).scalar_one()
    return value


def ring_after_commit(session: Session, name: str, *, hands: int = 1) -> None:
    """Ask for a task, by so many hands, once the data that it works on is there to be seen."""
    rings = session.info.setdefault(_RINGS, {})
    rings[name] = max(hands, rings.get(name, 0))
