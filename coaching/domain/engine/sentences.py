"""Turns the record of a decision back into sentences: why a letter went, waits, or didn't go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from coaching.domain.engine.said import SENT
from coaching.domain.engine.sentence_words import WORDS, Words
from coaching.domain.letter_names import letter_in_words
from coaching.domain.plan_phrases import day_in_words

Reader = Literal["client", "coach", "operator"]
# Outcomes that one rule brings about by saying so. Letters go, or fail, once every rule has let them pass.
_BY_ONE_RULE = frozenset({"expire", "skip", "merge", "wait"})
_PASSED = frozenset({"send", "fail"})
_FOR_CLIENTS = {
    "send": "Nothing stood against it.",
    "wait": "It waits for a better moment.",
    "merge": "It comes inside another letter, so that you get one instead of two.",
    "skip": "It was left out.",
    "expire": "It would have come too late to be of use to you.",
    "cancel": "It was called off, since what it was about has moved on.",
    "fail": "It could not be sent.",
}
_ASKED_FOR = "consent:pass:asked"


@dataclass(frozen=True)
class Code:
    """One rule's word as it is kept: `rule:said`, `rule:said:variant`, and facts behind bars."""

    rule: str
    said: str
    variant: str = ""
    facts: tuple[str, ...] = ()

    @staticmethod
    def of(text: str) -> "Code":
        """Read it; whatever stands there is a code of some kind."""
        head, *facts = text.split("|")
        rule, _, rest = head.partition(":")
        said, _, variant = rest.partition(":")
        return Code(rule, said, variant, tuple(facts))

    @property
    def words(self) -> Words | None:
        """What stands behind it, None where no rule says this any more."""
        word = f"{self.rule}:{self.said}"
        return WORDS.get(f"{word}:{self.variant}" if self.variant else word)


def saw(text: str) -> str:
    """Return what the rule saw when it said this, for an operator or a program."""
    code = Code.of(text)
    words = code.words
    return f"It was recorded as '{text}'." if words is None else _with_facts(code, words.saw, words.more)


def sentence(codes: Sequence[str], outcome: str, reader: Reader, *, stored: str = "") -> str:
    """Return why a letter met this outcome: send, wait, merge, skip, expire, cancel or fail.

    `stored` is the sentence that was kept with it: it tells which of several waits was the longest, and is
    what an operator or a coach reads where the codes explain nothing.
    """
    if outcome == "send" and explains(codes, outcome):
        return _sent(codes, reader)
    code = _decisive(codes, outcome, stored)
    words = None if code is None else code.words
    if code is None or words is None:
        otherwise = _FOR_CLIENTS.get(outcome, "")
        return otherwise if reader == "client" else stored or otherwise
    if reader == "client":
        return _with_facts(code, words.client, words.client_more)
    if reader == "coach" and words.coach:
        return words.coach
    return _with_facts(code, words.saw, words.more)


def explains(codes: Sequence[str], outcome: str) -> bool:
    """Tell whether these codes belong to this outcome, and not to an earlier look at the letter."""
    words = {Code.of(one).said for one in codes}
    return words == {"pass"} if outcome in _PASSED else outcome in _BY_ONE_RULE & words


def _sent(codes: Sequence[str], reader: Reader) -> str:
    if reader == "operator":
        return SENT
    if _ASKED_FOR in codes:
        return "You asked for it." if reader == "client" else "It was asked for."
    return _FOR_CLIENTS["send"]


def _decisive(codes: Sequence[str], outcome: str, stored: str) -> Code | None:
    """The first rule that said so; of several waits the one whose words were kept."""
    found = [one for one in map(Code.of, codes) if one.said == outcome] if outcome in _BY_ONE_RULE else []
    for one in found:
        if one.words is not None and one.words.saw == stored:
            return one
    return found[0] if found else None


def _with_facts(code: Code, text: str, more: str) -> str:
    facts = _facts(code)
    if not facts:
        return text.replace("{count}", "Several")
    return " ".join(part.format_map(facts) for part in (text, more) if part)


def _facts(code: Code) -> dict[str, str]:
    if not code.facts:
        return {}
    first = code.facts[0]
    day = _day(first)
    ends = "has no end yet" if first == "open" else f"ends on {day}"
    return {"count": first, "day": day, "ends": ends, "letter": letter_in_words(first)}


def _day(text: str) -> str:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return text
    return day_in_words(on, today=on)
