"""One decision for one letter: every rule is looked at, says what it saw and what it says.

The strongest word wins: expire, then skip, then merge, then wait, then send.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from coaching.domain.engine.apply import apply
from coaching.domain.engine.happenings import LetterQueued
from coaching.domain.engine.rules import RIDER_RULES, RULES
from coaching.domain.engine.said import SENT, RuleSaid
from coaching.domain.engine.state import ClientState, LetterFacts

Outcome = Literal["send", "wait", "merge", "skip", "expire"]


@dataclass(frozen=True)
class Decision:
    """The outcome for one letter at one moment, and how it came about. `host`: what carries it."""

    outcome: Outcome
    reason: str
    rules: tuple[RuleSaid, ...]
    next_at: datetime | None = None
    host: UUID | None = None

    @property
    def rule_codes(self) -> list[str]:
        """The record kept on the row: every rule that was looked at and its word."""
        return [rule.code for rule in self.rules]


def decide(letter: LetterFacts, state: ClientState, now: datetime) -> Decision:
    """Look at every rule in turn and take the strongest word."""
    said = tuple(rule(letter, state, now) for rule in RULES)
    for word in ("expire", "skip"):
        for rule in said:
            if rule.said == word:
                return Decision(word, rule.saw, said)
    if any(rule.holds for rule in said):
        return _wait(letter, said, now)
    for rule in said:
        if rule.said == "merge":
            return Decision("merge", rule.saw, said, host=rule.host)
    if any(rule.said == "wait" for rule in said):
        return _wait(letter, said, now)
    return Decision("send", SENT, said)


def decide_rider(letter: LetterFacts, state: ClientState, now: datetime) -> Decision:
    """Say whether a letter may still ride in another that leaves now: send, or skip or expire."""
    said = tuple(rule(letter, state, now) for rule in RIDER_RULES)
    for word in ("expire", "skip"):
        for rule in said:
            if rule.said == word:
                return Decision(word, rule.saw, said)
    return Decision("send", SENT, said)


def after_queueing(state: ClientState, letter: LetterFacts, now: datetime) -> ClientState:
    """Return the state once this letter is on its way, so that the next decision counts it."""
    return apply(state, LetterQueued(letter.id, now))


def _wait(letter: LetterFacts, said: tuple[RuleSaid, ...], now: datetime) -> Decision:
    """Wait for whatever lasts longest; of two that last equally, what was looked at first is the reason.

    It is looked at no later than when its time is over, so that its end is written down then.
    """
    last = max((rule for rule in said if rule.said == "wait"), key=lambda rule: rule.until or now)
    return Decision("wait", last.saw, said, next_at=min(last.until or now, letter.expires_at))
