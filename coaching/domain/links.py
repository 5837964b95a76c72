"""Signed links: a token says which row it opens and what for, and nobody can make one without a key."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from uuid import UUID

_MAC_BYTES = 16
_TOKEN_BYTES = 2 + 1 + 16 + _MAC_BYTES


class Purpose(IntEnum):
    """What a link may do. The number travels in the token: never reuse one."""

    REPORT = 1
    PLAN = 2
    PREFERENCES = 3
    SIGN_IN = 4
    CONFIRM = 10
    MINE = 11
    NOT_MINE = 12
    UNSUBSCRIBE = 20
    DONE = 30
    STARTED = 31
    POSTPONE = 32
    MET = 33
    LATER = 34
    NOT_USEFUL = 35
    STILL_USEFUL = 36
    DECIDE = 37
    REGISTERED = 38
    REST = 39
    ANSWER = 40
    UNDO = 50
    SUGGEST = 60
    TALK = 61
    DID = 62


class BadLink(Exception):
    """The token is not ours, was damaged, serves another purpose, or its key has been retired."""


class Signer:
    """Signs with one key: everything that is the same in every token is made ready once."""

    def __init__(self, key: str) -> None:
        self.key_id = hashlib.sha256(b"waypoint key id\0" + key.encode()).digest()[:2]
        self._keyed = hmac.new(key.encode(), b"waypoint link 1\0", "sha256")

    def mac(self, body: bytes) -> bytes:
        """Return the MAC over the body of a token."""
        keyed = self._keyed.copy()
        keyed.update(body)
        return keyed.digest()[:_MAC_BYTES]

    def sign(self, purpose: Purpose, subject: UUID) -> str:
        """Return a URL-safe token of 47 characters."""
        body = self.key_id + bytes((purpose,)) + subject.bytes
        return base64.urlsafe_b64encode(body + self.mac(body)).rstrip(b"=").decode()


def sign(keys: Sequence[str], purpose: Purpose, subject: UUID) -> str:
    """Return a URL-safe token of 47 characters, signed with the first key of the ring."""
    return _signer(keys[0]).sign(purpose, subject)


def read(keys: Sequence[str], token: str) -> tuple[Purpose, UUID]:
    """Return what a token is for and the id it carries; any key of the ring may have signed it.

    Raises BadLink; the reason is never told, so that a stranger learns nothing from trying.
    """
    raw = _decode(token)
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    for signer in map(_signer, keys):
        if hmac.compare_digest(signer.key_id, body[:2]) and hmac.compare_digest(signer.mac(body), mac):
            return _purpose(body[2]), UUID(bytes=body[3:])
    raise BadLink


def read_as(keys: Sequence[str], token: str, *purposes: Purpose) -> UUID:
    """Return the id that a token of one of these purposes carries. Raises BadLink."""
    purpose, subject = read(keys, token)
    if purpose not in purposes:
        raise BadLink
    return subject


def _decode(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadLink from error
    # Base64 lets the last character carry spare bits; only the one true spelling is accepted.
    if len(raw) != _TOKEN_BYTES or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadLink
    return raw


def _purpose(number: int) -> Purpose:
    try:
        return Purpose(number)
    except ValueError as error:
        raise BadLink from error


_signer = lru_cache(maxsize=64)(Signer)
