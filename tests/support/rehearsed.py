"""Random clients who come to the middle of their plans, and what they do next: told to memory, and done."""

import random
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.engine.happenings import (
    Acted,
    ContactMade,
    Happening,
    Lived,
    MilestoneChanged,
    Paused,
    Resumed,
    Stopped,
)
from coaching.domain.engine.state import ClientState, LetterFacts, LifeFact, MilestoneFacts, Pause
from coaching.domain.events import EventKind
from coaching.domain.milestones import Report
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.plans import next_milestone
from coaching.domain.rehearsal.life import Life, Look
from coaching.domain.relationships import EVENT, Contact
from coaching.usecases.acts import note_act
from coaching.usecases.contacts import note_contact
from coaching.usecases.enrollment_facts import live_sequences
from coaching.usecases.enrollments import enroll
from coaching.usecases.facts import record
from coaching.usecases.pauses import pause_client, resume_client
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.rehearse import Question, lives
from coaching.usecases.replies import note_reply
from coaching.usecases.report_milestone import report_on
from coaching.usecases.submit import submit_assessment
from coaching.usecases.suppressions import close_fence, suppress
from tests.support.drain import Firm, everyone
from tests.support.drips import put_sequence
from tests.support.forms import form
from tests.support.journeys import COACH_ID, join, know
from tests.support.plans import COACH, leaning

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
PAUSES = ("skip", "shift", "hold")
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


@dataclass(frozen=True)
class Deed:
    """What a client does, or what is done for them, at one moment."""

    at: datetime
    kind: str
    about: UUID | None = None
    on: date | None = None
    ending: str = "skip"
    decides: bool = False
    dimension: str | None = None


@dataclass(frozen=True)
class Reckoned:
    """How it stands when the days are over, without ids that chance has given.

    `went`: every letter that left with what rode in it; `ends`: the others, by how they ended and when they
    are looked at next.
    """

    went: tuple[tuple[str, datetime, tuple[str, ...]], ...]
    ends: tuple[tuple[str, str, datetime | None], ...]

    def lines(self) -> list[str]:
        """Return all of it as lines that can be compared."""
        gone = [f"{at} {name} went with {', '.join(riders) or 'nothing'}" for name, at, riders in self.went]
        return gone + [f"{at} {name} {state}" for name, state, at in self.ends]


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
            self.live({one: self.deeds(state, days) for one, state in self.states().items()}, days)

    def live(self, deeds: Mapping[UUID, Many[Deed]], days: int) -> None:
        """Live through these days; what is done is done at its time."""
        until = self.now + days * _DAY
        together = [(deed.at, str(one), deed) for one, several in deeds.items() for deed in several]
        for at, client_id, deed in sorted(together, key=lambda one: one[:2]):
            self.firm.run_until(at)
            do(self.firm, UUID(client_id), deed)
            self.firm.work()
        self.firm.run_until(until)

    def states(self) -> dict[UUID, ClientState]:
        """Return how it stands with everybody."""
        return {one: life.state for one, life in self.lives().items()}

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

    def deeds(self, state: ClientState, days: int) -> list[Deed]:
        """Draw what somebody does in these days; each of it can be done, whatever comes before."""
        drawn = [
            deed
            for kind in self.chance.sample(_KINDS, self.chance.randrange(0, 5))
            for deed in self._deeds(kind, state, days)
        ]
        until = self.now + days * _DAY
        return sorted((one for one in drawn if one.at < until), key=lambda one: one.at)

    def _deeds(self, kind: str, state: ClientState, days: int) -> list[Deed]:
        at = self._moment(days)
        if kind == "meet":
            known = [one for one in state.relationships if one.kind != EVENT]
            with_whom = self.chance.choice(known).id if known else None
            return [Deed(at, kind, with_whom)] if with_whom else []
        if kind in {"start", "reach", "postpone"}:
            return self._report(kind, state, at)
        if kind == "pause":
            return self._pause(state, at, days)
        return [Deed(at, kind)]

    def _report(self, kind: str, state: ClientState, at: datetime) -> list[Deed]:
        usable = {"active"} if kind == "start" else OPEN_MILESTONES
        # Which steps may be drawn depends on the kind: no two reports are about the same one.
        place = ("start", "reach", "postpone").index(kind)
        own = [
            one
            for number, one in enumerate(sorted(state.milestones, key=lambda one: one.id))
            if number % 3 == place and one.state in usable and self._opens_none(one, state)
        ]
        if not own:
            return []
        step = self.chance.choice(own)
        on = max(step.due_on, at.date()) + self.chance.randrange(2, 30) * _DAY
        return [Deed(at, kind, step.id, on, decides=step.decides, dimension=step.dimension)]

    def _opens_none(self, step: MilestoneFacts, state: ClientState) -> bool:
        rules = self.firm.content.plan_rules("job-career")
        kinds = {one.kind for one in state.milestones}
        return next_milestone(rules, step.kind, kinds, reached_on=self.now.date()) is None

    def _pause(self, state: ClientState, at: datetime, days: int) -> list[Deed]:
        if any(one.ended_at is None for one in state.pauses):
            return [Deed(at, "resume")]
        until = self.chance.choice((None, at.date() + self.chance.randrange(2, days + 20) * _DAY))
        begins = Deed(at, "pause", on=until, ending=self.chance.choice(PAUSES))
        over = at + timedelta(hours=self.chance.randrange(1, days * 24), minutes=3)
        ends = self.chance.random() < 0.5 and (until is None or over.date() < until - _DAY)
        return [begins, Deed(over, "resume")] if ends else [begins]

    def _moment(self, days: int) -> datetime:
        """A moment at which nothing else falls due."""
        minutes = self.chance.randrange(1, days * 24 * 60)
        return self.now + timedelta(minutes=minutes, seconds=self.chance.randrange(1, 59))

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


