"""A client's plan as the pages' own database has it, with links to press."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.dates import day_in_words
from coaching.adapters import tables
from coaching.adapters.database import now
from coaching.domain import local_time
from coaching.domain.links import Purpose
from tests.pages.caseload import Caseload
from tests.support.drips import put_drip, put_sequence
from tests.support.underway import ZONE, Underway, put_underway

Row = TypeVar("Row", bound=tables.Base)
DAY = timedelta(days=1)
UNDO = re.compile(r'action="(/act/[\w-]{47})"')  # what the undo button of a page posts to


@dataclass(frozen=True)
class Desk:
    """Ana's plan as the pages' own database has it."""

    caseload: Caseload
    ana: Underway
    today: date

    @classmethod
    def of(cls, caseload: Caseload) -> Self:
        """Put Ana's plan under way, as of the database's own today."""
        with caseload.house.database.transaction() as session:
            at = now(session)
            ana = put_underway(session, caseload.house.secrets, at)
        return cls(caseload, ana, local_time.local(at, ZONE).date())

    def add(self, make: Callable[[Session], UUID]) -> UUID:
        """Add one row."""
        with self.caseload.house.database.transaction() as session:
            return make(session)

    def link(self, purpose: Purpose, template: str, **detail: object) -> str:
        """Return the address behind a link in a new letter about this."""
        letter = self.add(lambda session: self.ana.letter(session, template, **detail))
        return f"/act/{self.ana.token(purpose, letter)}"

    def step(self, **changes: object) -> UUID:
        """Add a milestone."""
        return self.add(lambda session: self.ana.milestone(session, **changes))

    def tie(self, **changes: object) -> UUID:
        """Add a relationship."""
        return self.add(lambda session: self.ana.relationship(session, **changes))

    def event(self, ahead: int = 20) -> UUID:
        """Add an event so many days ahead."""
        return self.tie(
            kind="event", name="Design meetup", cadence_days=None, starts_on=self.today + ahead * DAY
        )

    def address(self, purpose: Purpose) -> str:
        """Return an address of this purpose that has something to do."""
        if purpose is Purpose.STILL_USEFUL:
            return self.link(purpose, "still-useful")
        if purpose in {Purpose.DID, Purpose.TALK}:
            return f"/act/{self.ana.token(purpose, self.drip())}"
        if purpose in {Purpose.MET, Purpose.LATER, Purpose.REST, Purpose.ANSWER}:
            return self.link(purpose, "mentor-nudge", relationship=self.tie(), time=1)
        if purpose is Purpose.REGISTERED:
            return self.link(purpose, "event-register", relationship=self.event())
        return self.link(purpose, "milestone-ahead", milestone=self.step(decides=purpose is Purpose.DECIDE))

    def drip(self, step: str = "see") -> UUID:
        """Add a letter of a sequence."""
        at = self.ana.now
        return self.add(
            lambda session: put_drip(session, self.ana.client_id, put_sequence(session, at), at, step)
        )

    def day(self, ahead: int) -> str:
        """Return a day in words, so many days from today."""
        return day_in_words(self.today + ahead * DAY, seen_on=self.today)

    def stored(self, table: type[Row]) -> list[Row]:
        """Return every row of a table."""
        with self.caseload.house.database.transaction() as session:
            return list(session.scalars(select(table)))
