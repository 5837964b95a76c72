"""Clients and letters as the rules see them, for tables of cases."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from coaching.domain.engine.state import ClientState, LetterFacts, SubmissionFacts

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
CLIENT = UUID(int=1)


def submission(**changes: Any) -> SubmissionFacts:
    """Return a scored public submission of a new address whose owner wants letters."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "at": NOON,
        "trust": "public",
        "known_address": False,
        "letters_wanted": True,
        "scored": True,
        "accepted": False,
        "disowned": False,
    }
    return SubmissionFacts(**(facts | changes))


def letter(**changes: Any) -> LetterFacts:
    """Return a planned drip letter that is due now and good for a week."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "slot_key": "drip:1:1",
        "family": "drip",
        "template": "first-step",
        "state": "planned",
        "due_at": NOON,
        "expires_at": NOON + timedelta(days=7),
        "rank": 50,
    }
    return LetterFacts(**(facts | changes))


def client(**changes: Any) -> ClientState:
    """Return a confirmed client in Paris who agreed to letters."""
    facts: dict[str, Any] = {
        "client_id": CLIENT,
        "time_zone": "Europe/Paris",
        "confirmed_at": NOON - timedelta(days=30),
        "letters_agreed": True,
    }
    return ClientState(**(facts | changes))
