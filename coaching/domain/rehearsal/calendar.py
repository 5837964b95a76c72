"""What happens to a client by the clock alone: pauses end, dates move with them, relationships go quiet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from coaching.domain import local_time
from coaching.domain.engine.happenings import Happening, Lived, MilestoneChanged, Resumed, StandsOtherwise
from coaching.domain.engine.relationship_slots import quiet_on
from coaching.domain.engine.state import ClientState, LifeFact, Pause, RelationshipFacts
from coaching.domain.pauses import Span, days_lost
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.domain.relationships import EVENT


def next_day_of(state: ClientState, now: datetime) -> Iterator[datetime]:
    """Yield when, from now on, something happens by the clock."""
    for pause in state.pauses:
        if pause.ended_at is None and pause.until_at is not None:
            yield pause.until_at
    if not _rests(state):
        for one in state.relationships:
            on = _quiet_on(state, one)
            if on is not None:
                yield max(now, local_time.instant_of(on, time(0), state.time_zone))


def due_by_then(state: ClientState, now: datetime) -> list[Happening]:
    """Return what has come due by now: first what moves with a pause that is over, then who went quiet."""
    found: list[Happening] = []
    for pause in state.pauses:
        if pause.ended_at is None and pause.until_at is not None and pause.until_at <= now:
            found += [Resumed(pause.until_at), Lived(LifeFact("client_resumed", now))]
    if found or _rests(state):
        return found
    today = local_time.local(now, state.time_zone).date()
    for one in state.relationships:
        on = _quiet_on(state, one)
        if on is not None and on <= today:
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
