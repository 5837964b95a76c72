"""What may stand behind a link that leads out of the house: an https address, and nothing clever."""

import re
from urllib.parse import urlsplit

LONGEST = 500
_NEVER_IN_ONE = re.compile(r"[\s\"'<>\\\x00-\x1f\x7f]")


def is_web_address(text: str) -> bool:
    """Tell whether this is a whole https address, with neither a name nor a password for the host."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 443) > 0
    except ValueError:
        return False
    return parts.scheme == "https" and has_host and len(text) <= LONGEST and not _NEVER_IN_ONE.search(text)
