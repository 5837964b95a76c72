"""Sequences as they were published, each client's way through one, and what readers ask for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, one_of
from coaching.domain.sequences import END_REASONS, ENROLLMENT_STATES


class SequenceVersion(Base):
    """One version of a sequence, whole, as it was published. Rows are only added.

    Of a name the highest version lets clients in; `retired_at`: the whole sequence lets nobody in any more.
    """

    __tablename__ = "sequence_version"
    __table_args__ = (
        PrimaryKeyConstraint("name", "version"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    name: Mapped[str]
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    published_at: Mapped[Moment]
    published_by: Mapped[str]
    retired_at: Mapped[datetime | None]


class Enrollment(Base):
    """One client's way through one version of a sequence.

    'held_out': the client belongs to the share that is left alone, so that there is something to compare
    with. `opened_by`: the fact that let them in, None where a person did. `move_to`: at the next step they go
    on in that version.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        one_of("state", ENROLLMENT_STATES),
        one_of("end_reason", END_REASONS),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="ended_has_reason"),
        ForeignKeyConstraint(["sequence", "version"], ["sequence_version.name", "sequence_version.version"]),
        Index(None, "client_id", "sequence"),
        Index(None, "sequence", "version"),
        Index(
            "uq_enrollment_active",
            "client_id",
            "sequence",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    sequence: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    started_at: Mapped[Moment]
    opened_by: Mapped[UUID | None]
    actor: Mapped[str]
    move_to: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class Suggestion(Base):
    """A topic that a reader would like the firm to write about."""

    __tablename__ = "suggestion"
    __table_args__ = (Index(None, "client_id"), Index(None, "at"))

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    topic: Mapped[str]
    text: Mapped[str]
    at: Mapped[Moment]


class ContactRequest(Base):
    """A client would like to talk to a coach; `answered_at`: somebody has seen to it."""

    __tablename__ = "contact_request"
    __table_args__ = (
        Index(None, "client_id"),
        Index("ix_contact_request_open", "at", postgresql_where=text("answered_at IS NULL")),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    message_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Moment]
    answered_at: Mapped[datetime | None]
