"""A client's life without a database: the live rules, run in memory from due time to due time."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

from coaching.domain.engine.apply import apply
from coaching.domain.engine.decide import decide, decide_rider
from coaching.domain.engine.happenings import (
    Happening,
    LetterEnded,
    LetterMerged,
    LetterPlanned,
    LetterQueued,
)
from coaching.domain.engine.reconcile import reconcile
from coaching.domain.engine.state import ClientState, LetterFacts, Slot
from coaching.domain.engine.wanted import wanted
from coaching.domain.letters import LETTERS

_HERE = UUID(int=7)
_ENDS = {"skip": "skipped", "expire": "expired"}


@dataclass(frozen=True)
class Went:
    """A letter that went, when, and what rode in it."""

    at: datetime
    letter: LetterFacts
    riders: tuple[LetterFacts, ...] = ()


@dataclass
class Imagined:
    """One client, a clock, and the letters that went."""

    state: ClientState
    now: datetime
    went: list[Went] = field(default_factory=list)
    ended: list[tuple[datetime, LetterFacts, str]] = field(default_factory=list)
    looks: dict[UUID, datetime] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        self.plan()

    def happens(self, happening: Happening) -> None:
        """Let something happen now, and plan anew."""
        self.state = apply(self.state, happening)
        self.plan()
        for one in self.state.letters:
            if one.state == "planned" and one.due_at <= self.now:
                self.looks[one.id] = self.now

    def plan(self) -> None:
        """Bring what is planned in line with what is wanted."""
        changes = reconcile(wanted(self.state, self.now), self.state.letters, self.now)
        for message_id, _ in changes.cancels:
            self.state = apply(self.state, LetterEnded(message_id, "cancelled"))
        for message_id, slot in changes.moves:
            self._move(message_id, slot)
        for slot in changes.inserts:
            self._insert(slot)

    def run_until(self, until: datetime) -> None:
        """Work off everything that falls due up to a moment, each at its own time."""
        while True:
            due = [
                (max(self.looks[one.id], self.now), LETTERS[one.template].hosts, one.rank, str(one.id), one)
                for one in self.state.letters
                if one.state == "planned"
            ]
            if not due or min(due)[0] > until:
                break
            at, *_, letter = min(due)
            self.now = at
            self._look(letter)
        self.now = until

    def _look(self, letter: LetterFacts) -> None:
        decision = decide(letter, self.state, self.now)
        if decision.outcome == "send":
            self._send(letter)
        elif decision.outcome == "merge":
            assert decision.host is not None
            self.state = apply(self.state, LetterMerged(letter.id, decision.host))
        elif decision.outcome == "wait":
            assert decision.next_at is not None
            assert decision.next_at > self.now
            self.looks[letter.id] = decision.next_at
        else:
            self.ended.append((self.now, letter, decision.reason))
            self.state = apply(self.state, LetterEnded(letter.id, _ENDS[decision.outcome]))
        self.plan()

    def _send(self, letter: LetterFacts) -> None:
        self.state = apply(self.state, LetterQueued(letter.id, self.now))
        riders = [one for one in self.state.letters if one.merged_into == letter.id and one.state == "merged"]
        staying = []
        for rider in riders:
            if decide_rider(rider, self.state, self.now).outcome == "send":
                staying.append(rider)
            else:
                self.state = apply(self.state, LetterEnded(rider.id, "skipped"))
        self.went.append(Went(self.now, letter, tuple(staying)))

    def _insert(self, slot: Slot) -> None:
        self._made += 1
        letter = LetterFacts(
            id=uuid5(_HERE, f"{self._made}"),
            slot_key=slot.key,
            family=slot.family,
            template=slot.template,
            state="planned",
            due_at=slot.due_at,
            expires_at=slot.expires_at,
            rank=slot.rank,
            intent=slot.intent,
        )
        assert slot.template in LETTERS
        self.slots[slot.key] = slot
        self.looks[letter.id] = slot.due_at
        self.state = apply(self.state, LetterPlanned(letter))

    def _move(self, message_id: UUID, slot: Slot) -> None:
        self.looks[message_id] = slot.due_at
        moved = tuple(
            replace(one, due_at=slot.due_at, expires_at=slot.expires_at, intent=slot.intent)
            if one.id == message_id
            else one
            for one in self.state.letters
        )
        self.state = replace(self.state, letters=moved)
