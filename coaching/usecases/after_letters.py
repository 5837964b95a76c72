"""What follows once letters were looked at: the next occurrence is planned, silence is noted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain import local_time
from coaching.domain.engine.attention import ASK_AFTER, STILL_USEFUL
from coaching.domain.engine.reconcile import reconcile
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.engine.wanted import wanted
from coaching.domain.letters import LETTERS
from coaching.usecases.enrollments import settle_enrollments
from coaching.usecases.schedule import save_changes
from coaching.usecases.silences import expect_silences

_ANSWER_WITHIN = timedelta(days=7)


def freshen_hosts(
    session: Session, letters: Iterable[tuple[tables.Message, ClientState]], *, now: datetime
) -> None:
    """Let letters that carry others say what is true now, not what was when they were planned."""
    fresh = []
    for row, state in letters:
        if row.template not in LETTERS or not LETTERS[row.template].hosts:
            continue
        slot = next((one for one in wanted(state, now) if one.key == row.slot_key), None)
        if slot is not None and slot.detail != row.detail:
            fresh.append({"id": row.id, "detail": slot.detail})
    if fresh:
        session.execute(update(tables.Message), fresh)


def follow_letters(
    session: Session, states: Mapping[UUID, ClientState], rows: Sequence[tables.Message], *, now: datetime
) -> None:
    """Plan what comes next for these clients, as they stand after these letters were decided."""
    live = {one: state for one, state in states.items() if state.plan is not None or state.enrollments}
    live = settle_enrollments(session, live, now=now)
    changes = {one: reconcile(wanted(state, now), state.letters, now) for one, state in live.items()}
    save_changes(session, changes, now=now)
    expect_silences(session, states)
    _expect_no_answer(session, states, rows, now)


def _expect_no_answer(
    session: Session, states: Mapping[UUID, ClientState], rows: Iterable[tables.Message], now: datetime
) -> None:
    """Give the client a week for the question that has just gone, then the coach is told.

    Who refuses the letters that it belongs to can't be asked: then the week begins with the last letter.
    """
    due = {row.id for row in rows}
    silent = {
        client_id: local_time.local(now, state.time_zone).date() + _ANSWER_WITHIN
        for client_id, state in states.items()
        if any(one.id in due and one.state == "queued" and _is_last_word(one, state) for one in state.letters)
    }
    if silent:
        session.execute(
            update(tables.Client), [{"id": client_id, "quiet_on": on} for client_id, on in silent.items()]
        )


def _is_last_word(letter: LetterFacts, state: ClientState) -> bool:
    cannot_be_asked = state.unanswered == ASK_AFTER and LETTERS[STILL_USEFUL].family in state.suppressed
    return letter.template == STILL_USEFUL or (letter.slot_on is not None and cannot_be_asked)
