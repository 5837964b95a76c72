"""What tests of action links share: whatever a deed may touch, row by row, and a link of each purpose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import Choice
from coaching.domain.links import Purpose
from coaching.usecases.deeds import do_deed
from coaching.usecases.read_deeds import DeedView, look_at_deed
from tests.support.drain import everyone
from tests.support.drips import put_drip, put_sequence
from tests.support.underway import Underway

TODAY = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Hand:
    """Presses the button behind a link, and looks at what the page says then."""

    session: Session
    content: Content
    secrets: Secrets
    now: datetime

    def __call__(self, token: str, *, at: datetime | None = None, **choice: Any) -> DeedView:
        """Press with this choice; raises what the use case raises."""
        when = at or self.now
        do_deed(self.session, self.content, self.secrets, token, Choice(**choice), now=when)
        return look_at_deed(self.session, self.secrets, token, may_write_to=everyone, now=when)


def milestone(session: Session, milestone_id: UUID) -> tables.Milestone:
    """Return the row as it is now."""
    return session.get_one(tables.Milestone, milestone_id, populate_existing=True)


def relationship(session: Session, relationship_id: UUID) -> tables.Relationship:
    """Return the row as it is now."""
    return session.get_one(tables.Relationship, relationship_id, populate_existing=True)


def events(session: Session) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every fact in order, with what it says."""
    rows = session.execute(select(tables.Event.kind, tables.Event.data).order_by(tables.Event.id)).all()
    return [(kind, data) for kind, data in rows]


def acted_at(session: Session, client_id: UUID) -> datetime | None:
    """Return when the client acted last."""
    return session.get_one(tables.Client, client_id, populate_existing=True).last_acted_at


def letter_for(session: Session, underway: Underway, purpose: Purpose) -> UUID:
    """Return a letter in which a link of this purpose stands."""
    if purpose is Purpose.STILL_USEFUL:
        return underway.letter(session, "still-useful")
    if purpose in {Purpose.MET, Purpose.LATER, Purpose.REST}:
        mentor = underway.relationship(session)
        return underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    if purpose is Purpose.REGISTERED:
        event = underway.relationship(
            session, kind="event", name="Meetup", cadence_days=None, starts_on=TODAY + 20 * DAY
        )
        return underway.letter(session, "event-register", relationship=event)
    if purpose is Purpose.DID:
        return put_drip(session, underway.client_id, put_sequence(session, underway.now), underway.now)
    decides = purpose is Purpose.DECIDE
    return underway.letter(session, "milestone-ahead", milestone=underway.milestone(session, decides=decides))


def rows(session: Session) -> list[Any]:
    """Return what a deed may touch, row by row."""
    session.expire_all()
    found = []
    for table in (tables.Milestone, tables.Relationship, tables.Interaction, tables.Deed, tables.Audit):
        columns = table.__table__.columns
        found.append(session.execute(select(*columns).order_by(columns.id)).all())
    return found
