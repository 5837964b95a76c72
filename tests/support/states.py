"""Clients and letters as the rules see them, for tables of cases."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from coaching.domain.engine.state import (
    ClientState,
    LetterFacts,
    MilestoneFacts,
    PlanFacts,
    RelationshipFacts,
    SubmissionFacts,
)

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
        "family": "campaign",
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


def plan(**changes: Any) -> PlanFacts:
    """Return a plan that has run for four weeks, with no rhythm of its own."""
    facts: dict[str, Any] = {
        "id": UUID(int=2),
        "state": "active",
        "version": 1,
        "approved_at": NOON - timedelta(days=28),
        "starts_on": (NOON - timedelta(days=28)).date(),
    }
    return PlanFacts(**(facts | changes))


def milestone(**changes: Any) -> MilestoneFacts:
    """Return an active milestone that is due in ten days."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "kind": "route-map",
        "state": "active",
        "due_on": (NOON + timedelta(days=10)).date(),
    }
    return MilestoneFacts(**(facts | changes))


def relationship(**changes: Any) -> RelationshipFacts:
    """Return a mentor of 30 days, met three weeks ago."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "kind": "mentor",
        "state": "active",
        "cadence_days": 30,
        "starts_on": (NOON - timedelta(days=60)).date(),
        "last_contact_on": (NOON - timedelta(days=21)).date(),
    }
    return RelationshipFacts(**(facts | changes))
