"""The ledger: every letter that should, did or did not go, and what is known of it.

The states and their moves stand in docs/architecture.md; what must always hold is a constraint here.
"""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt, one_of
from coaching.domain.ledger import (
    ATTEMPT_OUTCOMES,
    BATCH_STATES,
    FAMILIES,
    FATES,
    MESSAGE_STATES,
    RECIPIENT_KINDS,
    SUPPRESSION_SCOPES,
    TROUBLES,
)


class Sender(Base):
    """An address that letters go out from, and whether anything may leave from it now.

    `held_for`: key, quota or sender trouble; then one batch at `not_before` tries whether it is over. Else
    `not_before` is when SendGrid wants to be asked again, as it has since `quiet_since`. `resumed_at`: an
    outage ended then, and what had waited since before it leaves at a pace, the next of it at `paced_until`.
    """

    __tablename__ = "sender"
    __table_args__ = (
        one_of("held_for", TROUBLES),
        CheckConstraint("(held_for IS NULL) = (held_at IS NULL)", name="held_whole"),
    )

    address: Mapped[str] = mapped_column(primary_key=True)
    held_for: Mapped[str | None]
    held_at: Mapped[datetime | None]
    detail: Mapped[str | None]
    refusals: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    quiet_since: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    paced_until: Mapped[datetime | None]


class Batch(Base):
    """Letters of one template version, sender and family that go to SendGrid in one request.

    `rank`: lower goes first, then `due_at`, from when on its letters might have gone. `not_before`: it waits
    until then after a refusal. `split_from`: the refused batch that this one is a half of. `answers_to`: the
    coach whom an answer to its letters reaches; nobody: whoever reads the sender's mail.
    """

    __tablename__ = "batch"
    __table_args__ = (
        one_of("state", BATCH_STATES),
        one_of("family", FAMILIES),
        CheckConstraint(
            "(state IN ('claimed', 'posting')) = (lease_token IS NOT NULL)", name="lease_while_worked_on"
        ),
        CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease_whole"),
        CheckConstraint(
            "state NOT IN ('parked', 'closed') OR reason IS NOT NULL", name="reason_where_stopped"
        ),
        CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="accepted_has_time"),
        Index("ix_batch_next", "rank", "due_at", postgresql_where=text("state = 'ready'")),
        Index("ix_batch_lease", "lease_until", postgresql_where=text("lease_until IS NOT NULL")),
        Index(
            "ix_batch_open",
            "state",
            postgresql_where=text("state IN ('claimed', 'posting', 'uncertain', 'parked')"),
        ),
        Index("ix_batch_split_from", "split_from", postgresql_where=text("split_from IS NOT NULL")),
        Index("ix_batch_answers_to", "answers_to", postgresql_where=text("answers_to IS NOT NULL")),
    )

    id: Mapped[Key]
    template: Mapped[str]
    sender: Mapped[str]
    family: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="ready")
    rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("50"))
    size: Mapped[int]
    due_at: Mapped[RecordedAt]
    not_before: Mapped[Moment]
    split_from: Mapped[UUID | None] = mapped_column(ForeignKey("batch.id"))
    answers_to: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id", ondelete="SET NULL"))
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    reason: Mapped[str | None]
    created_at: Mapped[RecordedAt]
    accepted_at: Mapped[datetime | None]


