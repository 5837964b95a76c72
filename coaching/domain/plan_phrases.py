"""The phrases of the letters of a plan, each whole: where something isn't known, another phrase stands there.

Names, notes and titles were typed by somebody: `quoted` makes them short, one line, and nothing to click on.
"""

import re
from collections.abc import Sequence
from datetime import date

from coaching.domain.phrases import one_line, shows

LONGEST_NAME = 60
LONGEST_TITLE = 120
LONGEST_NOTE = 240
LONGEST_SENTENCE = 400

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_COUNTS = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_YEAR_NEEDED_AFTER = 300  # days: from here on a weekday and a month alone can mislead
_RHYTHMS = {
    1: "every day",
    7: "once a week",
    14: "every two weeks",
    30: "once a month",
    91: "once a quarter",
    365: "once a year",
}
_NOT_A_NAME = {"group": "the group", "event": "the event", "mentor": "your mentor"}
# What mail programs make a link of, although we didn't: a mark of no width behind it keeps it words.
_LINKING = re.compile(r"(?<=[.:@])(?=\S)")
_NO_WIDTH = "\u200c"


def quoted(text: str | None, longest: int) -> str:
    """Return what somebody typed as words: one line of at most so many characters, and no link of theirs.

    What shows nothing, though it may be many characters, is nothing.
    """
    line = one_line(text or "")
    if not shows(line):
        return ""
    if len(line) > longest:
        line = line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "\u2026"
    return _LINKING.sub(_NO_WIDTH, line)


def title_of(text: str) -> str:
    """Return the title of a step, which may stand inside a sentence."""
    title = quoted(text, LONGEST_TITLE).rstrip(" .")
    return title if shows(title) else "A step of yours"


def name_of(name: str, kind: str) -> str:
    """Return what a person, group or event is called, or what they are to the client."""
    return quoted(name, LONGEST_NAME) or _NOT_A_NAME.get(kind, "someone you know")


def sentence(text: str | None, otherwise: str) -> str:
    """Return what somebody wrote, as a sentence that ends; or `otherwise` where they wrote nothing."""
    said = quoted(text, LONGEST_SENTENCE)
    if not said:
        return otherwise
    return said if said[-1] in ".?!\u2026\u201d" else f"{said}."


def because(text: str | None, otherwise: str) -> str:
    """Return the line under a step that says why it is asked for."""
    said = sentence(text, otherwise)
    return f"Why: {upper_first(said)}"


def upper_first(said: str) -> str:
    """Return the phrase as it stands at the beginning of a line."""
    return said[:1].upper() + said[1:]


def day_in_words(on: date, *, today: date) -> str:
    """Return 'Thursday 3 December', with its year where it lies far from the day on which it is read."""
    words = f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"
    return f"{words} {on.year}" if abs((on - today).days) > _YEAR_NEEDED_AFTER else words


def in_words(count: int) -> str:
    """Return 'six', and '13' where a number is read more easily."""
    return _COUNTS[count] if count < len(_COUNTS) else str(count)


def since(on: date, *, today: date) -> str:
    """Return how long ago a day was: 'yesterday', 'six weeks ago', 'in January', 'in 2024'."""
    days = (today - on).days
    if days <= 1:
        return "yesterday" if days == 1 else "today"
    if days < 14:
        return f"{in_words(days)} days ago"
    if days < 63:
        return f"{in_words(days // 7)} weeks ago"
    return f"{in_words(days // 30)} months ago" if days < _YEAR_NEEDED_AFTER else f"in {_month(on, today)}"


def _month(on: date, today: date) -> str:
    if on.year == today.year:
        return _MONTHS[on.month - 1]
    return f"{_MONTHS[on.month - 1]} {on.year}" if on.year == today.year - 1 else str(on.year)


def rhythm(days: int | None) -> str:
    """Return how often, about: 'once a month', 'every seven weeks'."""
    if days is None:
        return "from time to time"
    for meant, words in _RHYTHMS.items():
        if abs(days - meant) <= meant // 14:
            return words
    if days < 14:
        return f"every {in_words(days)} days"
    return (
        f"every {in_words(round(days / 7))} weeks"
        if days < 119
        else f"every {in_words(round(days / 30))} months"
    )


def spoke(name: str, kind: str, last_on: date | None, *, today: date) -> str:
    """Return when there was contact last."""
    if kind == "group":
        if last_on is None:
            return f"As far as we know, you haven't been with {name} yet."
        return f"You were last with {name} {since(last_on, today=today)}."
    if last_on is None:
        return f"As far as we know, you and {name} haven't been in touch yet."
    return f"You and {name} were last in touch {since(last_on, today=today)}."


def noted(note: str | None, kind: str) -> str:
    """Return what to talk about next time, in the client's words, or where to begin without any."""
    said = quoted(note, LONGEST_NOTE)
    if said:
        return f"You noted last time: \u201c{said}\u201d."
    if kind == "group":
        return "A line to someone you met there is plenty; so is an hour at the next meeting."
    return "How you are, and one thing that you would like to hear about, is plenty."


def ask(name: str, kind: str, time: int) -> str:
    """Return the request of the first, second or last of three reminders."""
    if time >= 3:
        return "This is the last reminder about it for now; whether you write is up to you."
    if time == 2:
        return f"If it slipped by, there is no harm in that: {name} will be glad of two lines now."
    return "A quick hello keeps you in touch." if kind == "group" else "Two lines keep you in touch."