_KINDS = ("meet", "meet", "start", "reach", "postpone", "act", "act", "reply", "pause", "stop-drips")


def do(firm: Firm, client_id: UUID, deed: Deed) -> None:
    """Let it be done now, as a coach or a client does it."""
    now = firm.database.at
    with firm.database.transaction() as session:
        if deed.kind == "act":
            note_act(session, client_id, now=now)
            record(session, EventKind.CLIENT_ACTED, client_id, client_id=client_id, now=now)
        elif deed.kind == "reply":
            note_reply(session, client_id, actor=COACH, now=now)
        elif deed.kind == "pause":
            pause_client(session, client_id, until=deed.on, ending=deed.ending, actor=COACH, now=now)
        elif deed.kind == "resume":
            resume_client(session, client_id, actor=COACH, now=now)
        elif deed.kind == "stop-drips":
            close_fence(session)
            client = session.get_one(tables.Client, client_id)
            suppress(session, client.address_hash, "drip", reason="unsubscribed", source="link", now=now)
            record(session, EventKind.LETTERS_UNSUBSCRIBED, client_id, client_id=client_id, now=now)
        elif deed.about is not None and deed.kind == "meet":
            zone = session.get_one(tables.Client, client_id).time_zone
            contact = Contact(local_time.local(now, zone).date(), "met")
            note_contact(session, deed.about, contact, actor=COACH, now=now)
        elif deed.about is not None:
            report_on(session, firm.content, deed.about, _report(deed), actor=COACH, now=now)


def _report(deed: Deed) -> Report:
    if deed.kind == "postpone":
        return Report("postponed", due_on=deed.on)
    if deed.kind == "start":
        return Report("started")
    return Report("reached", decision="stay" if deed.decides else None)


