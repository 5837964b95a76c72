"""The tables, one class each; grouped by what they remember."""

from coaching.adapters.tables.access import AccessToken, ApiKey, Idempotency
from coaching.adapters.tables.assessment import Score, Submission
from coaching.adapters.tables.base import Base
from coaching.adapters.tables.ledger import (
    Attempt,
    AttentionSlot,
    Batch,
    Heartbeat,
    Message,
    Receipt,
    Sender,
    Suppression,
)
from coaching.adapters.tables.log import Audit, Event, Installation
from coaching.adapters.tables.people import Client, Coach, Consent, Pause
from coaching.adapters.tables.plan import (
    Deed,
    Interaction,
    Milestone,
    MilestoneReport,
    Plan,
    PlanVersion,
    Relationship,
)
from coaching.adapters.tables.sequences import ContactRequest, Enrollment, SequenceVersion, Suggestion

__all__ = [
    "AccessToken",
    "ApiKey",
    "Attempt",
    "AttentionSlot",
    "Audit",
    "Base",
    "Batch",
    "Client",
    "Coach",
    "Consent",
    "ContactRequest",
    "Deed",
    "Enrollment",
    "Event",
    "Heartbeat",
    "Idempotency",
    "Installation",
    "Interaction",
    "Message",
    "Milestone",
    "MilestoneReport",
    "Pause",
    "Plan",
    "PlanVersion",
    "Receipt",
    "Relationship",
    "Score",
    "Sender",
    "SequenceVersion",
    "Submission",
    "Suggestion",
    "Suppression",
]
