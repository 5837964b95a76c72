"""One client's days ahead: what the workers would do, in the order in which they would do it, in memory."""

from collections.abc import Callable, Collection, Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

from coaching.domain.engine.apply import apply
from coaching.domain.engine.decide import Decision, decide, decide_rider
from coaching.domain.engine.entering import (
    SEQUENCE_ENDED,
    is_left_alone_to_compare,
    is_let_in,
    lets_anybody_in,
    settled,
)
from coaching.domain.engine.happenings import (
    EnrollmentEnded,
    EnrollmentStarted,
    Happening,
    LetterEnded,
    LetterMerged,
    LetterPlanned,
    LetterQueued,
    Lived,
    Resumed,
)
from coaching.domain.engine.reconcile import UNCALLED_FOR, reconcile
from coaching.domain.engine.sequence_slots import sequence_of
from coaching.domain.engine.state import ClientState, EnrollmentFacts, LetterFacts, LifeFact, Slot
from coaching.domain.engine.wanted import wanted
from coaching.domain.letters import LETTERS
from coaching.domain.plan_differences import Difference as PlanDifference
from coaching.domain.rehearsal.calendar import QuietDays, due_by_then, moved_by_end, next_day_of
from coaching.domain.sequences import Sequence

_HERE = UUID("8a0b3d5e-6a52-4e53-9d3b-0d6a1f2f6c11")
_ENDS = {"skip": "skipped", "expire": "expired"}
# A fact that may let into sequences, and why a way ended where that is the fact.
Told = tuple[str, str | None]


@dataclass(frozen=True)
class Look:
    """One look at one letter: what was decided when. `riders`: what goes within it, where it goes."""

    at: datetime
    letter: LetterFacts
    outcome: str
    reason: str
    why: str = ""
    riders: tuple[LetterFacts, ...] = ()


# What a client does once a letter has reached them, and when; nothing, mostly.
Answer = Callable[[ClientState, LetterFacts, datetime], Collection[tuple[datetime, Many[Happening]]]]


def _nobody(
    _state: ClientState, _letter: LetterFacts, _at: datetime
) -> Collection[tuple[datetime, Many[Happening]]]:
    return ()


