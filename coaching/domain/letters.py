"""Which letters exist, what each of them needs to be written, and until when it makes sense.

The words stand in templates/email/<name>/; tests hold this registry and those folders together.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Literal

Family = Literal["drip", "mentoring", "networking", "milestone", "campaign", "transactional"]

_LONGEST_NAME = 40
# O'Brien with either apostrophe, Anne-Marie, Gal·la; the joiners belong to Persian and Indic names.
_INSIDE_NAMES = "'\u2019\u02bc-\u2010\u00b7\u200c\u200d"
# Characters that turn the direction of what follows: in a name they can disorder the whole line.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset({"Cc", "Zl", "Zp", "Zs"})


def one_line(value: str) -> str:
    """Return the value as one clean line: no line ends, control characters or turning marks, single spaces.

    Half characters (lone surrogates), which no letter can carry, are left out.
    """
    if value.isprintable() and "  " not in value:
        return value.strip()  # most values are: this runs for every value of every letter
    kept = (
        " " if unicodedata.category(character) in _BLANK else character
        for character in value
        if character not in _TURNING and unicodedata.category(character) != "Cs"
    )
    return " ".join("".join(kept).split())


def greeting(name: str) -> str:
    """Return 'Hello Ana,' for 'Ana Silva', or 'Hello,' where the first word can't be a name.

    Anyone can type anyone's address, so a name must not carry a stranger's words or web address.
    """
    first = one_line(name).split(" ", 1)[0]
    return f"Hello {first}," if _is_name(first) else "Hello,"


def sign_off(coach_name: str | None, firm_name: str) -> str:
    """Return the line under 'Warmly,': the coach where there is one, else the firm."""
    coach = one_line(coach_name or "")
    return f"{coach}, your coach" if coach else one_line(firm_name)


def _is_name(word: str) -> bool:
    letters = word.strip(_INSIDE_NAMES)
    return (
        0 < len(letters) <= _LONGEST_NAME
        and len(word) <= _LONGEST_NAME
        and all(unicodedata.category(c)[0] in "LM" or c in _INSIDE_NAMES for c in letters)
    )


class LetterError(Exception):
    """A letter can't be written as asked; the text names the letter and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class LetterValues:
    """What every letter needs: whole phrases, since templates decide nothing about a client."""

    greeting: str
    why: str
    sign_off: str
    unsubscribe_url: str

    def as_mapping(self) -> dict[str, str]:
        """Return the values by name."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class ReportValues(LetterValues):
    """To an unconfirmed address: `open_url` leads to 'this is me, open my report'."""

    why: str = "You get this because this address was given with a questionnaire on our site."
    open_url: str


@dataclass(frozen=True, kw_only=True)
class ReportKnownValues(LetterValues):
    """To a confirmed client: `report_url` opens the report itself."""

    why: str = "You get this because you filled in our questionnaire."
    report_url: str


@dataclass(frozen=True, kw_only=True)
class WasThisYouValues(LetterValues):
    """To a known address under which someone submitted; nothing of the submission is told."""

    why: str = "You get this because your address is known to us and was given with a questionnaire."
    mine_url: str
    not_mine_url: str


@dataclass(frozen=True)
class LetterTemplate:
    """One letter: its folder, family and values, and how long after its due time it may still go."""

    name: str
    family: Family
    variables: type[LetterValues]
    expires_after: timedelta
    sample: LetterValues

    @cached_property
    def variable_names(self) -> tuple[str, ...]:
        """The names of the values this letter takes."""
        return tuple(field.name for field in fields(self.variables))


def letter(name: str) -> LetterTemplate:
    """Return a letter by name. Raises LetterError."""
    try:
        return LETTERS[name]
    except KeyError:
        raise LetterError(f"there is no letter {name!r}; there are: {', '.join(LETTERS)}") from None


_SITE = "https://firm.example.test"
_SAMPLE_GREETING = greeting("Ana Silva")
_SAMPLE_UNSUBSCRIBE = f"{_SITE}/unsubscribe/sample"
_SAMPLE_REPORT = ReportValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off("Jo", "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    open_url=f"{_SITE}/act/sample",
)
_SAMPLE_KNOWN = ReportKnownValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off("Jo", "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    report_url=f"{_SITE}/report/sample",
)
_SAMPLE_ASKED = WasThisYouValues(
    greeting=_SAMPLE_GREETING,
    sign_off=sign_off(None, "The firm"),
    unsubscribe_url=_SAMPLE_UNSUBSCRIBE,
    mine_url=f"{_SITE}/act/sample-mine",
    not_mine_url=f"{_SITE}/act/sample-not-mine",
)
_ALL = (
    LetterTemplate("report", "transactional", ReportValues, timedelta(days=14), _SAMPLE_REPORT),
    LetterTemplate("report-reminder", "transactional", ReportValues, timedelta(days=7), _SAMPLE_REPORT),
    LetterTemplate("report-known", "transactional", ReportKnownValues, timedelta(days=14), _SAMPLE_KNOWN),
    LetterTemplate("was-this-you", "transactional", WasThisYouValues, timedelta(days=14), _SAMPLE_ASKED),
)
LETTERS: Mapping[str, LetterTemplate] = MappingProxyType({template.name: template for template in _ALL})
