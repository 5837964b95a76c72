"""Where a client stands in a sequence: its next letter, whether it is over, and why.

Nothing about the place is stored: it follows from the letters that have met their end, so a crash can lose
none of it, and a rehearsal finds the same.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coaching.domain import local_time
from coaching.domain.audience_matching import matches
from coaching.domain.engine.sequence_exits import DRIP, EXITS, goal_reached_at, times_of
from coaching.domain.engine.state import ClientState, EnrollmentFacts, LetterFacts, LocalIntent, Slot
from coaching.domain.letters import LETTERS
from coaching.domain.sequences import Branch, Delay, Part, Sequence, Step, WaitFor

__all__ = [
    "DRIP",
    "Ending",
    "ending_of",
    "goal_reached_at",
    "goes_over",
    "letters_of",
    "sequence_slots",
    "slot_key",
]

# A sequence's own rank, 1 to 9, stands behind all reminders of a plan.
_RANK = 70
_ENDED = frozenset({"queued", "merged", "skipped", "expired", "failed"})


@dataclass(frozen=True)
class Ending:
    """An enrollment is over as of `at`; `reason` is one of `coaching.domain.sequences.END_REASONS`."""

    reason: str
    at: datetime


def sequence_slots(state: ClientState, now: datetime) -> Iterator[Slot]:
    """Yield the next letter of each enrollment that goes on, and the last of one that it has completed."""
    for one in state.enrollments:
        if one.end_reason == "completed":
            yield from _last(one, state)
        found = _standing(one, state, now) if one.state == "active" else None
        if isinstance(found, Slot):
            yield found


def _last(one: EnrollmentFacts, state: ClientState) -> Iterator[Slot]:
    """A way is over once its last letter is on its way; should that letter come back, it still is to go."""
    for letter in letters_of(one, state).values():
        if letter.state == "planned":
            yield Slot(
                key=letter.slot_key,
                family=letter.family,
                template=letter.template,
                due_at=letter.due_at,
                expires_at=letter.expires_at,
                rank=letter.rank,
                why="",
                intent=letter.intent,
            )


def ending_of(one: EnrollmentFacts, state: ClientState, now: datetime) -> Ending | None:
    """Return how an active enrollment has come to its end by now, None while it goes on."""
    found = _standing(one, state, now)
    return found if isinstance(found, Ending) else None


def _standing(one: EnrollmentFacts, state: ClientState, now: datetime) -> Slot | Ending | None:
    """Return the next letter of an active enrollment, or how it has come to its end by now."""
    if one.sequence is None:
        return None
    for exit_ in one.sequence.exits:
        at = EXITS[exit_](one, one.sequence, state, now)
        if at is not None:
            return Ending(exit_, at)
    found = _next(one, state, now)
    return found if isinstance(found, Slot) else Ending("completed", found)


def goes_over(one: EnrollmentFacts, state: ClientState) -> bool:
    """Tell whether the client is at a step boundary, where they may go on in another version.

    A letter that stands planned still comes as the version says that planned it.
    """
    letters = letters_of(one, state).values()
    return one.move_to is not None and not any(letter.state == "planned" for letter in letters)


def letters_of(one: EnrollmentFacts, state: ClientState) -> Mapping[str, LetterFacts]:
    """Return the letters of an enrollment that were not called off, by step."""
    prefix = slot_key(one, "")
    return {
        letter.slot_key.removeprefix(prefix): letter
        for letter in state.letters_about.get(prefix.removesuffix(":"), ())
        if letter.state != "cancelled"
    }


def slot_key(one: EnrollmentFacts, step: str) -> str:
    """Return the slot that a step's letter takes."""
    return f"{DRIP}:{one.id}:{step}"


def sequence_of(key: str, state: ClientState) -> str:
    """Return the name of the sequence whose letter takes this slot, nothing for other letters."""
    if not key.startswith(f"{DRIP}:"):
        return ""
    return next((one.name for one in state.enrollments if key.startswith(slot_key(one, ""))), "")


def _next(one: EnrollmentFacts, state: ClientState, now: datetime) -> Slot | datetime:
    """Return the next letter, or when the last one met its end."""
    assert one.sequence is not None
    letters = letters_of(one, state)
    steps = one.sequence.step_keys
    ended = [n for n, key in enumerate(steps) if key in letters and letters[key].state in _ENDED]
    passed = frozenset(steps[: max(ended, default=0)])
    walk = _Walk(one, one.sequence, state, now, letters, passed)
    return walk.through(one.sequence.parts, one.started_at)


