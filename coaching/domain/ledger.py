"""The words of the ledger: families, states and the moves between them, and fates."""

from collections.abc import Mapping

TRANSACTIONAL = "transactional"
FAMILIES = ("drip", "mentoring", "networking", "milestone", "campaign", TRANSACTIONAL)
# 'firm': the firm's own address, for the letters that only prove something (`probe`).
RECIPIENT_KINDS = ("client", "coach", "visitor", "firm")

Moves = Mapping[str, tuple[str, ...]]

# From each state, the states that may follow. The database refuses every other move (migrations), and
# docs/architecture.md tells them in words; tests hold the three together.
MESSAGE_MOVES: Moves = {
    "planned": ("queued", "merged", "skipped", "expired", "cancelled"),
    "queued": ("planned", "skipped", "expired", "cancelled", "failed"),
    "merged": ("planned",),
    "skipped": (),
    "expired": (),
    "cancelled": (),
    "failed": (),
}
BATCH_MOVES: Moves = {
    "ready": ("claimed", "accepted", "closed"),
    "claimed": ("ready", "posting", "accepted", "closed"),
    "posting": ("accepted", "ready", "uncertain", "parked", "closed"),
    "uncertain": ("accepted", "ready", "parked", "closed"),
    "parked": ("ready", "accepted", "closed"),
    "accepted": (),
    "closed": (),
}
ATTEMPT_MOVES: Moves = {
    "posting": ("accepted", "refused", "unknown"),
    "unknown": ("accepted", "refused"),
    # A receipt proves that the request was accepted, whatever was concluded before.
    "refused": ("accepted",),
    "accepted": (),
}
MESSAGE_STATES = tuple(MESSAGE_MOVES)
BATCH_STATES = tuple(BATCH_MOVES)
ATTEMPT_OUTCOMES = tuple(ATTEMPT_MOVES)

# What receipts say of a letter, from least to most telling: a fate never moves back down this list.
FATES = ("processed", "deferred", "delivered", "dropped", "bounced", "unsubscribed", "complained")

# 'all': nothing at all (bounced, complained); 'letters': nothing but transactional; else one family.
SUPPRESSION_SCOPES = ("all", "letters", *FAMILIES)

# What becomes of what fell due in a pause: left out; moved, with all later dates, by its length; made up for.
PAUSE_ENDINGS = ("skip", "shift", "hold")

# Why nothing leaves from a sender: the key is refused, the quota is used up, the sender itself is refused.
TROUBLES = ("key", "quota", "sender")


def batch_rank(family: str) -> int:
    """Return the place of a batch in the queue, lowest first: what people wait for, then reminders."""
    if family == TRANSACTIONAL:
        return 10
    return 90 if family == "campaign" else 50
