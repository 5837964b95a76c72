"""A client's plan: milestones to reach, relationships to tend, and what was done about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt, one_of
from coaching.domain.plan_words import (
    DECISIONS,
    INTERACTION_KINDS,
    MILESTONE_EVENT_KINDS,
    MILESTONE_STATES,
    PLAN_STATES,
    RELATIONSHIP_KINDS,
    RELATIONSHIP_STATES,
)


class Plan(Base):
    """A plan as drafted from one score. `draft` keeps what the rules said, word for word.

    `cadences` is the living list, as a coach may have changed it; `focus` the focus that was taken from newer
    answers, None while it is that of the draft. `version` counts its changes, those of the draft
    too; `PlanVersion` keeps each.
    `look_at`: until then nobody has to have approved the draft; `told_at`: the coach was told again.
    A draft beside an active plan proposes changes to it; once they are taken or left it is superseded.
    """

    __tablename__ = "plan"
    __table_args__ = (
        one_of("state", PLAN_STATES),
        CheckConstraint("(state IN ('active', 'completed')) <= (approved_at IS NOT NULL)", name="approved"),
        Index(None, "client_id"),
        Index(None, "submission_id"),
        Index("uq_plan_active", "client_id", unique=True, postgresql_where=text("state = 'active'")),
        Index("ix_plan_look", "look_at", postgresql_where=text("state = 'draft'")),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    score_id: Mapped[UUID] = mapped_column(ForeignKey("score.id", ondelete="CASCADE"), unique=True)
    rules: Mapped[str]
    rules_version: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="draft")
    version: Mapped[int] = mapped_column(server_default=text("1"))
    coach_confirms_first: Mapped[bool]
    draft: Mapped[dict[str, Any]]
    cadences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    focus: Mapped[list[str] | None]
    starts_on: Mapped[date | None]
    created_at: Mapped[RecordedAt]
    look_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    completed_at: Mapped[datetime | None]


class PlanVersion(Base):
    """How a plan stood after each change, whole, and who made it. Rows are only added."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("plan_id", "version"),)

    id: Mapped[Key]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    actor: Mapped[str]
    at: Mapped[Moment]


class Milestone(Base):
    """A thing to reach by a date, with the reason why it stands in the plan.

    `ahead_days`: so many days before its date its reminder comes. `touched_at`: a person changed it, so no
    rule overwrites it any more. `opened_by`: the milestone whose being reached opened this one. `decides`:
    to stay, shift or leave; `decision` is which. `ref`: the name that the firm's own programs know it by.
    """

    __tablename__ = "milestone"
    __table_args__ = (
        one_of("state", MILESTONE_STATES),
        one_of("decision", DECISIONS),
        CheckConstraint("(state = 'reached') = (reached_at IS NOT NULL)", name="reached_has_time"),
        CheckConstraint("decision IS NULL OR decides", name="only_decisions_decide"),
        CheckConstraint("ahead_days > 0", name="ahead_positive"),
        UniqueConstraint("client_id", "ref"),
        Index(None, "plan_id"),
        Index(None, "client_id", "due_on"),
        Index("ix_milestone_opened_by", "opened_by", postgresql_where=text("opened_by IS NOT NULL")),
    )

    id: Mapped[Key]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    ref: Mapped[str | None]
    dimension: Mapped[str | None]
    position: Mapped[int]
    title: Mapped[str]
    detail: Mapped[str]
    service: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    why: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="proposed")
    due_on: Mapped[date]
    ahead_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("7"))
    decides: Mapped[bool] = mapped_column(server_default=text("false"))
    decision: Mapped[str | None]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("milestone.id", ondelete="SET NULL"))
    started_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    touched_at: Mapped[datetime | None]
    created_at: Mapped[RecordedAt]


