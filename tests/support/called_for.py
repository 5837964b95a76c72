"""A client with a plan since 26 October 2026, and the letters that one thing in it calls for."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from coaching.domain.engine.state import LetterFacts, Slot
from coaching.domain.engine.wanted import wanted
from coaching.domain.local_time import Hours
from tests.support.states import NOON, client, letter, milestone, plan, relationship

PLAN, STEP, TIE, EVENT = UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5)
THURSDAY = date(2026, 12, 10)
NO_MONDAYS = Hours.of("2345 08:30-18:00")
WEDNESDAYS = Hours.of("3 10:00-12:00")


def slots(now: datetime = NOON, **changes: Any) -> dict[str, Slot]:
    """Return what is wanted of a client with a plan that began on 26 October, by key."""
    facts: dict[str, Any] = {"plan": plan()} | changes
    return {slot.key: slot for slot in wanted(client(**facts), now)}


def days(found: dict[str, Slot]) -> dict[str, str]:
    """Return the local date of each letter, by template; a template comes once."""
    dates = {slot.template: slot.intent.on.isoformat() for slot in found.values() if slot.intent is not None}
    assert len(dates) == len(found)
    return dates


def step(**changes: Any) -> dict[str, Any]:
    """Return a client's one milestone, due on Thursday 10 December."""
    return {"milestones": (milestone(**{"id": STEP, "due_on": THURSDAY} | changes),)}


def tie(**changes: Any) -> dict[str, Any]:
    """Return a client's one tie: a mentor of 30 days, met on 2 November."""
    return {"relationships": (relationship(**{"id": TIE} | changes),)}


def event(**changes: Any) -> dict[str, Any]:
    """Return a client's one event, on Thursday 10 December, known since October."""
    facts: dict[str, Any] = {"id": EVENT, "kind": "event", "cadence_days": None, "starts_on": THURSDAY}
    facts |= {"last_contact_on": None, "created_at": NOON - timedelta(days=40)}
    return {"relationships": (relationship(**facts | changes),)}


def gone(key: str, template: str, **changes: Any) -> LetterFacts:
    """Return a letter that met its end."""
    return letter(slot_key=key, template=template, **{"state": "queued", "queued_at": NOON} | changes)
