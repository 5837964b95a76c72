"""What happened: facts with their follow-up, deeds of people, and this installation's own few facts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt


class Event(Base):
    """A fact, written in the transaction that made it true, and whether its follow-up is done."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_waiting",
            "next_at",
            postgresql_where=text("handled_at IS NULL AND parked_at IS NULL"),
        ),
        Index("ix_event_parked", "parked_at", postgresql_where=text("parked_at IS NOT NULL")),
        Index("ix_event_unnumbered", "id", postgresql_where=text("number IS NULL")),
        Index(None, "client_id"),
        # What a coach is told in the morning, found by its time.
        Index(
            "ix_event_told",
            "at",
            postgresql_where=text("kind IN ('client_acted', 'client_went_quiet', 'relationship_went_quiet')"),
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    at: Mapped[Moment]
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_at: Mapped[RecordedAt]
    handled_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Audit(Base):
    """Who did what: a coach, a key or the operator; ids and plain values only."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject_id"),)

    id: Mapped[Key]
    actor: Mapped[str]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    at: Mapped[RecordedAt]


class Installation(Base):
    """The one row about this installation itself. `mail_stopped_at`: the brake on all sending is on."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("one", name="single_row"),)

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    sample_loaded_at: Mapped[datetime | None]
    mail_stopped_at: Mapped[datetime | None]
