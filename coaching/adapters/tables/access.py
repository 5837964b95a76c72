"""Who may come in: API keys, links that can be revoked, and answers kept for repeated requests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, RecordedAt, one_of


class ApiKey(Base):
    """A program's key. Only its SHA-256 is kept: 256 random bits need no slow hash."""

    __tablename__ = "api_key"
    __table_args__ = (one_of("scope", ("intake", "manage")),)

    id: Mapped[Key]
    prefix: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[bytes]
    scope: Mapped[str]
    origins: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[RecordedAt]
    revoked_at: Mapped[datetime | None]


class AccessToken(Base):
    """A link that exists without a letter and can be revoked; the token itself is signed, not stored."""

    __tablename__ = "access_token"
    __table_args__ = (Index(None, "client_id"), Index(None, "submission_id"), Index(None, "coach_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    purpose: Mapped[int] = mapped_column(SmallInteger)
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    coach_id: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id", ondelete="CASCADE"))
    created_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Idempotency(Base):
    """The answer given to a request, kept 24 hours for its repeats. Without a status it is under way."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "created_at"),)

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[RecordedAt]
