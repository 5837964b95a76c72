"""One decision for one letter: every rule is looked at, says what it saw and what it says.

The strongest word wins: expire, then skip, then wait, then send.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from coaching.domain import local_time
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.ledger import TRANSACTIONAL

Said = Literal["pass", "wait", "skip", "expire"]
Outcome = Literal["send", "wait", "skip", "expire"]

# Letters that anybody can cause by typing an address: more than this a day would make us a nuisance's tool.
STRANGER_LETTERS = frozenset({"report", "report-known", "report-reminder", "was-this-you"})
STRANGER_LETTERS_A_DAY = 5
_DAY = timedelta(days=1)

# What the rules say where they hold a letter back; the set-wise twin in adapters/set_wise.py says the same.
SENT = "Every rule agreed."
OVER = "The time in which this letter made sense is over."
SUPPRESSED = "This address must not be written to at all."
UNSUBSCRIBED = "The client has unsubscribed from these letters."
UNLISTED = "This installation writes only to the addresses on its list."
NOT_AGREED = "The client has not agreed to letters."
UNCONFIRMED = "The address is not confirmed yet."
BAD_HOUR = "It is not a decent hour where the client is."


@dataclass(frozen=True)
class RuleSaid:
    """What one rule saw and said. `until`: with 'wait', the first instant at which it may say otherwise."""

    rule: str
    saw: str
    said: Said
    until: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """The outcome for one letter at one moment, and how it came about."""

    outcome: Outcome
    reason: str
    rules: tuple[RuleSaid, ...]
    next_at: datetime | None = None

    @property
    def rule_codes(self) -> list[str]:
        """The record kept on the row: every rule that was looked at and its word."""
        return [f"{rule.rule}:{rule.said}" for rule in self.rules]


Rule = Callable[[LetterFacts, ClientState, datetime], RuleSaid]


def decide(letter: LetterFacts, state: ClientState, now: datetime) -> Decision:
    """Look at every rule in turn and take the strongest word."""
    said = tuple(rule(letter, state, now) for rule in RULES)
    for word in ("expire", "skip"):
        for rule in said:
            if rule.said == word:
                return Decision(word, rule.saw, said)
    waits = [rule for rule in said if rule.said == "wait"]
    if waits:
        last = max(waits, key=lambda rule: rule.until or now)
        return Decision("wait", last.saw, said, next_at=last.until)
    return Decision("send", SENT, said)


def after_queueing(state: ClientState, letter: LetterFacts, now: datetime) -> ClientState:
    """Return the state once this letter is on its way, so that the next decision counts it."""
    queued = replace(letter, state="queued", queued_at=now)
    return replace(state, letters=tuple(queued if one.id == letter.id else one for one in state.letters))


def _expiry(letter: LetterFacts, _state: ClientState, now: datetime) -> RuleSaid:
    if now >= letter.expires_at:
        return RuleSaid("expiry", OVER, "expire")
    return RuleSaid("expiry", "It still makes sense.", "pass")


def _suppression(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    if "all" in state.suppressed:
        return RuleSaid("suppression", SUPPRESSED, "skip")
    if letter.family != TRANSACTIONAL and {"letters", letter.family} & state.suppressed:
        return RuleSaid("suppression", UNSUBSCRIBED, "skip")
    return RuleSaid("suppression", "The address is not suppressed for this family.", "pass")


def _allowlist(_letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    if not state.address_allowed:
        return RuleSaid("allowlist", UNLISTED, "skip")
    return RuleSaid("allowlist", "This installation may write to the address.", "pass")


def _consent(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    if letter.family == TRANSACTIONAL:
        return RuleSaid("consent", "It was asked for.", "pass")
    if not state.letters_agreed:
        return RuleSaid("consent", NOT_AGREED, "skip")
    return RuleSaid("consent", "The client agreed to letters.", "pass")


def _confirmation(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    if letter.template == "report-reminder" and state.confirmed_at is not None:
        return RuleSaid("confirmation", "The address is confirmed, so no reminder is needed.", "skip")
    if letter.template == "report-reminder" and _never_had_its_report(letter, state):
        return RuleSaid("confirmation", "The letter that it reminds of could not be sent.", "skip")
    if letter.family != TRANSACTIONAL and state.confirmed_at is None:
        return RuleSaid("confirmation", UNCONFIRMED, "skip")
    return RuleSaid("confirmation", "Nothing stands against it.", "pass")


def _never_had_its_report(reminder: LetterFacts, state: ClientState) -> bool:
    about = reminder.slot_key.removeprefix("report-reminder:")
    return any(one.slot_key == f"report:{about}" and one.state == "failed" for one in state.letters)


def _daily_cap(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    if letter.template not in STRANGER_LETTERS:
        return RuleSaid("daily_cap", "Not counted.", "pass")
    recent = sum(
        1
        for other in state.letters
        if other.id != letter.id
        and other.template in STRANGER_LETTERS
        and other.queued_at is not None
        and other.queued_at > now - _DAY
    )
    if recent >= STRANGER_LETTERS_A_DAY:
        return RuleSaid(
            "daily_cap", f"{recent} letters of this kind went to this address within a day.", "skip"
        )
    return RuleSaid("daily_cap", f"{recent} of {STRANGER_LETTERS_A_DAY} within a day.", "pass")


def _window(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    if letter.family == TRANSACTIONAL:
        return RuleSaid("window", "Letters that were asked for go at any hour.", "pass")
    if letter.ignore_window:
        return RuleSaid("window", "It may go at any hour: whoever sent it had the right to say so.", "pass")
    if local_time.in_window(now, state.time_zone):
        return RuleSaid("window", "It is a decent hour where the client is.", "pass")
    until = local_time.next_window(now, state.time_zone)
    return RuleSaid("window", BAD_HOUR, "wait", until)


RULES: tuple[Rule, ...] = (_expiry, _suppression, _allowlist, _consent, _confirmation, _daily_cap, _window)
