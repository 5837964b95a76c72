"""Where a client stands in a sequence: its next letter, whether it is over, and why.

Nothing about the place is stored: it follows from the letters that have met their end, so a crash can lose
none of it, and a rehearsal finds the same.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coaching.domain import local_time
from coaching.domain.audience_matching import matches
from coaching.domain.engine.state import ClientState, EnrollmentFacts, LetterFacts, LocalIntent, Slot
from coaching.domain.letters import LETTERS
from coaching.domain.sequences import Awaited, Branch, Delay, Part, Sequence, Step, WaitFor

DRIP = "drip"
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
        if one.state == "active" and ending_of(one, state, now) is None:
            found = _next(one, state, now)
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
    if one.sequence is None:
        return None
    for exit_ in one.sequence.exits:
        at = _EXITS[exit_](one, one.sequence, state, now)
        if at is not None:
            return Ending(exit_, at)
    found = _next(one, state, now)
    return None if isinstance(found, Slot) else Ending("completed", found)


def goal_reached_at(one: EnrollmentFacts, sequence: Sequence, state: ClientState) -> datetime | None:
    """Return when the client reached what the sequence is for, if they did within its time."""
    goal = sequence.goal
    if goal is None:
        return None
    until = one.started_at + timedelta(days=goal.within_days)
    times = [at for fact in goal.facts for at in _times(fact, state, one.started_at) if at <= until]
    return min(times, default=None)


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
        for letter in state.letters
        if letter.slot_key.startswith(prefix) and letter.state != "cancelled"
    }


def slot_key(one: EnrollmentFacts, step: str) -> str:
    """Return the slot that a step's letter takes."""
    return f"{DRIP}:{one.id}:{step}"


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
        happened = _times(part.fact, self.state, self.one.started_at)
        return min([until, *(max(since, at) for at in happened)])

    def _slot(self, step: Step, since: datetime) -> Slot:
        on = self.state.hours.first_day(_after(self._local(since).date(), step.after))
        opens, closes = self.state.hours.opens, self.state.hours.closes
        intent = LocalIntent(on, step.at if opens <= step.at < closes else opens, self.state.time_zone)
        due_at = local_time.instant_of(intent.on, intent.at, intent.zone)
        return Slot(
            key=slot_key(self.one, step.key),
            family=DRIP,
            template=step.letter,
            due_at=due_at,
            expires_at=due_at + LETTERS[step.letter].expires_after,
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

    def _local(self, at: datetime) -> datetime:
        return local_time.local(at, self.state.time_zone)


def _after(on: date, delay: Delay) -> date:
    return local_time.add_working_days(on + timedelta(days=delay.days), delay.working_days)


def _ended_at(letter: LetterFacts) -> datetime:
    return letter.queued_at or letter.ended_at or letter.due_at


def _times(fact: Awaited, state: ClientState, since: datetime) -> Iterator[datetime]:
    for one in state.life:
        # Not the fact itself that let them in.
        if one.kind == fact.event and one.at > since and fact.dimension in (None, one.dimension):
            yield one.at


def _unsubscribed(
    _one: EnrollmentFacts, _sequence: Sequence, state: ClientState, now: datetime
) -> datetime | None:
    stopped = state.suppressed & {"all", "letters", DRIP}
    return now if stopped or not state.letters_agreed or state.confirmed_at is None else None


def _goal(one: EnrollmentFacts, sequence: Sequence, state: ClientState, _now: datetime) -> datetime | None:
    return goal_reached_at(one, sequence, state)


def _asked_to_talk(
    one: EnrollmentFacts, _sequence: Sequence, state: ClientState, _now: datetime
) -> datetime | None:
    return next(_times(Awaited("contact_requested"), state, one.started_at), None)


def _replied(
    one: EnrollmentFacts, _sequence: Sequence, state: ClientState, _now: datetime
) -> datetime | None:
    return next(_times(Awaited("client_replied"), state, one.started_at), None)


def _plan_completed(
    one: EnrollmentFacts, _sequence: Sequence, state: ClientState, _now: datetime
) -> datetime | None:
    plan = state.plan
    if plan is None or plan.state != "completed" or plan.completed_at is None:
        return None
    return plan.completed_at if plan.completed_at >= one.started_at else None


def _paused(one: EnrollmentFacts, _sequence: Sequence, state: ClientState, now: datetime) -> datetime | None:
    """A pause that began after the enrollment, even one that is over by now."""
    began = [pause.began_at for pause in state.pauses if one.started_at <= pause.began_at <= now]
    return min(began, default=None)


def _outranked(
    one: EnrollmentFacts, sequence: Sequence, state: ClientState, _now: datetime
) -> datetime | None:
    better = [
        other.started_at
        for other in state.enrollments
        if other.state == "active"
        and other.sequence is not None
        and other.id != one.id
        and other.sequence.rank < sequence.rank
    ]
    return max(min(better), one.started_at) if better else None


_EXITS = {
    "unsubscribed": _unsubscribed,
    "goal": _goal,
    "contact_request": _asked_to_talk,
    "replied": _replied,
    "plan_completed": _plan_completed,
    "paused": _paused,
    "outranked": _outranked,
}
