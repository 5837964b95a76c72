"""Random clients who come to the middle of their plans, and the days that they then live through."""

import random
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.domain.rehearsal.life import Life
from coaching.domain.relationships import EVENT
from coaching.usecases.enrollment_facts import live_sequences
from coaching.usecases.enrollments import enroll
from coaching.usecases.facts import record
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.rehearse import Question, lives
from coaching.usecases.submit import submit_assessment
from tests.support.drain import Firm, everyone
from tests.support.drips import put_sequence
from tests.support.forms import form
from tests.support.journeys import COACH_ID, join, know
from tests.support.plans import COACH, leaning
from tests.support.rehearsed_deeds import Deed, Drawing, do

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
)
HOURS = ("12345 08:30-18:00", "12345 08:30-18:00", "67 10:00-12:00", "135 20:00-21:30")
RHYTHMS = ("weekly", "weekly", "fortnightly", "monthly")
_DAY = timedelta(days=1)
# One with a fork, a wait, and a letter that only some get; it starts by hand.
FORKED = {
    "name": "forked",
    "version": 1,
    "rank": 2,
    "trigger": {"events": ["milestone_postponed", "client_resumed", "relationship_went_quiet"]},
    "reentry": "each_time",
    "exits": ["unsubscribed", "contact_request", "paused"],
    "steps": [
        {"key": "see", "letter": "networks-see", "after": {"working_days": 1}, "at": "07:00"},
        {"wait_for": {"event": "contact_made", "days": 5}},
        {
            "branch": [
                {
                    "when": {"field": "rhythm", "is": "weekly"},
                    "steps": [{"key": "try", "letter": "networks-try", "after": {"days": 2}, "at": "09:00"}],
                },
                {
                    "steps": [
                        {"key": "heart", "letter": "commitment-see", "after": {"days": 4}, "at": "17:00"}
                    ]
                },
            ]
        },
        {"key": "keep", "letter": "networks-keep", "after": {"days": 3}, "at": "09:00"},
    ],
}


@dataclass
class Town:
    """A firm with some clients, all of it drawn from one seed."""

    firm: Firm
    seed: int
    chance: random.Random = field(init=False)
    clients: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def now(self) -> datetime:
        """What time it is there."""
        return self.firm.database.at

    def settle_in(self, count: int) -> None:
        """Let clients join who know people, and live for some weeks in which they do what is drawn."""
        with self.firm.database.transaction() as session:
            publish_first(session, self.firm.content.sequences.values(), now=self.now)
            put_sequence(session, self.now, **FORKED)
        for number in range(count):
            self._join(number)
        for _ in range(self.chance.randrange(0, 4)):
            days = self.chance.randrange(2, 14)
            self.live(self.deeds(days), days)

    def live(self, deeds: Mapping[UUID, Many[Deed]], days: int) -> None:
        """Live through these days; what is done is done at its time."""
        until = self.now + days * _DAY
        together = [(deed.at, one, deed) for one, several in deeds.items() for deed in several]
        for at, client_id, deed in sorted(together, key=lambda one: one[0]):
            self.firm.run_until(at)
            do(self.firm, client_id, deed)
            self.firm.work()
        self.firm.run_until(until)

    def deeds(self, days: int) -> dict[UUID, list[Deed]]:
        """Draw what everybody does in these days, in an order that is the same for the same seed."""
        lives = self.lives()
        drawing = Drawing(self.chance, self.firm.content.plan_rules("job-career"), self.now, days)
        return {one: drawing.of(lives[one].state) for one in self.clients}

    def lives(self) -> dict[UUID, Life]:
        """Return the lives that a rehearsal begins with."""
        with self.firm.database.transaction() as session:
            made = lives(
                session,
                self.clients,
                Question(1),
                live_sequences(session),
                may_write_to=everyone,
                now=self.now,
            )
            return {life.state.client_id: life for life in made}

    def _join(self, number: int) -> None:
        zone = self.chance.choice(ZONES)
        drafted_only = self.chance.random() < 0.3
        answers = leaning(
            self.firm.content, self.chance.randrange(1, 7), networks=self.chance.randrange(1, 7)
        )
        if drafted_only:
            client_id = self._send_in(number, zone, answers)
        else:
            client_id = join(self.firm, f"C{number}", zone, answers=answers)
        self.clients.append(client_id)
        with self.firm.database.transaction() as session:
            client = session.get_one(tables.Client, client_id)
            client.hours, client.rhythm = self.chance.choice(HOURS), self.chance.choice(RHYTHMS)
            record(session, EventKind.CLIENT_CHANGED, client_id, client_id=client_id, now=self.now)
        for one in range(self.chance.randrange(0, 4)):
            self._know(client_id, one)
        if self.chance.random() < 0.4:
            with self.firm.database.transaction() as session:
                enroll(session, client_id, "forked", actor=COACH, may_write_to=everyone, now=self.now)
        self.firm.work()

    def _send_in(self, number: int, zone: str, answers: dict[str, int | None]) -> UUID:
        """Let a client of the firm fill in the form whose draft nobody has approved yet."""
        with self.firm.database.transaction() as session:
            filled = form(
                self.firm.content,
                email=f"c{number}@example.test",
                name=f"C{number}",
                time_zone=zone,
                importance={},
                trust="firm",
                confirmed=True,
                answers=answers,
            )
            done = submit_assessment(session, self.firm.content, self.firm.secrets, filled, now=self.now)
            coach = tables.Coach(id=COACH_ID, name="Maren", email="m@e.test", email_key="m@e.test")
            session.merge(coach)
            session.flush()
            session.get_one(tables.Client, done.client_id).coach_id = COACH_ID
        self.firm.work()
        return done.client_id

    def _know(self, client_id: UUID, number: int) -> None:
        kind = self.chance.choice(("mentor", "peer", "group", "event"))
        days = self.chance.randrange(2, 60)
        if kind == EVENT:
            know(self.firm, client_id, kind, f"Event {number}", starts_on=self.now.date() + days * _DAY)
        else:
            know(self.firm, client_id, kind, f"Person {number}", cadence_days=max(7, days))