@dataclass(frozen=True)
class _Walk:
    """One walk through the parts of a sequence. `passed`: steps before one whose letter has met its end."""

    one: EnrollmentFacts
    sequence: Sequence
    state: ClientState
    now: datetime
    letters: Mapping[str, LetterFacts]
    passed: Collection[str]

    def through(self, parts: tuple[Part, ...], since: datetime) -> Slot | datetime:
        """Return the first letter that is still to come, or the instant from which what follows counts."""
        for part in parts:
            found = self._part(part, since)
            if isinstance(found, Slot):
                return found
            since = found
        return since

    def _part(self, part: Part, since: datetime) -> Slot | datetime:
        if isinstance(part, WaitFor):
            return self._waited(part, since)
        if isinstance(part, Branch):
            way = next((one for one in part.ways if self._is_taken(one.steps)), None) or next(
                (one for one in part.ways if one.when is None or matches(one.when, self.state, self.now)),
                None,
            )
            return since if way is None else self.through(way.steps, since)
        letter = self.letters.get(part.key)
        if letter is not None and letter.state in _ENDED:
            return _ended_at(letter)
        if part.key in self.passed or not self._is_for_them(part):
            return since
        return self._slot(part, since)

    def _is_taken(self, parts: tuple[Part, ...]) -> bool:
        """Tell whether the client has had a letter of this way: then they stay on it."""
        return any(
            self._is_taken_by(part)
            if isinstance(part, Step)
            else isinstance(part, Branch) and any(self._is_taken(way.steps) for way in part.ways)
            for part in parts
        )

    def _is_taken_by(self, step: Step) -> bool:
        letter = self.letters.get(step.key)
        return letter is not None and letter.state in ("queued", "merged")

    def _is_for_them(self, step: Step) -> bool:
        return step.when is None or matches(step.when, self.state, self.now)

    def _waited(self, part: WaitFor, since: datetime) -> datetime:
        """Until the fact comes, what follows is planned for when the wait is over without it."""
        until = local_time.instant_of(
            self._local(since).date() + timedelta(days=part.days),
            self._local(since).time(),
            self.state.time_zone,
        )
        happened = times_of(part.fact, self.state, self.one.started_at)
        return min([until, *(max(since, at) for at in happened)])

    def _slot(self, step: Step, since: datetime) -> Slot:
        on = self.state.hours.first_day(_after(self._local(since).date(), step.after))
        lasts = LETTERS[step.letter].expires_after
        intent, due_at = self._meant(step, on)
        if due_at + lasts <= self.now:
            intent, due_at = self._meant(step, self._in_time(step))
        return Slot(
            key=slot_key(self.one, step.key),
            family=DRIP,
            template=step.letter,
            due_at=due_at,
            expires_at=due_at + lasts,
            rank=_RANK + self.sequence.rank,
            why=self.sequence.why,
            intent=intent,
            detail={
                "enrollment": str(self.one.id),
                "sequence": self.sequence.name,
                "version": self.sequence.version,
                "step": step.key,
            },
        )

    def _meant(self, step: Step, on: date) -> tuple[LocalIntent, datetime]:
        opens, closes = self.state.hours.opens, self.state.hours.closes
        intent = LocalIntent(on, step.at if opens <= step.at < closes else opens, self.state.time_zone)
        return intent, local_time.instant_of(intent.on, intent.at, intent.zone)

    def _in_time(self, step: Step) -> date:
        """What was due long before it could be planned, as after a silence, is for today, and stays so."""
        letter = self.letters.get(step.key)
        if letter is not None and letter.intent is not None:
            return letter.intent.on
        return self.state.hours.first_day(self._local(self.now).date())

    def _local(self, at: datetime) -> datetime:
        return local_time.local(at, self.state.time_zone)


def _after(on: date, delay: Delay) -> date:
    return local_time.add_working_days(on + timedelta(days=delay.days), delay.working_days)


def _ended_at(letter: LetterFacts) -> datetime:
    return letter.queued_at or letter.ended_at or letter.due_at
