"""What a pause or its end would do, in a line or two, for whoever is about to decide on it."""

from datetime import datetime, time

from coaching.domain import local_time
from coaching.domain.pauses import Effect
from coaching.domain.plan_phrases import day_in_words, in_words


def pausing(effect: Effect, ending: str, until_at: datetime | None, zone: str, *, now: datetime) -> str:
    """Return what a pause does that begins, or goes on, now."""
    until = "they are resumed" if until_at is None else _when(until_at, zone, now)
    return _joined(f"Letters rest until {until}.", *_becomes(effect, ending, over=False))


def resuming(effect: Effect, ending: str) -> str:
    """Return what the end of a pause does now."""
    return _joined("Letters come again from now on.", *_becomes(effect, ending, over=True))


def _becomes(effect: Effect, ending: str, *, over: bool) -> tuple[str, ...]:
    skipped, held = len(effect.letters["skipped"]), len(effect.letters["held"])
    if ending == "skip":
        return (_left_out(skipped, over=over),)
    moved = _moved(effect) if ending == "shift" else ""
    return moved, _held(held, over=over), _too_late(skipped)


def _left_out(count: int, *, over: bool) -> str:
    if over:
        was = f"{_letters(count)} that fell due meanwhile {'was' if count == 1 else 'were'} left out"
        return f"{was if count else 'Nothing was left out'}; later dates stay."
    if not count:
        return "Nothing that is planned so far falls into that time; later dates stay."
    falls = f"{_letters(count)} that {'falls' if count == 1 else 'fall'} due meanwhile"
    return f"{falls} {'is' if count == 1 else 'are'} left out; later dates stay."


def _moved(effect: Effect) -> str:
    count = len(effect.milestones)
    if not count:
        return "Rhythms move by as many days." if effect.rhythms else "No date moves."
    dates = f"{in_words(count).capitalize()} date{'' if count == 1 else 's'} of the plan"
    rhythms = ", and rhythms with them" if effect.rhythms else ""
    return f"{dates} {'moves' if count == 1 else 'move'} by as many days{rhythms}."


def _held(count: int, *, over: bool) -> str:
    if not count:
        return ""
    if over:
        return f"{_letters(count)} that waited {'comes' if count == 1 else 'come'} now, one at a time."
    waits = f"{'waits' if count == 1 else 'wait'} and {'comes' if count == 1 else 'come'}"
    return f"{_letters(count)} {waits} after it, one at a time."


def _too_late(count: int) -> str:
    if not count:
        return ""
    return f"{_letters(count)} would come too late by then and {'is' if count == 1 else 'are'} left out."


def _letters(count: int) -> str:
    return f"{in_words(count).capitalize()} letter{'' if count == 1 else 's'}"


def _joined(*said: str) -> str:
    return " ".join(one for one in said if one)


def _when(at: datetime, zone: str, now: datetime) -> str:
    wall = local_time.local(at, zone)
    day = day_in_words(wall.date(), today=local_time.local(now, zone).date())
    return day if wall.time() == time(0) else f"{day}, {wall:%H:%M}"
