"""What the client's state is after something happened; the live run and a rehearsal count on the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import singledispatch
from uuid import UUID

from coaching.domain.cadence import after_contact, after_snooze
from coaching.domain.engine.attention import takes_attention, unanswered_before
from coaching.domain.engine.happenings import (
    Acted,
    ContactMade,
    EnrollmentEnded,
    EnrollmentMoved,
    EnrollmentStarted,
    Happening,
    LetterEnded,
    LetterMerged,
    LetterPlanned,
    LetterQueued,
    LetterReturned,
    Lived,
    MilestoneChanged,
    Paused,
    PlanStarted,
    Resumed,
    Snoozed,
    StandsOtherwise,
    Stopped,
)
from coaching.domain.engine.state import (
    ClientState,
    EnrollmentFacts,
    LetterFacts,
    RelationshipFacts,
)
from coaching.domain.local_time import local


def apply(state: ClientState, happening: Happening) -> ClientState:
    """Return the state once this has happened. Time passing is no happening: `now` is always an argument."""
    return _apply(happening, state)


@singledispatch
def _apply(happening: object, _state: ClientState) -> ClientState:
    raise TypeError(f"nothing says what follows from {happening!r}")


def _letters(state: ClientState, change: Callable[[LetterFacts], LetterFacts]) -> ClientState:
    return replace(state, letters=tuple(change(one) for one in state.letters))


@_apply.register
def _queued(happening: LetterQueued, state: ClientState) -> ClientState:
    on = local(happening.at, state.time_zone).date()
    counted = 0

    def change(one: LetterFacts) -> LetterFacts:
        nonlocal counted
        if one.id != happening.id:
            return one
        takes = takes_attention(one)
        counted += takes and one.slot_on is None and _is_later(happening.at, state.last_acted_at)
        return replace(
            one,
            state="queued",
            queued_at=happening.at,
            slot_on=on if takes else None,
            taken_at=happening.at if takes else None,
        )

    changed = _letters(state, change)
    return replace(changed, unanswered=state.unanswered + counted)


def _is_later(at: datetime, acted_at: datetime | None) -> bool:
    """Letters count as unanswered from the act on, not in its very moment; attention is counted so, too."""
    return acted_at is None or at > acted_at


@_apply.register
def _merged(happening: LetterMerged, state: ClientState) -> ClientState:
    return _letters(
        state,
        lambda one: (
            replace(one, state="merged", merged_into=happening.into) if one.id == happening.id else one
        ),
    )


@_apply.register
def _ended(happening: LetterEnded, state: ClientState) -> ClientState:
    def change(one: LetterFacts) -> LetterFacts:
        if one.id == happening.id:
            ended = replace(one, state=happening.state, ended_at=happening.at)
            return replace(ended, slot_on=None, taken_at=None, queued_at=None)
        if one.merged_into == happening.id and one.state == "merged":
            return replace(one, state="planned", merged_into=None)
        return one

    ended = next((one for one in state.letters if one.id == happening.id), None)
    unanswered = unanswered_before(ended, state) if ended is not None else state.unanswered
    return replace(_letters(state, change), unanswered=unanswered)


@_apply.register
def _returned(happening: LetterReturned, state: ClientState) -> ClientState:
    letter = next(one for one in state.letters if one.id == happening.id)
    back = replace(letter, state="planned", slot_on=None, taken_at=None, queued_at=None)
    unanswered = unanswered_before(letter, state)
    return replace(_letters(state, lambda one: back if one is letter else one), unanswered=unanswered)


@_apply.register
def _planned(happening: LetterPlanned, state: ClientState) -> ClientState:
    return replace(state, letters=(*state.letters, happening.letter))


@_apply.register
def _acted(happening: Acted, state: ClientState) -> ClientState:
    return replace(state, last_acted_at=happening.at, unanswered=0)


@_apply.register
def _plan_started(happening: PlanStarted, state: ClientState) -> ClientState:
    about = replace(state.about, focus=happening.focus)
    return replace(state, plan=happening.plan, milestones=happening.milestones, about=about)


@_apply.register
def _stopped(happening: Stopped, state: ClientState) -> ClientState:
    return replace(state, suppressed=state.suppressed | {happening.scope})


@_apply.register
def _milestone(happening: MilestoneChanged, state: ClientState) -> ClientState:
    changed = tuple(
        replace(
            one,
            state=happening.state or one.state,
            due_on=happening.due_on or one.due_on,
            reached_at=happening.reached_at or one.reached_at,
        )
        if one.id == happening.id
        else one
        for one in state.milestones
    )
    return replace(state, milestones=changed)


@_apply.register
def _contact(happening: ContactMade, state: ClientState) -> ClientState:
    return _relationship(state, happening.relationship_id, lambda one: after_contact(one, happening.on))


@_apply.register
def _snoozed(happening: Snoozed, state: ClientState) -> ClientState:
    return _relationship(
        state, happening.relationship_id, lambda one: after_snooze(one, happening.not_before)
    )


@_apply.register
def _stands_otherwise(happening: StandsOtherwise, state: ClientState) -> ClientState:
    changed = happening.relationship
    return _relationship(state, changed.id, lambda _: changed)


def _relationship(
    state: ClientState, about: UUID, change: Callable[[RelationshipFacts], RelationshipFacts]
) -> ClientState:
    changed = tuple(change(one) if one.id == about else one for one in state.relationships)
    return replace(state, relationships=changed)


@_apply.register
def _paused(happening: Paused, state: ClientState) -> ClientState:
    return replace(state, pauses=(*state.pauses, happening.pause))


@_apply.register
def _resumed(happening: Resumed, state: ClientState) -> ClientState:
    ended = tuple(
        replace(one, ended_at=happening.at) if one.ended_at is None else one for one in state.pauses
    )
    return replace(state, pauses=ended)


@_apply.register
def _started(happening: EnrollmentStarted, state: ClientState) -> ClientState:
    return replace(state, enrollments=(*state.enrollments, happening.enrollment))


@_apply.register
def _enrollment_ended(happening: EnrollmentEnded, state: ClientState) -> ClientState:
    def over(one: EnrollmentFacts) -> EnrollmentFacts:
        return replace(one, state="ended", ended_at=happening.at, end_reason=happening.reason)

    return _enrollment(state, happening.id, over)


@_apply.register
def _enrollment_moved(happening: EnrollmentMoved, state: ClientState) -> ClientState:
    return _enrollment(state, happening.id, lambda one: replace(one, sequence=one.move_to, move_to=None))


def _enrollment(
    state: ClientState, about: UUID, change: Callable[[EnrollmentFacts], EnrollmentFacts]
) -> ClientState:
    changed = tuple(change(one) if one.id == about else one for one in state.enrollments)
    return replace(state, enrollments=changed)


@_apply.register
def _lived(happening: Lived, state: ClientState) -> ClientState:
    return replace(state, life=(*state.life, happening.fact))
