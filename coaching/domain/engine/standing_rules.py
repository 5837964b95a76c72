"""Rules about how it stands with the letter, the address and the plan: may it go, and now?"""

from datetime import datetime, timedelta

from coaching.domain import local_time
from coaching.domain.engine import said
from coaching.domain.engine.attention import ASK_AFTER, STILL_USEFUL, takes_attention, unanswered_before
from coaching.domain.engine.said import RuleSaid
from coaching.domain.engine.state import ClientState, LetterFacts, Pause
from coaching.domain.ledger import TRANSACTIONAL

# Letters that anybody can cause by typing an address: more than this a day would make us a nuisance's tool.
STRANGER_LETTERS = frozenset({"report", "report-known", "report-reminder", "was-this-you"})
STRANGER_LETTERS_A_DAY = 5
_DAY = timedelta(days=1)


def expiry(letter: LetterFacts, _state: ClientState, now: datetime) -> RuleSaid:
    """A letter that comes too late doesn't come."""
    if now >= letter.expires_at:
        return RuleSaid("expiry", said.OVER, "expire")
    return RuleSaid("expiry", "It still makes sense.", "pass")


def suppression(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    """Bounced, complained, unsubscribed."""
    if "all" in state.suppressed:
        return RuleSaid("suppression", said.SUPPRESSED, "skip", variant="all")
    if letter.family != TRANSACTIONAL and {"letters", letter.family} & state.suppressed:
        return RuleSaid("suppression", said.UNSUBSCRIBED, "skip")
    return RuleSaid("suppression", "The address is not suppressed for this family.", "pass")


def allowlist(_letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    """A test installation writes to its own people only."""
    if not state.address_allowed:
        return RuleSaid("allowlist", said.UNLISTED, "skip")
    return RuleSaid("allowlist", "This installation may write to the address.", "pass")


def consent(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    """Letters go to those who said yes to them."""
    if letter.family == TRANSACTIONAL:
        return RuleSaid("consent", "It was asked for.", "pass", variant="asked")
    if not state.letters_agreed:
        return RuleSaid("consent", said.NOT_AGREED, "skip")
    return RuleSaid("consent", "The client agreed to letters.", "pass")


def confirmation(letter: LetterFacts, state: ClientState, _now: datetime) -> RuleSaid:
    """Anyone can type anyone's address: before its owner says so, only what was asked for goes there."""
    if letter.template == "report-reminder" and state.confirmed_at is not None:
        saw = "The address is confirmed, so no reminder is needed."
        return RuleSaid("confirmation", saw, "skip", variant="done")
    if letter.template == "report-reminder" and _never_had_its_report(letter, state):
        saw = "The letter that it reminds of could not be sent."
        return RuleSaid("confirmation", saw, "skip", variant="unsent")
    if letter.family != TRANSACTIONAL and state.confirmed_at is None:
        return RuleSaid("confirmation", said.UNCONFIRMED, "skip")
    return RuleSaid("confirmation", "Nothing stands against it.", "pass")


def _never_had_its_report(reminder: LetterFacts, state: ClientState) -> bool:
    about = reminder.slot_key.removeprefix("report-reminder:")
    return any(one.slot_key == f"report:{about}" and one.state == "failed" for one in state.letters)


def daily_cap(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """What a stranger can cause is capped."""
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
        saw = f"{recent} letters of this kind went to this address within a day."
        return RuleSaid("daily_cap", saw, "skip", facts=(str(recent),))
    saw = f"{recent} of {STRANGER_LETTERS_A_DAY} within a day."
    return RuleSaid("daily_cap", saw, "pass", variant="counted", facts=(str(recent),))


def pause(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """One switch for every family but what was asked for."""
    if letter.family == TRANSACTIONAL:
        return RuleSaid("pause", "A pause doesn't hold what was asked for.", "pass", variant="asked")
    holding = next((one for one in state.pauses if one.ending != "skip" and _covers(one, now)), None)
    if holding is not None:
        return _held(holding, state, now)
    skipping = [one for one in state.pauses if one.ending == "skip"]
    if any(_covers(one, now) or _covers(one, letter.due_at) for one in skipping):
        return RuleSaid("pause", said.PAUSED, "skip")
    return RuleSaid("pause", "Letters are not paused.", "pass")


def _covers(one: Pause, at: datetime) -> bool:
    # Dates still have to be moved when a shift's time is over: until that is done, it holds.
    until = one.ended_at or (None if one.ending == "shift" else one.until_at)
    return one.began_at <= at and (until is None or at < until)


def _held(standing: Pause, state: ClientState, now: datetime) -> RuleSaid:
    """Without an end it is looked at again on the next morning; the end of the pause rings earlier."""
    until, facts = standing.until_at, ("open",)
    if until is not None:
        facts = (local_time.local(until, state.time_zone).date().isoformat(),)
    if until is None or until <= now:
        on = local_time.local(now, state.time_zone).date() + _DAY
        until = local_time.next_window_on(on, state.time_zone, state.hours)
    return RuleSaid("pause", said.ON_HOLD, "wait", until, facts=facts, holds=True)


def silence(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """Who stopped answering is asked once, then left alone."""
    if not takes_attention(letter):
        return RuleSaid("silence", "Not counted.", "pass", variant="uncounted")
    before = unanswered_before(letter, state)
    facts = (str(before),)
    if before < ASK_AFTER or letter.template == STILL_USEFUL or _says_farewell(letter, before):
        return RuleSaid("silence", f"{before} letters went unanswered.", "pass", facts=facts)
    if before > ASK_AFTER:
        return RuleSaid("silence", said.LEFT_ALONE, "skip", facts=facts)
    on = local_time.local(now, state.time_zone).date() + _DAY
    until = local_time.next_window_on(on, state.time_zone, state.hours)
    return RuleSaid("silence", said.TO_BE_ASKED, "wait", until, facts=facts, holds=True)


def _says_farewell(letter: LetterFacts, before: int) -> bool:
    """A plan that is completed needs no question any more; its last letter comes in place of it."""
    return letter.template == "farewell" and before == ASK_AFTER


def window(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """Letters come at a decent hour where the client lives."""
    if letter.family == TRANSACTIONAL:
        return RuleSaid("window", "Letters that were asked for go at any hour.", "pass", variant="asked")
    if letter.ignore_window:
        saw = "It may go at any hour: whoever sent it had the right to say so."
        return RuleSaid("window", saw, "pass", variant="right")
    if local_time.in_window(now, state.time_zone, state.hours):
        return RuleSaid("window", "It is a decent hour where the client is.", "pass")
    until = local_time.next_window(now, state.time_zone, state.hours)
    return RuleSaid("window", said.BAD_HOUR, "wait", until)
