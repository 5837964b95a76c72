"""The workers' round by hand: follow up, sweep, deliver, and move the clock from due time to due time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.mail_body import Sender
from coaching.adapters.rendering import Frame, Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain import local_time
from coaching.domain.allowlist import Allowlist
from coaching.domain.library import Library
from coaching.reactions import Reactions
from coaching.settings import CONTENT, TEMPLATES
from coaching.usecases.deliver import deliver_next
from coaching.usecases.facts import drain
from coaching.usecases.mind_drafts import mind_drafts
from coaching.usecases.pauses import end_due_pauses
from coaching.usecases.post_room import PostRoom
from coaching.usecases.quiet import go_quiet
from coaching.usecases.settle import expire_leases, settle_from_receipts
from coaching.usecases.silent_clients import note_silent_clients
from coaching.usecases.sweep import sweep
from tests.support.mailers import RecordingMailer

SENDER = Sender("coaching@firm.example.test", "The Firm")
PUBLIC_URL = "https://firm.example.test"
LEASE = timedelta(seconds=30)


class HandHeldDatabase(Database):
    """A database whose clock stands still until the test moves it."""

    def __init__(self, url: str, at: datetime) -> None:
        super().__init__(url)
        self.at = at

    def now(self, _session: Session) -> datetime:  # type: ignore[override]  # the clock belongs to this one
        """Return the time that the test says it is."""
        return self.at


@cache
def stationery() -> Stationery:
    """Return the letter paper that is shipped, under a made-up firm's name."""
    return Stationery(TEMPLATES / "email", Frame("The Firm", "1 Example Street", PUBLIC_URL))


everyone = Allowlist()


@cache
def shelf() -> Library:
    """Return the library that is shipped."""
    return Content.load(CONTENT).library


def post_room(mailer: RecordingMailer, secrets: Secrets, may_write_to: Allowlist = everyone) -> PostRoom:
    """Return what delivering needs, with this mailer."""
    return PostRoom(mailer, stationery(), secrets, SENDER, PUBLIC_URL, may_write_to, LEASE, shelf())


@dataclass
class Firm:
    """A whole installation without its processes: what workers and beat do is called by hand."""

    database: HandHeldDatabase
    content: Content
    secrets: Secrets
    mailer: RecordingMailer = field(init=False)

    def __post_init__(self) -> None:
        self.mailer = RecordingMailer(clock=lambda: self.database.at)

    def run_until(self, until: datetime) -> None:
        """Work off everything that falls due up to a moment, each at its own time."""
        self.work()
        while (due := self._next_due()) is not None and due <= until:
            self.database.at = max(due, self.database.at)
            self.work()
        self.database.at = until

    def work(self) -> None:
        """Do what the workers do until nothing is left to be done at this moment."""
        while self._mind() + self._follow_up() + self._sweep() + self._deliver():
            pass

    def _mind(self) -> int:
        """Do what beat asks for by the clock: plans, pauses and relationships whose day has come."""
        at = self.database.at
        with self.database.transaction() as session:
            minded = mind_drafts(session, starts_alone=True, now=at)
            minded += end_due_pauses(session, now=at) + go_quiet(session, now=at)
            return minded + note_silent_clients(session, now=at)

    def _follow_up(self) -> int:
        with self.database.transaction() as session:
            return drain(session, Reactions(self.content, everyone), now=self.database.at)

    def _sweep(self) -> int:
        with self.database.transaction() as session:
            freed = expire_leases(session, now=self.database.at)
            settle_from_receipts(session, now=self.database.at)
            swept = sweep(session, sender=SENDER.address, may_write_to=everyone, now=self.database.at)
            return freed + swept.looked_at

    def _deliver(self) -> int:
        room = post_room(self.mailer, self.secrets)
        delivered = 0
        while deliver_next(self.database, room):
            delivered += 1
        return delivered

    def _next_due(self) -> datetime | None:
        # A draft that nobody may start yet keeps its time; it was looked at then.
        drafts = (tables.Plan.state == "draft") & (tables.Plan.look_at > self.database.at)
        waiting = tables.Event.handled_at.is_(None) & tables.Event.parked_at.is_(None)
        with self.database.transaction() as session:
            dues = (
                _earliest(session, tables.Event.next_at, waiting),
                _earliest(session, tables.Message.look_at, tables.Message.state == "planned"),
                _earliest(session, tables.Batch.not_before, tables.Batch.state == "ready"),
                _earliest(session, tables.Plan.look_at, drafts),
                _earliest(session, tables.Pause.until_at, tables.Pause.ended_at.is_(None)),
                self._next_silence(session),
                self._next_quiet(session),
            )
        return min((due for due in dues if due is not None), default=None)

    def _next_silence(self, session: Session) -> datetime | None:
        today = self.database.at.date()
        on = session.scalar(select(func.min(tables.Client.quiet_on)).where(tables.Client.quiet_on > today))
        return datetime.combine(on, time(), UTC) if on is not None else None

    def _next_quiet(self, session: Session) -> datetime | None:
        """The day on which a relationship goes quiet begins where the client is."""
        rows = session.execute(
            select(tables.Client.time_zone, tables.Relationship.quiet_on)
            .join(tables.Client, tables.Client.id == tables.Relationship.client_id)
            .where(tables.Relationship.state == "active", tables.Relationship.quiet_on.is_not(None))
        )
        days = [local_time.instant_of(on, time(), zone) for zone, on in rows]
        return min((day for day in days if day > self.database.at), default=None)


def _earliest(
    session: Session, column: InstrumentedAttribute[Any], where: ColumnElement[bool]
) -> datetime | None:
    found: datetime | None = session.scalar(select(func.min(column)).where(where))
    return found.astimezone(UTC) if found is not None else None