@dataclass
class Life:
    """One client, a clock, and every look at a letter.

    `ahead`: what is going to happen to them anyway, by its time. `answer`: what they do about a letter.
    `sequences`: those that let clients in, in the order of their ranks. `plan_changes`: what stands
    otherwise in their plan than it does live.
    """

    state: ClientState
    now: datetime
    sequences: Many[Sequence] = ()
    answer: Answer = _nobody
    ahead: list[tuple[datetime, Many[Happening]]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    look_at: dict[UUID, datetime] = field(default_factory=dict)
    whys: dict[str, str] = field(default_factory=dict)
    plan_changes: Many[PlanDifference] = ()
    _made: int = 0
    _quiet: QuietDays = field(default_factory=QuietDays)

    def begin(self) -> None:
        """Plan what should stand planned at the start. Letters that wait keep the time of their next look."""
        for one in self.state.letters:
            if one.state in {"planned", "merged"}:
                self.look_at.setdefault(one.id, one.due_at)
        self._let_in_and_end(())
        self._plan()

    def happen(self, happenings: Many[Happening]) -> None:
        """Let things happen now, and all that follows from them at once."""
        told: list[Told] = []
        for happening in happenings:
            ends = happening.at if isinstance(happening, Resumed) else None
            moving = () if ends is None else tuple(moved_by_end(self.state, ends, self.now))
            for one in (*moving, happening):
                self.state = apply(self.state, one)
                told += [(one.fact.kind, None)] if isinstance(one, Lived) else []
        self._follow_up(told)

    def run_until(self, until: datetime) -> None:
        """Work off all that falls due up to a moment, each at its own time."""
        while (at := self._next_at()) is not None and at <= until:
            self.now = max(at, self.now)
            self._work()
        self.now = until

    def _next_at(self) -> datetime | None:
        planned = (self.look_at[one.id] for one in self.state.letters if one.state == "planned")
        ahead = (at for at, _ in self.ahead)
        return min((*planned, *ahead, *next_day_of(self.state, self._quiet, self.now)), default=None)

    def _work(self) -> None:
        """Do what the workers do until nothing is left to be done at this moment."""
        while self._live_on() or self._sweep():
            pass

    def _live_on(self) -> bool:
        """Let happen what has come due: by the clock, or because somebody does it."""
        due = due_by_then(self.state, self._quiet, self.now)
        happening = [one for one in self.ahead if one[0] <= self.now]
        self.ahead = [one for one in self.ahead if one[0] > self.now]
        for _, several in sorted(happening, key=lambda one: one[0]):
            due.extend(several)
        if due:
            self.happen(due)
        return bool(due)

    def _follow_up(self, told: Many[Told]) -> None:
        """Let into sequences, end what is over, plan; letters that wait are looked at again."""
        self._let_in_and_end(told)
        self._plan()
        for one in self.state.letters:
            if one.state == "planned" and one.due_at <= self.now:
                self.look_at[one.id] = self.now

    def _let_in_and_end(self, told: Many[Told]) -> None:
        facts = [*self._let_in(told), *self._settle()]
        while facts:
            facts = [*self._let_in(facts), *self._settle()]

    def _let_in(self, told: Many[Told]) -> list[Told]:
        """Let in whom these facts let in; return the facts that this makes, which may let in further."""
        return [
            self._begin(sequence)
            for kind, reason in told
            for sequence in (self.sequences if lets_anybody_in(kind, reason) else ())
            if kind in sequence.trigger.events and is_let_in(self.state, sequence, self.now)
        ]

    def _begin(self, sequence: Sequence) -> Told:
        held_out = is_left_alone_to_compare(sequence, self.state.client_id)
        kind = "held_out" if held_out else "active"
        one = EnrollmentFacts(self._new_id(), sequence.name, kind, self.now, sequence)
        self.state = apply(self.state, EnrollmentStarted(one))
        return ("sequence_held_out" if held_out else "sequence_started", None)

    def _settle(self) -> list[Told]:
        self.state, happened = settled(self.state, self.now)
        return [(SEQUENCE_ENDED, one.reason) for one in happened if isinstance(one, EnrollmentEnded)]

    def _plan(self) -> None:
        """Bring what is planned in line with what is wanted."""
        changes = reconcile(wanted(self.state, self.now), self.state.letters, self.now)
        for message_id, reason in changes.cancels:
            self._call_off(message_id, reason)
        for message_id, slot in changes.moves:
            self._move(message_id, slot)
        for slot in changes.inserts:
            self._insert(slot)

    def _call_off(self, message_id: UUID, reason: str = UNCALLED_FOR) -> None:
        letter = self._letter(message_id)
        self.looks.append(Look(self.now, letter, "cancel", reason, self.whys.get(letter.slot_key, "")))
        self.state = apply(self.state, LetterEnded(message_id, "cancelled", self.now))

    def _sweep(self) -> bool:
        """Decide all letters that are due, what can ride in another before what could carry it."""
        due = sorted(self._due(), key=self._order)
        for letter in sorted(due, key=_hosts):
            self._look(letter)
        if due:
            ended = self._settle()
            self._plan()
            if ended:
                self._follow_up(ended)
        return bool(due)

    def _order(self, letter: LetterFacts) -> tuple[int, datetime, str, str, str]:
        """As the sweep has it; of sequences that matter equally the first by name."""
        of = sequence_of(letter.slot_key, self.state)
        return letter.rank, letter.due_at, of, letter.template, letter.slot_key

    def _due(self) -> Iterator[LetterFacts]:
        for one in self.state.letters:
            if one.state == "planned" and self.look_at[one.id] <= self.now:
                yield one

    def _look(self, letter: LetterFacts) -> None:
        letter = self._letter(letter.id)
        decision = decide(letter, self.state, self.now)
        riders: tuple[LetterFacts, ...] = ()
        if decision.outcome == "send":
            riders = self._send(letter)
        elif decision.outcome == "merge":
            assert decision.host is not None
            self.state = apply(self.state, LetterMerged(letter.id, decision.host))
        elif decision.outcome == "wait":
            assert decision.next_at is not None
            self.look_at[letter.id] = decision.next_at
        else:
            self.state = apply(self.state, LetterEnded(letter.id, _ENDS[decision.outcome], self.now))
        self._note(letter, decision, riders)

    def _send(self, letter: LetterFacts) -> tuple[LetterFacts, ...]:
        self.state = apply(self.state, LetterQueued(letter.id, self.now))
        riders = [one for one in self.state.letters if one.merged_into == letter.id and one.state == "merged"]
        staying = []
        for rider in riders:
            decision = decide_rider(rider, self.state, self.now)
            if decision.outcome == "send":
                staying.append(rider)
            else:
                self.state = apply(self.state, LetterEnded(rider.id, _ENDS[decision.outcome], self.now))
                self._note(rider, decision, ())
        self.ahead.extend(self.answer(self.state, letter, self.now))
        return tuple(staying)

    def _note(self, letter: LetterFacts, decision: Decision, riders: tuple[LetterFacts, ...]) -> None:
        why = self.whys.get(letter.slot_key, "")
        self.looks.append(Look(self.now, letter, decision.outcome, decision.reason, why, riders))

    def _insert(self, slot: Slot) -> None:
        letter = LetterFacts(
            id=self._new_id(),
            slot_key=slot.key,
            family=slot.family,
            template=slot.template,
            state="planned",
            due_at=slot.due_at,
            expires_at=slot.expires_at,
            rank=slot.rank,
            intent=slot.intent,
        )
        self.whys[slot.key] = slot.why
        self.look_at[letter.id] = slot.due_at
        self.state = apply(self.state, LetterPlanned(letter))

    def _move(self, message_id: UUID, slot: Slot) -> None:
        self.look_at[message_id] = slot.due_at
        moved = tuple(
            replace(one, due_at=slot.due_at, expires_at=slot.expires_at, intent=slot.intent)
            if one.id == message_id
            else one
            for one in self.state.letters
        )
        self.state = replace(self.state, letters=moved)

    def _letter(self, message_id: UUID) -> LetterFacts:
        return self.state.letters_by_id[message_id]

    def _new_id(self) -> UUID:
        self._made += 1
        return uuid5(_HERE, f"{self.state.client_id}:{self._made}")


def life_fact(kind: str, at: datetime, dimension: str | None = None) -> Lived:
    """Return that something of a client's life happened, as sequences wait for it."""
    return Lived(LifeFact(kind, at, dimension))


def _hosts(letter: LetterFacts) -> bool:
    return letter.template in LETTERS and LETTERS[letter.template].hosts
