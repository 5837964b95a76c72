"""Raw answers, which never change, and what the rules made of them, which can be made again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt, one_of


class Submission(Base):
    """One person's answers to one instrument version.

    `claimed` keeps what the form said about the person (name, time zone, stage, rhythm) until somebody who
    reads that mailbox says 'that was me' (`accepted_at`) or 'it was not' (`disowned_at`). `known_address`:
    the client was there before this submission came.
    """

    __tablename__ = "submission"
    __table_args__ = (
        one_of("trust", ("public", "firm")),
        CheckConstraint("accepted_at IS NULL OR disowned_at IS NULL", name="one_verdict"),
        Index(None, "client_id", "at"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    instrument: Mapped[str]
    version: Mapped[int]
    answers: Mapped[dict[str, Any]]
    importance: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    timing: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    question: Mapped[str | None]
    claimed: Mapped[dict[str, Any]]
    letters_wanted: Mapped[bool]
    known_address: Mapped[bool]
    source: Mapped[str]
    trust: Mapped[str]
    visit_id: Mapped[UUID | None] = mapped_column(unique=True)
    at: Mapped[Moment]
    accepted_at: Mapped[datetime | None]
    disowned_at: Mapped[datetime | None]


class Score(Base):
    """What one version of the rules made of a submission. `result` is the whole score as JSON."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("submission_id", "rule_version", "norms_version"),)

    id: Mapped[Key]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    rule_version: Mapped[str]
    norms_version: Mapped[str]
    composite: Mapped[float | None]
    profile: Mapped[str | None]
    certainty: Mapped[str | None]
    result: Mapped[dict[str, Any]]
    at: Mapped[RecordedAt]
