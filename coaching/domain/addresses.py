"""One spelling for one mailbox, and the hash that outlives an erased client."""

import hashlib
import hmac


def mailbox_key(address: str) -> str:
    """Return the spelling under which an address is compared: letter case carries no meaning to people.

    Dots and plus-tags are kept: what they mean differs by provider, and a wrong guess would join two people.
    """
    return address.strip().casefold()


def mailbox_hash(pepper: str, address: str) -> bytes:
    """Return 32 bytes that stand for an address; without the pepper they can't be traced back."""
    return hmac.digest(pepper.encode(), mailbox_key(address).encode(), hashlib.sha256)
