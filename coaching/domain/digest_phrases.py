"""The phrases of the coach's morning list. Days are those of the coach's calendar, seen on `today`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from coaching.domain.digests import Kind
from coaching.domain.plan_phrases import (
    LONGEST_NOTE,
    day_in_words,
    in_words,
    name_of,
    quoted,
    title_of,
    upper_first,
)

LONGEST_NAME = 60
_LONGEST_REF = 60

# In the order in which they stand: first what a client waits for, last what is good to know.
HEADINGS: Mapping[Kind, tuple[str, str]] = {
    "asked": (
        "Clients who ask for a talk",
        "Each waits for a word from you, and stands here until it is marked as answered.",
    ),
    "to_approve": (
        "Plans to look at",
        "Each waits for your yes, and you can change what you like before.",
    ),
    "unsure": (
        "Answers to read with care",
        "They leave it open where the client stands, so a word with them tells more.",
    ),
    "decided": (
        "Stay, shift or leave",
        "They have chosen, for now. A talk soon helps to make it a good choice.",
    ),
    "overdue": (
        "Steps whose day has passed",
        "Each was due a week ago or more. A new day may be all it needs.",
    ),
    "silent": (
        "Clients who stopped answering",
        "Letters rest until they act. A line from you may do more.",
    ),
    "quiet": (
        "Ties gone quiet",
        "Three reminders went by without contact, and no more will come.",
    ),
    "not_useful": (
        "Said to be not useful",
        "What they would rather have is worth a question.",
    ),
    "said": (
        "Good to know",
        "They told us so by a button in one of our letters.",
    ),
    "noted": (
        "Notes they made",
        "What they want to come back to; their next reminder brings it up.",
    ),
    "suggested": (
        "What they would like to read",
        "Their wishes for the library. Where you know an answer, a line from you comes sooner.",
    ),
    "unmatched": (
        "Reports that matched nothing",
        "Another program sent them, and we found no step that they could mean.",
    ),
}
TALKS = "letters about talks with their coach"
TALKED = "A talk with their coach took place"
STILL_USEFUL = "Our letters are still useful"
_IN_BRACKETS = ("mentor", "peer", "leader")


def client_name(name: str | None) -> str:
    """Return whom a line is about."""
    return quoted(name, LONGEST_NAME) or "A client without a name"


def asked(text: str, on: date, *, more: int, today: date) -> str:
    """Return when a client asked for a talk, and what about; `more`: they asked so many times before."""
    words = quoted(text, LONGEST_NOTE)
    about = f": \u201c{words}\u201d" if words else "."
    before = f" They have asked {'once' if more == 1 else f'{in_words(more)} times'} before." if more else ""
    return f"Asked on {day_in_words(on, today=today)}{about}{before}"


def suggested(topic: str, text: str, on: date, *, today: date) -> str:
    """Return which topic, in their own words where they gave some, and when."""
    words = quoted(text, LONGEST_NOTE)
    said = f": \u201c{words}\u201d" if words else ""
    return f"{topic}{said}, suggested on {day_in_words(on, today=today)}."


def to_approve(drafted_on: date, *, changes: bool, again: bool, today: date) -> str:
    """Return what there is to say yes to. `again`: it was told before, and still waits."""
    what = "Changes to the plan, proposed on" if changes else "A first plan, drafted on"
    waits = (", still wait" if changes else ", still waits") if again else ""
    return f"{what} {day_in_words(drafted_on, today=today)}{waits}."


def unsure(on: date, *, trusted: bool, profile: str | None, today: date) -> str:
    """Return why answers want care. `trusted`: nothing is wrong with how they were given."""
    day = day_in_words(on, today=today)
    if not trusted:
        return f"Answers of {day} that can hardly be relied on."
    if profile is None:
        return f"Too few answers on {day} to tell a profile."
    return f"Answers of {day} that can be read in two ways."


def decided(decision: str, on: date, *, today: date) -> str:
    """Return which of the three it is."""
    return f"To {decision}, for now, decided on {day_in_words(on, today=today)}."


def overdue(title: str, due_on: date, *, more: int, letters_off: bool, today: date) -> str:
    """Return which step it is, since when its day has passed, how many more of theirs there are.

    `letters_off`: no reminder went out, or the next won't.
    """
    others = f", and {in_words(more)} more" if more else ""
    off = " Letters to them are off." if letters_off else ""
    return f"{step(title)} was due on {day_in_words(due_on, today=today)}{others}.{off}"


def silent(on: date, *, today: date) -> str:
    """Return when the client was asked whether the letters are still useful."""
    return f"Asked on {day_in_words(on, today=today)} whether letters are still useful."


def tie(name: str, kind: str) -> str:
    """Return who somebody, a group or an event is to the client."""
    called = name_of(name, kind)
    return f"{called} ({kind})" if kind in _IN_BRACKETS and quoted(name, LONGEST_NAME) else called


def quiet(name: str, kind: str, last_on: date | None, *, today: date) -> str:
    """Return which tie it is, and when there was contact last."""
    since = "No contact yet" if last_on is None else f"No contact since {day_in_words(last_on, today=today)}"
    return f"{upper_first(tie(name, kind))}. {since}."


def not_useful(about: str | None, on: date, *, today: date) -> str:
    """Return what was not useful: a step or a tie, or else the letters as such."""
    return f"{upper_first(about or 'our letters')}, said on {day_in_words(on, today=today)}."


def said(what: str, on: date, *, today: date) -> str:
    """Return what they told us by a button: `TALKED`, `STILL_USEFUL`, or what they missed."""
    return f"{what}, said on {day_in_words(on, today=today)}."


def missed(event: str) -> str:
    """Return that they could not go to an event that is over."""
    return f"They couldn\u2019t go to {event}"


def noted(tied: str, note: str, on: date, *, today: date) -> str:
    """Return what they wrote down about whom, in their own words, and when."""
    words = quoted(note, LONGEST_NOTE)
    return f"{upper_first(tied)}: \u201c{words}\u201d, noted on {day_in_words(on, today=today)}."


def step(title: str) -> str:
    """Return a step as it stands in a sentence."""
    return f"\u201c{title_of(title)}\u201d"


def unmatched(kind: str, given: Mapping[str, Any], on: date, *, today: date) -> str:
    """Return what was reported, in the words by which the other program named it."""
    named = given.get("milestone")
    fields = named if isinstance(named, Mapping) else {"ref": named}
    ref = quoted(str(fields.get("ref") or fields.get("kind") or ""), _LONGEST_REF)
    what = f"\u201c{ref}\u201d" if ref else "A step"
    return f"{what} was reported as {kind} on {day_in_words(on, today=today)}."


def stranger(given: Mapping[str, Any]) -> str:
    """Return whom a report names that we know no client for; an address stays out of letters."""
    named = given.get("client")
    ref = quoted(str(named.get("ref") or ""), LONGEST_NAME) if isinstance(named, Mapping) else ""
    return f"\u201c{ref}\u201d, whom we don\u2019t know" if ref else "Nobody we know"


def opening(count: int) -> str:
    """Return the sentence above the lists."""
    if count == 1:
        return "One thing may need you today."
    return f"{in_words(count).capitalize()} things may need you today."


def more(count: int) -> tuple[str, str]:
    """Return the line under a list that has more than it shows."""
    return f"And {in_words(count)} more", "The console lists all your clients."
