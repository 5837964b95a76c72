"""What happens to a client by the clock alone: pauses end, dates move with them, relationships go quiet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from coaching.domain import local_time
from coaching.domain.engine.attention import is_slow
from coaching.domain.engine.happenings import Happening, Lived, MilestoneChanged, Resumed, StandsOtherwise
from coaching.domain.engine.relationship_slots import quiet_on
from coaching.domain.engine.state import ClientState, LifeFact, Pause, RelationshipFacts
from coaching.domain.pauses import Span, days_lost
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.relationships import EVENT


@dataclass
class QuietDays:
    """When each relationship goes quiet; reckoned anew only once something has changed that it hangs on."""

    _seen: ClientState | None = None
    _days: Mapping[UUID, date] = field(default_factory=dict)

    def of(self, state: ClientState) -> Mapping[UUID, date]:
        """Return the days, by relationship; those that don't go quiet have none."""
        if self._seen is None or not _is_as_before(self._seen, state):
            found = ((one.id, _quiet_on(state, one)) for one in state.relationships)
            self._seen, self._days = state, {about: on for about, on in found if on is not None}
        return self._days


def _is_as_before(before: ClientState, state: ClientState) -> bool:
    return (
        before.letters is state.letters
        and before.relationships is state.relationships
        and before.pauses is state.pauses
        and is_slow(before) == is_slow(state)
    )


def next_day_of(state: ClientState, quiet: QuietDays, now: datetime) -> Iterator[datetime]:
    """Yield when, from now on, something happens by the clock."""
    for pause in state.pauses:
        if pause.ended_at is None and pause.until_at is not None:
            yield pause.until_at
    if not _rests(state):
        for on in quiet.of(state).values():
            yield max(now, local_time.instant_of(on, time(0), state.time_zone))


def due_by_then(state: ClientState, quiet: QuietDays, now: datetime) -> list[Happening]:
    """Return what has come due by now: first what moves with a pause that is over, then who went quiet."""
    found: list[Happening] = []
    for pause in state.pauses:
        if pause.ended_at is None and pause.until_at is not None and pause.until_at <= now:
            found += [Resumed(pause.until_at), Lived(LifeFact("client_resumed", now))]
    if found or _rests(state):
        return found
    today = local_time.local(now, state.time_zone).date()
    days = quiet.of(state)
    for one in state.relationships:
        if one.id in days and days[one.id] <= today:
            found.append(StandsOtherwise(replace(one, state="quiet")))
            found.append(Lived(LifeFact("relationship_went_quiet", now)))
    return found


def moved_by_end(state: ClientState, ended_at: datetime, now: datetime) -> Iterator[Happening]:
    """Yield what moves because the pause that stands ends, where it was asked that dates move with it."""
    for pause in state.pauses:
        if pause.ended_at is None and pause.ending == "shift":
            yield from _moved(state, pause, ended_at, now)


def _rests(state: ClientState) -> bool:
    return any(pause.ended_at is None for pause in state.pauses)


def _quiet_on(state: ClientState, one: RelationshipFacts) -> date | None:
    return quiet_on(state, one) if one.state == "active" and one.kind != EVENT else None


def _moved(state: ClientState, pause: Pause, ended_at: datetime, now: datetime) -> Iterator[Happening]:
    """Yield the dates that a pause moves, as `shift_dates` writes them down."""
    span = Span.of(pause.began_at, ended_at, state.time_zone)
    starts_on = state.plan.starts_on if state.plan is not None else None
    for one in state.milestones:
        set_before = one.dated_at is None or one.dated_at <= pause.began_at
        days = days_lost(one.due_on, starts_on, span)
        if one.state in OPEN_MILESTONES and set_before and days:
            yield MilestoneChanged(one.id, due_on=one.due_on + timedelta(days=days))
            yield Lived(LifeFact("milestone_postponed", now))
    for tie in state.relationships:
        days = span.days_since(tie.last_contact_on or tie.starts_on)
        if tie.state == "active" and tie.kind != EVENT and tie.cadence_days is not None and days:
            yield StandsOtherwise(replace(tie, shifted_days=tie.shifted_days + days))
