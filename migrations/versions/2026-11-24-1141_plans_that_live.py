"""Plans that are approved, changed and lived with; pauses; when letters may come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "d2454b8e9528"
down_revision: str | None = "c41d9a7e5b02"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "deed",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.SmallInteger(), nullable=False),
        sa.Column("about", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "after", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_deed_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_deed_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
    )
    op.create_index(op.f("ix_deed_client_id_at"), "deed", ["client_id", "at"], unique=False)
    op.create_index(
        "uq_deed_standing",
        "deed",
        ["message_id", "purpose", "about"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "pause",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ending IN ('skip', 'shift', 'hold')", name=op.f("ck_pause_ending_known")),
        sa.CheckConstraint("until_at > began_at", name=op.f("ck_pause_until_after_began")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_pause_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_client_id_began_at"), "pause", ["client_id", "began_at"], unique=False)
    op.create_index(
        "ix_pause_until", "pause", ["until_at"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index(
        "uq_pause_open", "pause", ["client_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "interaction",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("relationship_id", sa.UUID(), nullable=False),
        sa.Column("contact_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('met', 'called', 'wrote', 'attended')", name=op.f("ck_interaction_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_interaction_relationship_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index(
        op.f("ix_interaction_relationship_id_contact_on"),
        "interaction",
        ["relationship_id", "contact_on"],
        unique=False,
    )
    op.create_table(
        "plan_version",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_version_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "version", name=op.f("uq_plan_version_plan_id_version")),
    )
    op.create_table(
        "milestone_report",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("milestone_id", sa.UUID(), nullable=True),
        sa.Column("client_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column(
            "given", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('started', 'reached', 'postponed', 'dropped')",
            name=op.f("ck_milestone_report_kind_known"),
        ),
        sa.CheckConstraint(
            "decision IN ('stay', 'shift', 'leave')", name=op.f("ck_milestone_report_decision_known")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_milestone_report_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
            name=op.f("fk_milestone_report_milestone_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_report")),
    )
    op.create_index(op.f("ix_milestone_report_client_id"), "milestone_report", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_milestone_report_milestone_id"), "milestone_report", ["milestone_id"], unique=False
    )
    op.create_index(
        "ix_milestone_report_unmatched",
        "milestone_report",
        ["id"],
        unique=False,
        postgresql_where=sa.text("milestone_id IS NULL"),
    )
    _add_to_people()
    op.add_column("milestone", sa.Column("ref", sa.Text(), nullable=True))
    op.add_column(
        "milestone", sa.Column("ahead_days", sa.SmallInteger(), server_default=sa.text("7"), nullable=False)
    )
    op.add_column(
        "milestone", sa.Column("decides", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("milestone", sa.Column("decision", sa.Text(), nullable=True))
    op.add_column("milestone", sa.Column("opened_by", sa.UUID(), nullable=True))
    op.add_column("milestone", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("milestone", sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("milestone", sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_milestone_client_id_ref"), "milestone", ["client_id", "ref"])
    op.create_foreign_key(
        op.f("fk_milestone_opened_by"), "milestone", "milestone", ["opened_by"], ["id"], ondelete="SET NULL"
    )
    op.add_column("plan", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(
        "plan",
        sa.Column(
            "cadences",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.add_column("plan", sa.Column("focus", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("plan", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("plan", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plan", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plan", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_plan_look", "plan", ["look_at"], unique=False, postgresql_where=sa.text("state = 'draft'")
    )
    op.create_index(
        "uq_plan_active", "plan", ["client_id"], unique=True, postgresql_where=sa.text("state = 'active'")
    )
    op.add_column(
        "relationship",
        sa.Column("shifted_days", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("relationship", sa.Column("not_before", sa.Date(), nullable=True))
    op.add_column("relationship", sa.Column("registered_on", sa.Date(), nullable=True))
    op.add_column("relationship", sa.Column("quiet_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_relationship_quiet",
        "relationship",
        ["quiet_on"],
        unique=False,
        postgresql_where=sa.text("state = 'active' AND quiet_on IS NOT NULL"),
    )
    _index_what_hangs_on_rows()
    op.create_check_constraint("decision_known", "milestone", "decision IN ('stay', 'shift', 'leave')")
    op.create_check_constraint("only_decisions_decide", "milestone", "decision IS NULL OR decides")
    op.create_check_constraint("ahead_positive", "milestone", "ahead_days > 0")
    # Without foreign keys, like a letter's recipient: checking them row by row would cost a campaign dearly.
    op.drop_constraint("fk_attention_slot_client_id", "attention_slot", type_="foreignkey")
    op.drop_constraint("fk_attention_slot_message_id", "attention_slot", type_="foreignkey")
    op.alter_column("attention_slot", "n", server_default=sa.text("1"))
    op.add_column(
        "attention_slot",
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _bring_up_to_date()
    op.create_check_constraint(
        "approved", "plan", "(state IN ('active', 'completed')) <= (approved_at IS NOT NULL)"
    )


def _index_what_hangs_on_rows() -> None:
    """Deleting a row, a letter that carries others, and a client's name look for what refers to them."""
    for name in ("email", "ref"):
        op.create_index(
            f"ix_milestone_report_{name}",
            "milestone_report",
            [sa.text(f"((given -> 'client'::text) ->> '{name}'::text)")],
            unique=False,
            postgresql_where=sa.text("milestone_id IS NULL"),
        )
    op.create_index(op.f("ix_deed_message_id"), "deed", ["message_id"], unique=False)
    op.create_index(
        "ix_milestone_opened_by",
        "milestone",
        ["opened_by"],
        unique=False,
        postgresql_where=sa.text("opened_by IS NOT NULL"),
    )
    op.create_index(
        "ix_message_host",
        "message",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )


def _bring_up_to_date() -> None:
    """Give plans that were there before what they have from now on."""
    op.execute("UPDATE plan SET cadences = draft -> 'cadences' WHERE draft ? 'cadences'")
    op.execute(
        "UPDATE plan SET approved_at = created_at WHERE state IN ('active', 'completed') AND approved_at IS NULL"
    )
    op.execute("UPDATE plan SET starts_on = approved_at::date WHERE approved_at IS NOT NULL")
    op.execute("UPDATE milestone SET decides = true WHERE kind = 'stay-shift-leave-decision'")
    op.execute("UPDATE milestone SET ahead_days = 14 WHERE kind = 'stay-shift-leave-decision'")


def _add_to_people() -> None:
    op.add_column("client", sa.Column("hours", sa.Text(), server_default="12345 08:30-18:00", nullable=False))
    op.add_column("client", sa.Column("last_acted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batch", sa.Column("answers_to", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_batch_answers_to"), "batch", "coach", ["answers_to"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "ix_batch_answers_to",
        "batch",
        ["answers_to"],
        unique=False,
        postgresql_where=sa.text("answers_to IS NOT NULL"),
    )
    op.add_column("client", sa.Column("quiet_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_client_quiet",
        "client",
        ["quiet_on"],
        unique=False,
        postgresql_where=sa.text("quiet_on IS NOT NULL"),
    )
    op.add_column("coach", sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False))
    op.add_column("coach", sa.Column("listed_on", sa.Date(), nullable=True))
    op.add_column("coach", sa.Column("list_stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_event_told",
        "event",
        ["at"],
        unique=False,
        postgresql_where=sa.text("kind IN ('client_acted', 'client_went_quiet', 'relationship_went_quiet')"),
    )
