"""What ends a client's way through a sequence before its last letter, and as of when."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from coaching.domain.engine.state import ClientState, EnrollmentFacts
from coaching.domain.sequences import Awaited, Sequence

DRIP = "drip"


def times_of(fact: Awaited, state: ClientState, since: datetime) -> Iterator[datetime]:
    """Yield when this has happened to the client since then, oldest first."""
    for one in state.life:
        # Not the fact itself that let them in.
        if one.kind == fact.event and one.at > since and fact.dimension in (None, one.dimension):
            yield one.at


def goal_reached_at(one: EnrollmentFacts, sequence: Sequence, state: ClientState) -> datetime | None:
    """Return when the client reached what the sequence is for, if they did within its time."""
    goal = sequence.goal
    if goal is None:
        return None
    until = one.started_at + timedelta(days=goal.within_days)
    times = [at for fact in goal.facts for at in times_of(fact, state, one.started_at) if at <= until]
    return min(times, default=None)


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
    return next(times_of(Awaited("contact_requested"), state, one.started_at), None)


def _replied(
    one: EnrollmentFacts, _sequence: Sequence, state: ClientState, _now: datetime
) -> datetime | None:
    return next(times_of(Awaited("client_replied"), state, one.started_at), None)


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


EXITS: Mapping[str, Callable[[EnrollmentFacts, Sequence, ClientState, datetime], datetime | None]] = {
    "unsubscribed": _unsubscribed,
    "goal": _goal,
    "contact_request": _asked_to_talk,
    "replied": _replied,
    "plan_completed": _plan_completed,
    "paused": _paused,
    "outranked": _outranked,
}
