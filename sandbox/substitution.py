"""Puts a recipient's values in the place of their tags, when a message is read and not before."""

import re
from collections.abc import Mapping
from functools import lru_cache


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with every tag replaced, in one pass: a value that looks like a tag stays as it is.

    Where one tag begins with another, the longer one wins.
    """
    tags = frozenset(tag for tag in values if tag)
    if not tags:
        return text
    return _pattern(tags).sub(lambda found: values[found.group()], text)


@lru_cache(maxsize=64)
def _pattern(tags: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(tag) for tag in sorted(tags, key=len, reverse=True)))
