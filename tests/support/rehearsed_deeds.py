"""What random clients do next, or what is done for them: drawn, told to memory, and done."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

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
from coaching.domain.engine.state import ClientState, LifeFact, MilestoneFacts, Pause
from coaching.domain.events import EventKind
from coaching.domain.milestones import Report
from coaching.domain.plan_rules import PlanRules
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.plans import next_milestone
from coaching.domain.relationships import EVENT, Contact
from coaching.usecases.acts import note_act
from coaching.usecases.contacts import note_contact
from coaching.usecases.facts import record
from coaching.usecases.pauses import pause_client, resume_client
from coaching.usecases.replies import note_reply
from coaching.usecases.report_milestone import report_on
from coaching.usecases.suppressions import close_fence, suppress
from tests.support.drain import Firm
from tests.support.plans import COACH

PAUSES = ("skip", "shift", "hold")
_DAY = timedelta(days=1)
_KINDS = ("meet", "meet", "start", "reach", "postpone", "act", "act", "reply", "pause", "stop-drips")


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
class Drawing:
    """What chance lets clients do in so many days."""

    chance: random.Random
    rules: PlanRules
    since: datetime
    days: int

    def of(self, state: ClientState) -> list[Deed]:
        """Draw what somebody does in these days; each of it can be done, whatever comes before."""
        drawn = [
            deed
            for kind in self.chance.sample(_KINDS, self.chance.randrange(0, 5))
            for deed in self._deeds(kind, state)
        ]
        until = self.since + self.days * _DAY
        return sorted((one for one in drawn if one.at < until), key=lambda one: one.at)

    def _deeds(self, kind: str, state: ClientState) -> list[Deed]:
        at = self._moment()
        if kind == "meet":
            known = [one for one in state.relationships if one.kind != EVENT]
            with_whom = self.chance.choice(known).id if known else None
            return [Deed(at, kind, with_whom)] if with_whom else []
        if kind in {"start", "reach", "postpone"}:
            return self._report(kind, state, at)
        if kind == "pause":
            return self._pause(state, at)
        return [Deed(at, kind)]

    def _report(self, kind: str, state: ClientState, at: datetime) -> list[Deed]:
        usable = {"active"} if kind == "start" else OPEN_MILESTONES
        # Which steps may be drawn depends on the kind: no two reports are about the same one.
        place = ("start", "reach", "postpone").index(kind)
        own = [
            one
            for number, one in enumerate(sorted(state.milestones, key=lambda one: (one.due_on, one.kind)))
            if number % 3 == place and one.state in usable and self._opens_none(one, state)
        ]
        if not own:
            return []
        step = self.chance.choice(own)
        on = max(step.due_on, at.date()) + self.chance.randrange(2, 30) * _DAY
        return [Deed(at, kind, step.id, on, decides=step.decides, dimension=step.dimension)]

    def _opens_none(self, step: MilestoneFacts, state: ClientState) -> bool:
        kinds = {one.kind for one in state.milestones}
        return next_milestone(self.rules, step.kind, kinds, reached_on=self.since.date()) is None

    def _pause(self, state: ClientState, at: datetime) -> list[Deed]:
        if any(one.ended_at is None for one in state.pauses):
            return [Deed(at, "resume")]
        until = self.chance.choice((None, at.date() + self.chance.randrange(2, self.days + 20) * _DAY))
        begins = Deed(at, "pause", on=until, ending=self.chance.choice(PAUSES))
        over = at + timedelta(hours=self.chance.randrange(1, self.days * 24), minutes=3)
        ends = self.chance.random() < 0.5 and (until is None or over.date() < until - _DAY)
        return [begins, Deed(over, "resume")] if ends else [begins]

    def _moment(self) -> datetime:
        """A moment at which nothing else falls due."""
        minutes = self.chance.randrange(1, self.days * 24 * 60)
        return self.since + timedelta(minutes=minutes, seconds=self.chance.randrange(1, 59))


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
