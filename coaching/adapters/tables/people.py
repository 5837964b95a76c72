"""Clients, coaches, and what a client said yes or no to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coaching.adapters.tables.base import Base, Key, Moment, RecordedAt, one_of
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.ledger import PAUSE_ENDINGS
from coaching.domain.local_time import DEFAULT_HOURS


class Coach(Base):
    """A person of the firm who looks after clients.

    `listed_on`: the last day, where they are, whose morning list was written or found empty.
    `list_stopped_at`: they get no morning list from then on. `booking_url`: where a talk with them is booked.
    """

    __tablename__ = "coach"

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    admin: Mapped[bool] = mapped_column(server_default=text("false"))
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    listed_on: Mapped[date | None]
    list_stopped_at: Mapped[datetime | None]
    booking_url: Mapped[str | None]
    created_at: Mapped[RecordedAt]


class Client(Base):
    """A person whom the firm helps. Until `confirmed_at` is set, the address is only claimed.

    `hours`: when letters may come, as `coaching.domain.local_time.Hours` writes it. `last_acted_at`: the
    last click, contact, milestone or form of theirs; letters since then went unanswered. `quiet_on`: then the
    coach is told that nothing was heard, unless they act before.
    """

    __tablename__ = "client"
    __table_args__ = (
        one_of("stage", STAGES),
        one_of("rhythm", RHYTHMS),
        Index(None, "coach_id"),
        Index("ix_client_quiet", "quiet_on", postgresql_where=text("quiet_on IS NOT NULL")),
    )

    id: Mapped[Key]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    address_hash: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    time_zone: Mapped[str]
    stage: Mapped[str | None]
    rhythm: Mapped[str] = mapped_column(server_default="weekly")
    hours: Mapped[str] = mapped_column(server_default=DEFAULT_HOURS.code)
    ref: Mapped[str | None] = mapped_column(unique=True)
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    coach_id: Mapped[UUID | None] = mapped_column(ForeignKey("coach.id"))
    confirmed_at: Mapped[datetime | None]
    last_acted_at: Mapped[datetime | None]
    quiet_on: Mapped[date | None]
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


class Pause(Base):
    """A time in which nothing but transactional letters goes to a client; `ending`: what becomes of the rest.

    Without `until_at` it lasts until somebody ends it. `ended_at`: it is over, and `ending` has been done.
    """

    __tablename__ = "pause"
    __table_args__ = (
        one_of("ending", PAUSE_ENDINGS),
        CheckConstraint("until_at > began_at", name="until_after_began"),
        Index("uq_pause_open", "client_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_pause_until", "until_at", postgresql_where=text("ended_at IS NULL")),
        Index(None, "client_id", "began_at"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    began_at: Mapped[Moment]
    until_at: Mapped[datetime | None]
    ending: Mapped[str]
    actor: Mapped[str]
    ended_at: Mapped[datetime | None]