def touches(kinds: Sequence[str], *, rhythm: str = "weekly") -> str:
    """Return the line above those proposed until the next letter, from the kind of each."""
    count = in_words(len(kinds)).capitalize()
    if "group" in kinds:
        hello = "A quick hello" if len(kinds) == 1 else f"{count} quick hellos"
        return f"{hello} {for_now(rhythm)}"
    who = "Someone" if len(kinds) == 1 else f"{count} people"
    return f"{who} you might write to {by_now(rhythm)}"


def people(ties: Sequence[tuple[str, date | None]], *, today: date) -> str:
    """Return the people proposed for a week, each with when there was contact last."""
    each = [
        f"{name} (no contact yet)" if last is None else f"{name} (last in touch {since(last, today=today)})"
        for name, last in ties
    ]
    listed = each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}"
    return f"{upper_first(listed)}. Two lines are plenty."


def put_into_plan(coach_name: str | None) -> str:
    """Return why something is in the plan where nobody wrote a reason; a coach, if any, signs."""
    return "We put it into your plan together." if has_coach(coach_name) else "It is part of your plan."


def has_coach(coach_name: str | None) -> bool:
    """Tell whether a coach signs: only then may a letter speak of one."""
    return shows(coach_name or "")


def next_step(title: str | None, due_on: date | None, *, today: date) -> str:
    """Return what comes next in a plan."""
    if title is None or due_on is None:
        return "No step has a day just now; answer this letter, and we'll set the next one together."
    if due_on < today:
        return f"What comes next: \u201c{title_of(title)}\u201d, whose day has passed and can be moved."
    return f"What comes next: \u201c{title_of(title)}\u201d, by {day_in_words(due_on, today=today)}."


def its_day(due_on: date, *, today: date) -> str:
    """Return the sentence that gives the day of a step."""
    day = day_in_words(due_on, today=today)
    if due_on < today:
        return f"Its day was {day}, and it can be moved."
    return f"Its day is today, {day}." if due_on == today else f"Its day is {day}."


def coming(name: str, on: date, *, today: date) -> str:
    """Return how near an event is."""
    day = day_in_words(on, today=today)
    when = {0: f"today, {day}", 1: f"tomorrow, {day}"}.get((on - today).days, f"on {day}")
    return f"{upper_first(name)} is {when}."


def tip(note: str | None) -> str:
    """Return what to take along to an event."""
    said = quoted(note, LONGEST_NOTE)
    if said:
        return f"You noted for it: \u201c{said}\u201d."
    return "One question to take along is enough, such as what people there work on that is new to them."


def talk_first(coach_name: str | None) -> str:
    """Return the offer to talk a decision over, by whoever signs."""
    if has_coach(coach_name):
        return "I would gladly talk it over with you first; just answer this letter."
    return "If you would like to talk it over first, just answer this letter."


def talk_soon(coach_name: str | None) -> str:
    """Return how to arrange a talk with whoever signs: the coach, or the firm."""
    who = "I" if has_coach(coach_name) else "we"
    return f"Answer this letter with two times that would suit you, and {who} will choose one."


def looking_back(reached: int) -> str:
    """Return how many steps were reached on the way, if it is worth counting them."""
    if reached == 0:
        return "A plan needn't be followed to its end to have done its work."
    return f"You reached {in_words(reached)} step{'' if reached == 1 else 's'} along the way."


def period(rhythm: str) -> str:
    """Return what the letter is about that comes at this rhythm."""
    return {"fortnightly": "Your next two weeks", "monthly": "Your month"}.get(rhythm, "Your week")


def by_now(rhythm: str) -> str:
    """Return the time that such a letter is meant for."""
    return "this week" if rhythm == "weekly" else "until the next letter"


def for_now(rhythm: str) -> str:
    """Return for how long something in it is enough."""
    return "for this week" if rhythm == "weekly" else "until the next letter"


def nobody_yet(wanted: int) -> tuple[str, str]:
    """Return what to do for a plan's messages to people while it names none: in a line, and how."""
    if wanted == 1:
        return (
            "Someone to write to",
            "Your plan has one message a week, and nobody is in it yet. Think of somebody whom you would "
            "like to hear from; answer this letter with the name, and we'll remind you.",
        )
    count = in_words(wanted)
    return (
        f"{count.capitalize()} people to write to",
        f"Your plan has {count} messages a week, and nobody is in it yet. Think of {count} people whom you "
        "would like to hear from; answer this letter with their names, and we'll remind you.",
    )


def room_for_more(wanted: int) -> str:
    """Return the sentence behind those proposed where the plan has more messages a week than people."""
    return (
        f"Your plan has room for more, {in_words(wanted)} messages a week: answer this letter with another "
        "name, and we'll remind you."
    )


def in_touch(cadence_days: int | None) -> str:
    """Return why somebody is reminded of, from the rhythm that the plan has for them."""
    return f"Why: Your plan has you in touch about {rhythm(cadence_days)}."


def same_reason(named: str) -> str:
    """Return the line under what has the very reason of something that stands above, by its name."""
    return f"Why: As for \u201c{named}\u201d."


EVENT_WANTED = (
    "An event to look for",
    "By your plan it is time for an event in your field. Once you have found one, answer this letter with "
    "its name and day, and we'll remind you.",
)
STANDS_ABOVE = "What comes next stands above."
KEEPS_CLOSE = "A quick hello keeps people close."
