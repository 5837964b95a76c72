"""Reads what SendGrid answered: was the request accepted, is it worth another try, whose fault is it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from coaching.adapters.redaction import without_addresses

# Whatever a clock over there says, we ask again within the hour.
LONGEST_WAIT_S = 3600.0
# A held sender is tried again this often until somebody has mended it.
TROUBLE_WAIT_S = 60.0
# 408 is said only of a request that did not arrive whole.
_NOT_TAKEN = frozenset({408, 429, 503})
_LONGEST_DETAIL = 500
_MEMBER = re.compile(r"personalizations(?:\.|\[)(\d{1,4})(?!\d)")
_QUOTA = re.compile(r"maximum credits exceeded|exceeded your messaging limits", re.IGNORECASE)
_SENDER = re.compile(r"verified sender identity", re.IGNORECASE)

Trouble = Literal["key", "quota", "sender"]


@dataclass(frozen=True)
class PostResult:
    """What became of one request.

    'accepted': 202. 'later': refused in full or never sent, worth another try; `trouble` says that no letter
    of this sender can go until a person mends the key, the quota or the sender. 'refused': at fault, another
    try would end alike; `members` are the places, from 0, of the recipients that it names. 'unknown': it may
    or may not have been accepted, and must not simply be sent again.
    """

    outcome: Literal["accepted", "later", "refused", "unknown"]
    status: int | None = None
    provider_id: str | None = None
    detail: str | None = None
    retry_after_s: float | None = None
    members: tuple[int, ...] = ()
    trouble: Trouble | None = None


@dataclass(frozen=True)
class _Fault:
    field: str
    message: str


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, now_s: float) -> PostResult:
    """Say what an answer that came in full means; `now_s` is in seconds since 1970, by our own clock.

    `headers` is asked for names in any spelling. Nothing that is kept of the answer holds an address.
    """
    if status == 202:
        return PostResult("accepted", status, headers.get("X-Message-Id"))
    faults = _faults(body)
    detail = _detail(faults, body)
    if not 400 <= status < 500 and status not in _NOT_TAKEN:
        return PostResult("unknown", status, detail=detail)
    members = _members(faults)
    trouble = _trouble(status, faults, members) if status < 500 else None
    if trouble:
        return PostResult("later", status, detail=detail, retry_after_s=TROUBLE_WAIT_S, trouble=trouble)
    if status in _NOT_TAKEN:
        return PostResult("later", status, detail=detail, retry_after_s=_wait(status, headers, now_s))
    return PostResult("refused", status, detail=detail, members=members)


def _faults(body: bytes) -> list[_Fault]:
    """Return the entries of SendGrid's error list; none where the body is something else."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    entries = parsed.get("errors") if isinstance(parsed, dict) else None
    return [
        _Fault(str(entry.get("field") or ""), str(entry.get("message") or ""))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]


def _detail(faults: list[_Fault], body: bytes) -> str | None:
    said = "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in faults[:20])
    # Cut only afterwards: half an address could no longer be told from other text.
    return without_addresses(said or body[:4096].decode("utf-8", "replace"))[:_LONGEST_DETAIL] or None


def _members(faults: list[_Fault]) -> tuple[int, ...]:
    """Return the places of recipients named as in 'personalizations.3.to.0.email', in order."""
    found = (_MEMBER.match(one.field) for one in faults)
    return tuple(sorted({int(match[1]) for match in found if match}))


def _trouble(status: int, faults: list[_Fault], members: tuple[int, ...]) -> Trouble | None:
    if any(_QUOTA.search(one.message) for one in faults):
        return "quota"
    if any(one.field.split(".")[0] == "from" or _SENDER.search(one.message) for one in faults):
        return "sender"
    # A 403 that names a recipient is about that letter: it must not hold up all the others.
    return "key" if status == 401 or (status == 403 and not members) else None


def _wait(status: int, headers: Mapping[str, str], now_s: float) -> float | None:
    """Return the seconds for which the answer asks us to wait, if it does."""
    # Measured from the answer's own date: our clock may be an hour off, theirs agrees with itself.
    then = _instant(headers.get("Date")) or now_s
    asked = [_seconds(headers.get("Retry-After"), then)]
    if status == 429:  # every answer tells when the limit begins anew; only to this one does it matter
        asked.append(_seconds(headers.get("X-RateLimit-Reset"), then))
    waits = [one for one in asked if one is not None]
    return min(max(0.0, *waits), LONGEST_WAIT_S) if waits else None


def _seconds(raw: str | None, then: float) -> float | None:
    """Read a header that holds a number of seconds, an instant in seconds since 1970, or an HTTP date."""
    value = (raw or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", value):
        number = float(value)
        return number - then if number > 1_000_000_000 else number
    instant = _instant(value)
    return None if instant is None else instant - then


def _instant(raw: str | None) -> float | None:
    try:
        return parsedate_to_datetime(raw).timestamp() if raw else None
    except (ValueError, OverflowError):
        return None
