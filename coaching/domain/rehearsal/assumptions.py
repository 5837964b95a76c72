"""What people are assumed to do about letters: nothing, as much as in the past, or always something."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from coaching.domain.engine.happenings import Acted, ContactMade, Happening, Lived, MilestoneChanged
from coaching.domain.engine.state import ClientState, LetterFacts, LifeFact, MilestoneFacts
from coaching.domain.engine.week_slots import WEEK, next_step
from coaching.domain.local_time import local
from coaching.domain.plan_words import OPEN_MILESTONES

Assumption = Literal["nobody", "past", "always"]
ASSUMPTIONS: Mapping[Assumption, str] = {
    "nobody": "Nobody acts on any letter.",
    "past": "People act on as many letters of each family as they did in the last 180 days.",
    "always": "Everybody acts on every letter, a day later.",
}
# What no rehearsal knows; its outputs say so.
NOT_FORESEEN = (
    "New clients, new answers, replies, wishes to talk, and contacts that no letter reminds of.",
    "Plans that a person approves, changes or completes, and what a new plan takes over from an older one.",
    "Steps that reaching another one opens, and finding a mentor, which ends when one is there.",
    "What clients change by themselves: letters that they stop, pauses, hours, the clock that they live by.",
    "Receipts: letters that come back, complaints, and addresses that are closed.",
    "Campaigns that nobody has written yet, and a mail provider that is late or away.",
)
ACTS_AFTER = timedelta(days=1)
_STEP_IS_DONE = frozenset({"milestone-ahead", "milestone-overdue", "find-a-mentor", "decision-day"})
_SPOKE = frozenset({"mentor-nudge", "keep-in-touch", "event-after"})
_SCALE = 2**64


@dataclass(frozen=True)
class Answers:
    """What a client does about a letter, by the shares of letters that are acted on, by family.

    Who acts on which letter is drawn from their ids: the same rehearsal always gives the same days.
    """

    shares: Mapping[str, float]

    @staticmethod
    def of(assumption: Assumption, past: Mapping[str, float]) -> "Answers":
        """Return the answers under an assumption; `past`: the shares of the last months, by family."""
        if assumption == "always":
            return Answers(dict.fromkeys(("drip", "mentoring", "networking", "milestone", "campaign"), 1.0))
        return Answers(past if assumption == "past" else {})

    def __call__(
        self, state: ClientState, letter: LetterFacts, at: datetime
    ) -> Collection[tuple[datetime, Many[Happening]]]:
        """Return what happens because this letter went, and when."""
        share = self.shares.get(letter.family, 0.0)
        if share <= _drawn(state.client_id, letter.slot_key):
            return ()
        then = at + ACTS_AFTER
        return [(then, tuple(_deed(state, letter, then)))]


def _drawn(client_id: UUID, slot_key: str) -> float:
    digest = hashlib.sha256(f"{client_id}:{slot_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _SCALE


def _deed(state: ClientState, letter: LetterFacts, at: datetime) -> Iterator[Happening]:
    yield Acted(at)
    yield Lived(LifeFact("client_acted", at))
    today = local(at, state.time_zone).date()
    about = _subject(letter)
    step = next((one for one in state.milestones if str(one.id) == about), None)
    if letter.template in _STEP_IS_DONE and step is not None:
        yield from _told(step, "reached", at)
    if letter.template == WEEK:
        asked = next_step(state, today)
        started = next((one for one in state.milestones if str(one.id) == asked), None)
        if started is not None and started.state == "active":
            yield from _told(started, "started", at)
    tie = next((one for one in state.relationships if str(one.id) == about), None)
    if letter.template in _SPOKE and tie is not None:
        yield ContactMade(tie.id, today)
        yield Lived(LifeFact("contact_made", at))


def _told(step: MilestoneFacts, kind: str, at: datetime) -> Iterator[Happening]:
    if step.state in OPEN_MILESTONES:
        yield MilestoneChanged(step.id, state=kind, reached_at=at if kind == "reached" else None)
        yield Lived(LifeFact(f"milestone_{kind}", at, step.dimension))


def _subject(letter: LetterFacts) -> str:
    """Return the id that a slot key carries: of the milestone or of the relationship."""
    parts = letter.slot_key.split(":")
    longest = [one for one in parts if len(one) == len(str(UUID(int=0)))]
    return longest[0] if longest else ""
