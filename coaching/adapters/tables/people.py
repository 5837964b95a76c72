"""Clients, coaches, and what a client said yes or no to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt, one_of
from coaching.domain.clients import RHYTHMS, STAGES


class Coach(Base):
    """A person of the firm who looks after clients."""

    __tablename__ = "coach"

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    admin: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[RecordedAt]


class Client(Base):
    """A person whom the firm helps. Until `confirmed_at` is set, the address is only claimed."""

    __tablename__ = "client"
    __table_args__ = (one_of("stage", STAGES), one_of("rhythm", RHYTHMS), Index(None, "coach_id"))

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    address_hash: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    time_zone: Mapped[str]
    stage: Mapped[str | None]
    rhythm: Mapped[str] = mapped_column(server_default="weekly")
    ref: Mapped[str | None] = mapped_column(unique=True)
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    coach_id: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id"))
    confirmed_at: Mapped[datetime | None]
    sample: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[RecordedAt]
    updated_at: Mapped[RecordedAt]


class Consent(Base):
    """One yes or no, with the text it answered. Rows are only added; the newest of a purpose holds."""

    __tablename__ = "consent"
    __table_args__ = (one_of("purpose", ("profiling", "letters")), Index(None, "client_id", "purpose", "at"))

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    granted: Mapped[bool]
    text_version: Mapped[str]
    source: Mapped[str]
    at: Mapped[Moment]
