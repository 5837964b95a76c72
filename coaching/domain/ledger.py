"""The words of the ledger: families, states and fates, in one place for tables, rules and pages."""

TRANSACTIONAL = "transactional"
FAMILIES = ("drip", "mentoring", "networking", "milestone", "campaign", TRANSACTIONAL)
RECIPIENT_KINDS = ("client", "coach", "visitor")

MESSAGE_STATES = ("planned", "queued", "merged", "skipped", "expired", "cancelled", "failed")
BATCH_STATES = ("ready", "claimed", "posting", "accepted", "uncertain", "parked", "closed")
ATTEMPT_OUTCOMES = ("posting", "accepted", "refused", "unknown")

# What receipts say of a letter, from least to most telling: a fate never moves back down this list.
FATES = ("processed", "deferred", "delivered", "dropped", "bounced", "unsubscribed", "complained")

# 'all': nothing at all (bounced, complained); 'letters': nothing but transactional; else one family.
SUPPRESSION_SCOPES = ("all", "letters", *FAMILIES)