class MilestoneReport(Base):
    """What somebody said of a milestone, as it came in. Without `milestone_id` it matched nothing yet.

    `given` keeps how it named the milestone, and the client as long as nobody is known by that name, so that
    what matched nothing can still be seen to. `refused`: why it changed nothing, for people to read.
    """

    __tablename__ = "milestone_report"
    __table_args__ = (
        one_of("kind", MILESTONE_EVENT_KINDS),
        one_of("decision", DECISIONS),
        Index(None, "milestone_id"),
        Index(None, "client_id"),
        Index("ix_milestone_report_unmatched", "id", postgresql_where=text("milestone_id IS NULL")),
        Index(
            "ix_milestone_report_email",
            text("((given -> 'client'::text) ->> 'email'::text)"),
            postgresql_where=text("milestone_id IS NULL"),
        ),
        Index(
            "ix_milestone_report_ref",
            text("((given -> 'client'::text) ->> 'ref'::text)"),
            postgresql_where=text("milestone_id IS NULL"),
        ),
    )

    id: Mapped[Key]
    milestone_id: Mapped[UUID | None] = mapped_column(ForeignKey("milestone.id", ondelete="CASCADE"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[Moment]
    due_on: Mapped[date | None]
    note: Mapped[str | None]
    decision: Mapped[str | None]
    refused: Mapped[str | None]
    given: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    actor: Mapped[str]
    recorded_at: Mapped[RecordedAt]


def given_name(by: str) -> ColumnElement[str]:
    """Return by which `email` or `ref` a report named its client, spelt as its index has it."""
    assert by in {"email", "ref"}
    return literal_column(f"(milestone_report.given -> 'client' ->> '{by}')", Text)


class Relationship(Base):
    """A person, group or event in a client's network; the cadence counts from the last real contact.

    `shifted_days`: a pause, or a wish for later, moved what is due by so many days; the next contact sets it
    to 0. `not_before`: the client asked to be reminded no earlier. For an event `starts_on` is its day, and
    `registered_on` the day on which the client said to go. `quiet_on`: then it goes quiet unless there is
    contact before.
    """

    __tablename__ = "relationship"
    __table_args__ = (
        one_of("kind", RELATIONSHIP_KINDS),
        one_of("state", RELATIONSHIP_STATES),
        CheckConstraint("cadence_days > 0", name="cadence_positive"),
        Index(None, "client_id"),
        Index(
            "ix_relationship_quiet",
            "quiet_on",
            postgresql_where=text("state = 'active' AND quiet_on IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    name: Mapped[str]
    cadence_days: Mapped[int | None]
    starts_on: Mapped[date]
    last_contact_on: Mapped[date | None]
    last_note: Mapped[str | None]
    shifted_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    not_before: Mapped[date | None]
    registered_on: Mapped[date | None]
    quiet_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[RecordedAt]


class Interaction(Base):
    """One real contact, told by the client, a coach or a program."""

    __tablename__ = "interaction"
    __table_args__ = (one_of("kind", INTERACTION_KINDS), Index(None, "relationship_id", "contact_on"))

    id: Mapped[Key]
    relationship_id: Mapped[UUID] = mapped_column(ForeignKey("relationship.id", ondelete="CASCADE"))
    contact_on: Mapped[date]
    kind: Mapped[str]
    note: Mapped[str | None]
    actor: Mapped[str]
    created_at: Mapped[RecordedAt]


class Deed(Base):
    """What a client did by a link in a letter. `before` and `after`: what it changed, for undoing it.

    `about`: the milestone or relationship; a week's letter names several people. Nothing: the letter itself.
    """

    __tablename__ = "deed"
    __table_args__ = (
        Index(
            "uq_deed_standing",
            "message_id",
            "purpose",
            "about",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "client_id", "at"),
        # Beside the one above, which knows nothing of what was undone: deleting a letter looks for its deeds.
        Index(None, "message_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    purpose: Mapped[int] = mapped_column(SmallInteger)
    about: Mapped[UUID | None]
    at: Mapped[Moment]
    before: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    after: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
