"""The few words that describe a client's situation and wishes, and what can be a name."""

import unicodedata

from coaching.domain.phrases import shows

STAGES = ("starting", "pivoting", "growing", "undecided")
RHYTHMS = ("weekly", "fortnightly", "monthly")

_LONGEST_NAME = 120
# A name is shown to other people and goes into letters: it carries no instructions and no web address.
_NOT_IN_NAMES = frozenset("{}[]<>%$#|\\^`=*~")
_NOT_WORDS_IN_NAMES = ("://", "www.")
# These turn the direction of what follows and could disorder a whole line.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def name_fault(name: str) -> str | None:
    """Say what keeps this text from being a person's name, or None. An empty name is allowed."""
    if len(name) > _LONGEST_NAME:
        return f"Please keep the name to {_LONGEST_NAME} characters."
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in name):
        return "Please give the name on one line, without control characters."
    if (
        set(name) & (_NOT_IN_NAMES | _TURNING)
        or name.strip()[:1] == "-"
        or any(word in name.lower() for word in _NOT_WORDS_IN_NAMES)
    ):
        return "Please give just the name, without brackets or web addresses."
    if name.strip() and not shows(name):
        return "Please give a name that can be seen, or leave it empty."
    return None
