"""The words of the rules: what each saw and said, and how that is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Word = Literal["pass", "wait", "merge", "skip", "expire"]

# What the rules say where they hold a letter back; the set-wise twin in adapters/set_wise.py says the same.
SENT = "Nothing stood against it."
OVER = "The time in which this letter made sense is over."
SUPPRESSED = "This address must not be written to at all."
UNSUBSCRIBED = "The client has unsubscribed from these letters."
UNLISTED = "This installation writes only to the addresses on its list."
NOT_AGREED = "The client has not agreed to letters."
UNCONFIRMED = "The address is not confirmed yet."
BAD_HOUR = "It is not a decent hour where the client is."
PAUSED = "Letters to this client are paused, and what falls due meanwhile is left out."
ON_HOLD = "Letters to this client are paused, and this one waits until that is over."
NO_PLAN = "There is no plan that runs."
NOT_CALLED_FOR = "What called for this letter no longer holds."
NOTHING_TO_SAY = "Nothing rides in it, and it has nothing to ask for itself."
LEFT_ALONE = "Letters went unanswered, and so did the question whether they are still useful."
TO_BE_ASKED = "Letters went unanswered; the next one asks whether they are still useful."
SAID_BEFORE = "A letter of the last days said the same."
DAY_TAKEN = "The client has had a letter today."
WEEK_TAKEN = "The client has had as many letters in seven days as they should."
OUTRANKED = "Another letter that matters more comes first."
RIDES = "It comes inside another letter, so that the client gets one instead of two."


@dataclass(frozen=True)
class RuleSaid:
    """What one rule saw and said. `until`: with 'wait', the first instant at which it may say otherwise.

    `variant` and `facts`: which of its passes or waits it was, for the record. `holds`: a wait that keeps the
    letter from riding in another as well. `host`: with 'merge', the letter that carries it.
    """

    rule: str
    saw: str
    said: Word
    until: datetime | None = None
    variant: str = ""
    facts: tuple[str, ...] = ()
    holds: bool = False
    host: UUID | None = None

    @property
    def code(self) -> str:
        """`rule:word`, `rule:word:variant`, and facts behind bars: enough to write the sentence from."""
        word = f"{self.rule}:{self.said}"
        return "|".join((f"{word}:{self.variant}" if self.variant else word, *self.facts))