class Message(Base):
    """One letter for one person in one slot. Texts and addresses are never kept here: only ids."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("recipient_kind", RECIPIENT_KINDS),
        one_of("family", FAMILIES),
        one_of("state", MESSAGE_STATES),
        one_of("fate", FATES),
        CheckConstraint("(state = 'queued') = (batch_id IS NOT NULL)", name="queued_in_batch"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_has_host"),
        CheckConstraint(
            "state NOT IN ('skipped', 'expired', 'cancelled', 'failed') OR outcome IS NOT NULL",
            name="reason_where_ended",
        ),
        CheckConstraint("expires_at > due_at", name="expires_after_due"),
        # A letter is never repeated or revived: one living row a slot.
        Index(
            "uq_message_slot",
            "recipient_id",
            "slot_key",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_message_look", "look_at", postgresql_where=text("state = 'planned'")),
        Index("ix_message_batch", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("ix_message_recipient", "recipient_id", "due_at"),
        Index("ix_message_host", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        # The letters that brought an item of the library, so that none comes twice.
        Index("ix_message_item", "recipient_id", postgresql_where=text("detail ? 'item'")),
    )

    id: Mapped[Key]
    recipient_kind: Mapped[str]
    recipient_id: Mapped[UUID]
    family: Mapped[str]
    template: Mapped[str]
    slot_key: Mapped[str]
    local_date: Mapped[date | None]
    local_time: Mapped[time | None]
    time_zone: Mapped[str | None]
    due_at: Mapped[Moment]
    look_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    rank: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default="planned")
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batch.id"))
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    outcome: Mapped[str | None]
    rule_codes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    why: Mapped[str]
    decided_at: Mapped[datetime | None]
    fate: Mapped[str | None]
    fate_at: Mapped[datetime | None]
    created_at: Mapped[RecordedAt]


class Attempt(Base):
    """One request to SendGrid, written down before it leaves."""

    __tablename__ = "attempt"
    __table_args__ = (
        one_of("outcome", ATTEMPT_OUTCOMES),
        UniqueConstraint("batch_id", "number"),
        # Two requests of one batch are never under way at once.
        Index("uq_attempt_open", "batch_id", unique=True, postgresql_where=text("outcome = 'posting'")),
        Index(None, "started_at"),
    )

    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    template_version: Mapped[str]
    size: Mapped[int]
    outcome: Mapped[str] = mapped_column(server_default="posting")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    provider_id: Mapped[str | None]
    detail: Mapped[str | None]
    started_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]


class Receipt(Base):
    """What SendGrid reported back, once each: its own event ids differ on repeats, so ours are used.

    `link`: a hash of what was clicked, since one second can hold several clicks. `machine`: an open or click
    that a scanner made.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        Index(
            "uq_receipt_once",
            "message_id",
            "address_hash",
            "kind",
            "at",
            "link",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "attempt_id"),
        Index("ix_receipt_bounce", "address_hash", "at", postgresql_where=text("kind = 'bounce'")),
    )

    id: Mapped[Key]
    message_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]
    address_hash: Mapped[bytes | None]
    kind: Mapped[str]
    at: Mapped[Moment]
    link: Mapped[bytes | None]
    machine: Mapped[bool] = mapped_column(server_default=text("false"))
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    recorded_at: Mapped[RecordedAt]


class Heartbeat(Base):
    """Signs of life, several a minute. `well` false: it was away or failing just before `at`.

    'webhook': the address that SendGrid reports to was reached from outside and could record. 'workers':
    letters were looked at.
    """

    __tablename__ = "heartbeat"
    __table_args__ = (one_of("part", ("webhook", "workers")), Index(None, "part", "at"))

    id: Mapped[Key]
    part: Mapped[str]
    at: Mapped[Moment]
    well: Mapped[bool]


class AttentionSlot(Base):
    """A client's attention on one local date; the key makes spending it twice impossible.

    Taken when a letter is queued, kept while it is on its way or sent, released when it leaves its batch.
    """

    __tablename__ = "attention_slot"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    message_id: Mapped[UUID] = mapped_column(unique=True)
    taken_at: Mapped[RecordedAt]


class Suppression(Base):
    """An address that must not be written to: at all, with anything but what it asked for, or by family."""

    __tablename__ = "suppression"
    __table_args__ = (
        one_of("scope", SUPPRESSION_SCOPES),
        Index(
            "uq_suppression_standing",
            "address_hash",
            "scope",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index(None, "at"),
    )

    id: Mapped[Key]
    address_hash: Mapped[bytes]
    scope: Mapped[str]
    reason: Mapped[str]
    source: Mapped[str]
    at: Mapped[Moment]
    lifted_at: Mapped[datetime | None]
