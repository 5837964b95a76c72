"""What a client's attention allows, and how a client who stopped answering is written to less.

At most one letter a local date and two in any seven; what is asked for is exempt and not counted. After four
letters without any act half as much; after six one question, 'still useful?'; after that nothing.
"""

from collections.abc import Collection
from datetime import date, timedelta

from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.ledger import TRANSACTIONAL

A_DAY = 1
A_WEEK = 2
A_WEEK_WHEN_SLOW = 1
SLOW_AFTER = 4
ASK_AFTER = 6
STILL_USEFUL = "still-useful"
_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_LOOK_AHEAD = 8


def is_slow(state: ClientState) -> bool:
    """Tell whether enough letters went unanswered to write half as often."""
    return state.unanswered >= SLOW_AFTER


def unanswered_before(letter: LetterFacts, state: ClientState) -> int:
    """Return how many letters before this one went unanswered: on its way, it counts already itself."""
    acted_at = state.last_acted_at
    counts = letter.taken_at is not None and (acted_at is None or letter.taken_at > acted_at)
    return state.unanswered - counts


def is_to_be_asked(state: ClientState) -> bool:
    """Tell whether the one question, 'still useful?', is the next letter."""
    return state.unanswered == ASK_AFTER


def is_left_alone(state: ClientState) -> bool:
    """Tell whether the question went unanswered too: nothing but what is asked for goes until they act."""
    return state.unanswered > ASK_AFTER


def takes_attention(letter: LetterFacts) -> bool:
    """Tell whether a letter counts; what is asked for doesn't, nor what goes on top by right."""
    return letter.family != TRANSACTIONAL and not letter.ignore_budget


def taken_dates(state: ClientState, *, but: LetterFacts) -> frozenset[date]:
    """Return the local dates that other letters have taken."""
    return frozenset(one.slot_on for one in state.letters if one.slot_on is not None and one.id != but.id)


def first_free(taken: Collection[date], on: date, *, slow: bool) -> date:
    """Return the first date, not before `on`, on which one more letter may go; at most eight days ahead.

    Who moved west has dates behind them that lie ahead by the new clock: it is none of these, nor one before.
    """
    ahead = (on + _DAY * days for days in range(_LOOK_AHEAD))
    return next((day for day in ahead if _is_free(taken, day, slow)), on + _DAY * _LOOK_AHEAD)


def is_week_full(taken: Collection[date], on: date, *, slow: bool) -> bool:
    """Tell whether the seven dates that end with `on` hold as many letters as they may."""
    recent = sum(1 for day in taken if on - _DAY * _WEEK_DAYS < day <= on)
    return recent >= (A_WEEK_WHEN_SLOW if slow else A_WEEK)


def _is_free(taken: Collection[date], on: date, slow: bool) -> bool:
    return on > max(taken, default=date.min) and not is_week_full(taken, on, slow=slow)
