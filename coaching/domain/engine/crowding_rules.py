"""Rules about the letters beside this one: said before, less important than another, better in another."""

from datetime import date, datetime, timedelta

from coaching.domain import local_time
from coaching.domain.engine import said
from coaching.domain.engine.attention import (
    A_WEEK,
    A_WEEK_WHEN_SLOW,
    SLOW_AFTER,
    first_free,
    taken_dates,
    takes_attention,
    unanswered_before,
)
from coaching.domain.engine.said import RuleSaid
from coaching.domain.engine.state import ClientState, LetterFacts
from coaching.domain.letters import LETTERS

SAME_AGAIN_AFTER = timedelta(days=3)
# A host that goes so soon takes even what might go by itself.
HOST_WITHIN = timedelta(days=3)
# These ride wherever they can: contacts are no letters of their own.
RIDERS = frozenset({"keep-in-touch"})
# More than these would make a letter of many things out of one with one thing.
MOST_RIDERS = 4
# So many days ahead room is held free for a letter that matters more.
HELD_FREE = timedelta(days=6)
MERGEABLE = frozenset(name for name, one in LETTERS.items() if one.mergeable)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def duplicate(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """The same words about the same thing don't come twice within some days."""
    before = [
        one.queued_at
        for one in state.letters
        if letter.content
        and one.content == letter.content
        and one.id != letter.id
        and one.queued_at is not None
        and one.queued_at > now - SAME_AGAIN_AFTER
    ]
    if before:
        on = local_time.local(max(before), state.time_zone).date()
        return RuleSaid("duplicate", said.SAID_BEFORE, "skip", facts=(on.isoformat(),))
    return RuleSaid("duplicate", "No letter of the last days said the same.", "pass")


def rank(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """What matters more goes first: on one day, and where this letter would take the room of the other.

    Room isn't held free at the cost of a letter: one that would be over by then goes.
    """
    if takes_attention(letter) and letter.state == "planned":
        today = local_time.local(now, state.time_zone).date()
        for before, better in enumerate(_better(letter, state, now)):
            on = max(_day_of(better, state), today)
            if on == today or (on <= today + HELD_FREE and _would_be_in_the_way(letter, state, on, before)):
                until = local_time.next_window_on(on + _DAY, state.time_zone, state.hours)
                if on > today and until >= letter.expires_at and not _hosts(letter, state, now):
                    break
                return RuleSaid("rank", said.OUTRANKED, "wait", until, facts=(better.template,))
    return RuleSaid("rank", "Nothing that matters more is due.", "pass")


def _better(letter: LetterFacts, state: ClientState, now: datetime) -> list[LetterFacts]:
    """Planned letters that matter more, are still in time and go by themselves, first things first."""
    better = [
        one
        for one in state.letters
        if one.state == "planned"
        and one.expires_at > now
        and takes_attention(one)
        and one.rank < letter.rank
        and one.template not in MERGEABLE
    ]
    return sorted(better, key=lambda one: (_day_of(one, state), one.rank, one.slot_key))


def _would_be_in_the_way(letter: LetterFacts, state: ClientState, on: date, before: int) -> bool:
    """Tell whether no room would be left on that date once this letter has gone today, and so many better."""
    slow = unanswered_before(letter, state) >= SLOW_AFTER
    taken = [day for day in taken_dates(state, but=letter) if on - _WEEK < day <= on]
    return len(taken) + before + 1 >= (A_WEEK_WHEN_SLOW if slow else A_WEEK)


def _day_of(letter: LetterFacts, state: ClientState) -> date:
    if letter.intent is not None:
        return letter.intent.on
    return local_time.local(letter.due_at, state.time_zone).date()


def merge(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """Small things ride in the client's week, if one goes soon, or if there's no room for them before."""
    hosts = _hosts(letter, state, now)
    if not hosts:
        return RuleSaid("merge", "No letter that could carry it is planned.", "pass")
    host = next((one for one in hosts if _carried(one, state) < MOST_RIDERS), None)
    if host is None:
        return RuleSaid("merge", "What could carry it has no room left.", "pass", variant="full")
    soon = host.due_at - now <= HOST_WITHIN
    crowded = budget(letter, state, now).said == "wait" or rank(letter, state, now).said == "wait"
    if soon or crowded or letter.template in RIDERS:
        return RuleSaid("merge", said.RIDES, "merge", facts=(host.slot_key,), host=host.id)
    return RuleSaid("merge", "It has room for itself before one that could carry it.", "pass", variant="room")


def budget(letter: LetterFacts, state: ClientState, now: datetime) -> RuleSaid:
    """At most one letter a local date and two in any seven; half of that for who stopped answering."""
    if not takes_attention(letter):
        right = letter.ignore_budget
        saw = "It goes on top: whoever sent it had the right to say so." if right else "Not counted."
        return RuleSaid("budget", saw, "pass", variant="right" if right else "uncounted")
    today = local_time.local(now, state.time_zone).date()
    taken = taken_dates(state, but=letter)
    free = first_free(taken, today, slow=unanswered_before(letter, state) >= SLOW_AFTER)
    if free == today:
        return RuleSaid("budget", "There is room for a letter today.", "pass")
    until = local_time.next_window_on(free, state.time_zone, state.hours)
    if today <= max(taken, default=date.min):
        return RuleSaid("budget", said.DAY_TAKEN, "wait", until, "day", (_day(until, state),))
    return RuleSaid("budget", said.WEEK_TAKEN, "wait", until, "week", (_day(until, state),))


def _hosts(letter: LetterFacts, state: ClientState, now: datetime) -> list[LetterFacts]:
    """Planned letters that could carry this one while it makes sense, the soonest first."""
    if letter.template not in MERGEABLE or letter.state != "planned":
        return []
    hosts = [
        one
        for one in state.letters
        if one.state == "planned"
        and one.template in LETTERS
        and LETTERS[one.template].hosts
        and now < one.expires_at
        and one.due_at < letter.expires_at
        and one.family not in state.suppressed
    ]
    return sorted(hosts, key=lambda one: (one.due_at, one.slot_key))


def _carried(host: LetterFacts, state: ClientState) -> int:
    return sum(one.merged_into == host.id and one.state == "merged" for one in state.letters)


def _day(at: datetime, state: ClientState) -> str:
    return local_time.local(at, state.time_zone).date().isoformat()
