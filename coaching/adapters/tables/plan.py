"""A client's plan: milestones to reach and relationships to tend."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, RecordedAt, one_of

PLAN_STATES = ("draft", "active", "completed", "superseded")
MILESTONE_STATES = ("proposed", "active", "started", "reached", "dropped")
RELATIONSHIP_KINDS = ("mentor", "peer", "leader", "group", "event")


class Plan(Base):
    """A plan as drafted from one score. `draft` keeps what the rules said, word for word."""

    __tablename__ = "plan"
    __table_args__ = (one_of("state", PLAN_STATES), Index(None, "client_id"), Index(None, "submission_id"))

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    score_id: Mapped[UUID] = mapped_column(ForeignKey("score.id", ondelete="CASCADE"), unique=True)
    rules: Mapped[str]
    rules_version: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="draft")
    coach_confirms_first: Mapped[bool]
    draft: Mapped[dict[str, Any]]
    created_at: Mapped[RecordedAt]
    approved_at: Mapped[datetime | None]


class Milestone(Base):
    """A thing to reach by a date, with the reason why it stands in the plan."""

    __tablename__ = "milestone"
    __table_args__ = (
        one_of("state", MILESTONE_STATES),
        CheckConstraint("(state = 'reached') = (reached_at IS NOT NULL)", name="reached_has_time"),
        Index(None, "plan_id"),
        Index(None, "client_id", "due_on"),
    )

    id: Mapped[Key]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    dimension: Mapped[str | None]
    position: Mapped[int]
    title: Mapped[str]
    detail: Mapped[str]
    service: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    why: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="proposed")
    due_on: Mapped[date]
    reached_at: Mapped[datetime | None]
    created_at: Mapped[RecordedAt]


class Relationship(Base):
    """A person, group or event in a client's network; the cadence counts from the last real contact."""

    __tablename__ = "relationship"
    __table_args__ = (
        one_of("kind", RELATIONSHIP_KINDS),
        one_of("state", ("active", "quiet", "ended")),
        CheckConstraint("cadence_days > 0", name="cadence_positive"),
        Index(None, "client_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    name: Mapped[str]
    cadence_days: Mapped[int | None]
    starts_on: Mapped[date]
    last_contact_on: Mapped[date | None]
    last_note: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[RecordedAt]