def told(deed: Deed, state: ClientState) -> tuple[datetime, list[Happening]]:
    """Return the same for a life in memory."""
    at = deed.at
    found: list[Happening] = []
    fact = None
    if deed.kind in {"act", "reply"}:
        found, fact = [Acted(at)], "client_acted" if deed.kind == "act" else "client_replied"
    elif deed.kind == "pause":
        until = local_time.instant_of(deed.on, time(0), state.time_zone) if deed.on else None
        found, fact = [Paused(Pause(at, until, deed.ending))], "client_paused"
    elif deed.kind == "resume":
        found, fact = [Resumed(at)], "client_resumed"
    elif deed.kind == "stop-drips":
        found, fact = [Stopped("drip")], "letters_unsubscribed"
    elif deed.about is not None and deed.kind == "meet":
        on = local_time.local(at, state.time_zone).date()
        found, fact = [ContactMade(deed.about, on), Acted(at)], "contact_made"
    elif deed.about is not None:
        found, fact = [_changed(deed), Acted(at)], f"milestone_{_report(deed).kind}"
    assert fact is not None
    return at, [*found, Lived(LifeFact(fact, at, deed.dimension))]


def _changed(deed: Deed) -> MilestoneChanged:
    assert deed.about is not None
    if deed.kind == "postpone":
        return MilestoneChanged(deed.about, due_on=deed.on)
    if deed.kind == "start":
        return MilestoneChanged(deed.about, "started")
    return MilestoneChanged(deed.about, "reached", reached_at=deed.at)


def reckoned_in_memory(life: Life, since: datetime) -> Reckoned:
    """Return what a life in memory came to."""
    went = Counter(
        (_named(look.letter.slot_key, look.letter.template), look.at, _sorted(look.riders))
        for look in life.looks
        if look.outcome == "send"
    )
    last = {look.letter.id: look for look in life.looks}
    ends = [
        (_named(one.slot_key, one.template), f"{one.state}: {_said(last, one)}", _next(life, one))
        for one in life.state.letters
        if one.state in {"planned", "skipped", "expired"} and (one.ended_at is None or one.ended_at > since)
    ]
    return Reckoned(tuple(sorted(went.elements())), tuple(sorted(ends, key=str)))


def _said(last: Mapping[UUID, Look], letter: LetterFacts) -> str:
    """Return what was said at the last look, if the letter is over."""
    return last[letter.id].reason if letter.ended_at is not None and letter.id in last else ""


def _next(life: Life, letter: LetterFacts) -> datetime | None:
    return life.look_at[letter.id] if letter.state == "planned" else letter.ended_at


def _sorted(riders: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(sorted(_named(one.slot_key, one.template) for one in riders))  # type: ignore[attr-defined]


def reckoned_live(firm: Firm, client_id: UUID, since: datetime) -> Reckoned:
    """Return what the tables say."""
    with firm.database.transaction() as session:
        rows = session.scalars(select(tables.Message).where(tables.Message.recipient_id == client_id)).all()
        merged: dict[UUID, list[tables.Message]] = {}
        for row in rows:
            if row.merged_into is not None and row.state == "merged":
                merged.setdefault(row.merged_into, []).append(row)
        went = [
            (
                _named(row.slot_key, row.template),
                row.decided_at.astimezone(UTC),
                _sorted(tuple(merged.get(row.id, ()))),
            )
            for row in rows
            if row.state == "queued" and row.decided_at is not None and row.decided_at > since
        ]
        ends = [
            (
                _named(row.slot_key, row.template),
                f"{row.state}: {row.outcome if row.state != 'planned' else ''}",
                _when(row),
            )
            for row in rows
            if row.state == "planned"
            or (row.state in {"skipped", "expired"} and row.decided_at is not None and row.decided_at > since)
        ]
    return Reckoned(tuple(sorted(went)), tuple(sorted(ends, key=str)))


def _when(row: tables.Message) -> datetime | None:
    at = row.look_at if row.state == "planned" else row.decided_at
    return at.astimezone(UTC) if at is not None else None


def _named(slot_key: str, template: str) -> str:
    """The slot, but for enrollments, whose ids differ: there the template."""
    return f"drip:{template}" if slot_key.startswith("drip:") else slot_key
