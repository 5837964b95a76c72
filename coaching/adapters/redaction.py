"""Takes out of a text what could name a person or open a door, before the text is kept or shown."""

import re

# Lengths are bounded, so that no text makes the search slow.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]{1,64}(?:@|%40)[^\s@<>()\[\]\"',;:]{1,255}")
_LOGIN = re.compile(r"(\w{1,32}://)[^\s/@]{0,512}@")
_PROVIDER_KEY = re.compile(r"\bSG\.[\w.-]+")
# Signed links have 47 of these characters, our keys more; an id has 36.
_TOKEN = re.compile(r"[\w-]{40,}")


def without_addresses(text: str) -> str:
    """Return the text with every e-mail address replaced."""
    return _ADDRESS.sub("(address)", text)


def without_secrets(text: str) -> str:
    """Return the text without addresses, names and passwords in URLs, keys and signed tokens."""
    text = _LOGIN.sub(r"\1(login)@", text)
    text = _TOKEN.sub("(token)", _PROVIDER_KEY.sub("(key)", text))
    return without_addresses(text)
