"""The phrases that go into letters whole, since no template decides anything about a client."""

import unicodedata
from itertools import takewhile

_LONGEST_NAME = 40
# O'Brien with either apostrophe, Anne-Marie, Gal·la; the joiners belong to Persian and Indic names.
_INSIDE_NAMES = "'\u2019\u02bc-\u2010\u00b7\u200c\u200d"
# Characters that turn the direction of what follows: in a name they can disorder the whole line.
_TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset({"Cc", "Zl", "Zp", "Zs"})
# What leaves nothing to see: controls, blanks, marks of no width, and, of letters and signs, the fillers.
_UNSEEN = _BLANK | {"Cf", "Cs", "Cn", "Mn", "Me"}
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "mme", "herr", "frau"}
)


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


def shows(value: str) -> bool:
    """Tell whether there is anything to see in it: characters of no width and fillers look like nothing."""
    if value.isascii():
        return any("!" <= character <= "~" for character in value)
    return any(
        character not in _FILLERS and unicodedata.category(character) not in _UNSEEN for character in value
    )


def greeting(name: str) -> str:
    """Return 'Hello Ana,' for 'Ana Silva', or 'Hello,' where the first word can't be a name.

    'Ms Ana Silva' is Ana too, and 'Dr Silva' keeps the title. Anyone can type anyone's address, so a name
    must not carry a stranger's words or web address.
    """
    words = [word for word in one_line(name).split(" ") if shows(word)]
    titles = list(takewhile(_is_title, words))
    names = words[len(titles) :]
    if not names or not _is_name(names[0]):
        return "Hello,"
    surname = titles and len(names) == 1  # nobody is greeted 'Hello Silva,'
    return f"Hello {titles[-1].rstrip('.')} {names[0]}," if surname else f"Hello {names[0]},"


def sign_off(coach_name: str | None, firm_name: str) -> str:
    """Return the line under 'Warmly,': the coach where there is one, else the firm."""
    coach = one_line(coach_name or "")
    return f"{coach}, your coach" if shows(coach) else one_line(firm_name)


def _is_title(word: str) -> bool:
    return word.rstrip(".").lower() in _TITLES


def _is_name(word: str) -> bool:
    if word.isascii() and word.isalpha():
        return len(word) <= _LONGEST_NAME  # most first words are: the rest is for names of the wider world
    letters = word.strip(_INSIDE_NAMES)
    return (
        0 < len(letters) <= _LONGEST_NAME
        and len(word) <= _LONGEST_NAME
        and all(unicodedata.category(c)[0] in "LM" or c in _INSIDE_NAMES for c in letters)
    )
