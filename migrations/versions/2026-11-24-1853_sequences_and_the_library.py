"""Sequences, clients' ways through them, and what readers ask for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b3cd6c5b7efb"
down_revision: str | None = "d2454b8e9528"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sequence_version",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_sequence_version_version_positive")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_sequence_version")),
    )
    op.create_table(
        "contact_request",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_contact_request_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_request")),
    )
    op.create_index(op.f("ix_contact_request_client_id"), "contact_request", ["client_id"], unique=False)
    op.create_index(
        "ix_contact_request_open",
        "contact_request",
        ["at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "enrollment",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("move_to", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (end_reason IS NOT NULL)", name=op.f("ck_enrollment_ended_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_enrollment_ended_has_time")
        ),
        sa.CheckConstraint(
            "end_reason IN ('unsubscribed', 'goal', 'contact_request', 'replied', 'plan_completed', 'paused', 'outranked', 'completed', 'withdrawn')",
            name=op.f("ck_enrollment_end_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('active', 'held_out', 'ended')", name=op.f("ck_enrollment_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_enrollment_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sequence", "version"],
            ["sequence_version.name", "sequence_version.version"],
            name=op.f("fk_enrollment_sequence_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
    )
    op.create_index(
        op.f("ix_enrollment_client_id_sequence"), "enrollment", ["client_id", "sequence"], unique=False
    )
    op.create_index(
        op.f("ix_enrollment_sequence_version"), "enrollment", ["sequence", "version"], unique=False
    )
    op.create_index(
        "uq_enrollment_active",
        "enrollment",
        ["client_id", "sequence"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_suggestion_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index(op.f("ix_suggestion_at"), "suggestion", ["at"], unique=False)
    op.create_index(op.f("ix_suggestion_client_id"), "suggestion", ["client_id"], unique=False)
    op.add_column("coach", sa.Column("booking_url", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_item",
        "message",
        ["recipient_id"],
        unique=False,
        postgresql_where=sa.text("detail ? 'item'"),
    )
