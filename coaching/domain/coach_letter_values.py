"""What the letters to coaches need to be written, and made-up values to look at them.

They go to the firm's own people: nobody unsubscribes from them.
"""

from dataclasses import dataclass

from coaching.domain.letter_values import LetterValues
from coaching.domain.phrases import greeting

_CONSOLE = "https://firm.example.test/console/"


@dataclass(frozen=True, kw_only=True)
class CoachValues(LetterValues):
    """What every letter to a coach needs; `console_url` opens the list of their clients."""

    why: str = (
        "You get this on working mornings because you look after clients here. To stop it, ask whoever runs "
        "Waypoint for you."
    )
    sign_off: str = "Waypoint"
    console_url: str


@dataclass(frozen=True, kw_only=True)
class DigestValues(CoachValues):
    """The morning list: `opening` says how much there is; the lists ride in it."""

    opening: str


@dataclass(frozen=True, kw_only=True)
class DigestLineValues(CoachValues):
    """One line of a list: `client` is whom it is about and leads to the console."""

    client: str
    what: str


@dataclass(frozen=True, kw_only=True)
class DigestListValues(DigestLineValues):
    """A list's heading and what there is to know about all of it, with its first line."""

    heading: str
    about: str


_HELLO = greeting("Maren Okafor")
DIGEST = DigestValues(greeting=_HELLO, console_url=_CONSOLE, opening="Two things may need you today.")
DIGEST_LIST = DigestListValues(
    greeting=_HELLO,
    console_url=_CONSOLE,
    heading="Steps whose day has passed",
    about="Each was due a week ago or more. A new day may be all it needs.",
    client="Ana Silva",
    what="\u201cA map of two routes\u201d was due on Thursday 12 November.",
)
DIGEST_LINE = DigestLineValues(
    greeting=_HELLO,
    console_url=_CONSOLE,
    client="Bo Larsen",
    what="\u201cSort your values\u201d was due on Wednesday 11 November.",
)
