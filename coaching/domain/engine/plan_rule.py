"""The rule that a letter of a plan needs a plan that runs, and something in it that still calls for it."""

from dataclasses import replace
from datetime import datetime

from coaching.domain.engine import said
from coaching.domain.engine.attention import ASK_AFTER, unanswered_before
from coaching.domain.engine.said import RuleSaid
from coaching.domain.engine.sequence_slots import DRIP
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.engine.wanted import is_wanted
from coaching.domain.engine.week_slots import WEEK, has_something_to_say

OF_A_PLAN = frozenset({"mentoring", "networking", "milestone"})
_AFTER_THE_PLAN = frozenset({"farewell"})


def plan(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """Reminders belong to a plan that runs, and end with what they remind of; drips to a sequence."""
    if letter.family == DRIP:
        return _of_a_sequence(letter, state, now)
    if letter.family not in OF_A_PLAN:
        return RuleSaid("plan", "It belongs to no plan.", "pass", variant="none")
    runs = state.plan is not None and (
        state.plan.state == "active"
        or (state.plan.state == "completed" and letter.template in _AFTER_THE_PLAN)
    )
    if not runs:
        return RuleSaid("plan", said.NO_PLAN, "skip")
    if not _is_called_for(letter, state, now):
        return RuleSaid("plan", said.NOT_CALLED_FOR, "skip", variant="over")
    if letter.template == WEEK and not has_something_to_say(state, letter):
        return RuleSaid("plan", said.NOTHING_TO_SAY, "skip", variant="empty")
    return RuleSaid("plan", "The plan runs and calls for it.", "pass")


def _of_a_sequence(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    if _is_called_for(letter, state, now):
        return RuleSaid("plan", "Its sequence calls for it.", "pass", variant="sequence")
    return RuleSaid("plan", said.NOT_CALLED_FOR, "skip", variant="over")


def _is_called_for(letter: LetterFacts, state: ClientState, now: datetime) -> bool:
    """Ask what would be wanted if this letter were still only planned; silence has a rule of its own."""
    before = unanswered_before(letter, state)
    asks = letter.template == "still-useful"
    unanswered = ASK_AFTER if asks else min(before, ASK_AFTER - 1)
    heard = state
    if unanswered != state.unanswered or state.suppressed:
        heard = replace(state, unanswered=unanswered, suppressed=frozenset())
    return is_wanted(letter.slot_key, _unsent(letter, heard), now)


def _unsent(letter: LetterFacts, state: ClientState) -> ClientState:
    """Return the state as it would be if nothing had become of the letter yet."""
    known = state.letters_by_id.get(letter.id)
    if known is None or (known.state, known.slot_on, known.merged_into) == ("planned", None, None):
        return state
    unsent = replace(known, state="planned", slot_on=None, taken_at=None, merged_into=None)
    return replace(state, letters=tuple(unsent if one is known else one for one in state.letters))
