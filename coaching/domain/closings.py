"""Which reports close an address, how far, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# A full mailbox, a server that is away or refuses this text: it says nothing about the address. 'expired' is
# what three days of such answers end in.
SOFT_BOUNCES = ("blocked", "expired")
# But an address that nothing reaches any more is no use either: closed at so many within such a time.
MOST_SOFT_BOUNCES = 3
SOFT_BOUNCES_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Closing:
    """What a report closes: a suppression's scope and reason."""

    scope: str
    reason: str


_BOUNCED = Closing("all", "bounced")
_COMPLAINED = Closing("all", "complained")
_UNSUBSCRIBED = Closing("letters", "unsubscribed")
WORN_OUT = Closing("all", "soft_bounces")

_BY_KIND = {
    "spamreport": _COMPLAINED,
    "unsubscribe": _UNSUBSCRIBED,
    "group_unsubscribe": _UNSUBSCRIBED,
}
# SendGrid does not even try an address on one of its own lists; other reasons are about the letter.
_BY_REASON_OF_DROP = {
    "bounced address": _BOUNCED,
    "invalid": _BOUNCED,
    "spam reporting address": _COMPLAINED,
    "unsubscribed address": _UNSUBSCRIBED,
}


def closing(kind: str, detail: Mapping[str, str]) -> Closing | None:
    """Return what a report closes by itself; None where it closes nothing, or only together with others."""
    if kind == "bounce":
        return None if is_soft_bounce(kind, detail) else _BOUNCED
    if kind == "dropped":
        return _BY_REASON_OF_DROP.get(detail.get("reason", "").strip().casefold())
    return _BY_KIND.get(kind)


def is_soft_bounce(kind: str, detail: Mapping[str, str]) -> bool:
    """Tell whether a letter came back for a reason that may pass."""
    return kind == "bounce" and detail.get("type") in SOFT_BOUNCES


def is_worn_out(bounces: Collection[datetime], deliveries: Collection[datetime]) -> bool:
    """Tell whether soft bounces at these times, nothing delivered between them, are too many."""
    # One bounce can be reported twice, with and without our ids: the same moment counts once.
    times = sorted(set(bounces))
    return any(
        last - first <= SOFT_BOUNCES_WITHIN
        and not any(first <= delivered <= last for delivered in deliveries)
        for first, last in zip(times, times[MOST_SOFT_BOUNCES - 1 :], strict=False)
    )
