"""How a slot is made: its time on the client's wall clock, and how long it makes sense."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from coaching.domain import local_time
from coaching.domain.engine.state import ClientState, LocalIntent, Slot
from coaching.domain.letters import LETTERS
from coaching.domain.local_time import Hours

MORNING = time(9, 0)

# Lower goes first where one of two has to wait.
RANKS = {
    "still-useful": 20,
    "decision-day": 25,
    "event-eve": 25,
    "plan-approved": 30,
    "farewell": 30,
    "week": 35,
    "milestone-overdue": 40,
    "milestone-ahead": 40,
    "find-a-mentor": 45,
    "event-register": 45,
    "event-after": 45,
    "mentor-nudge": 50,
    "check-in": 50,
    "milestone-reached": 60,
    "plan-changed": 60,
    "keep-in-touch": 65,
}


class Clocked(Protocol):
    """Whose clock and hours a slot goes by: a client's, as the state has them."""

    @property
    def time_zone(self) -> str:
        """The zone of the clock."""

    @property
    def hours(self) -> Hours:
        """When letters may come."""


def slot_on(
    state: Clocked,
    key: str,
    template: str,
    on: date,
    why: str,
    *,
    expires_at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
    **about: Any,
) -> Slot:
    """A slot for the morning of a local date; it makes sense until `expires_at`, or as the letter says.

    Where nine lies outside the hours, it is meant for when they begin.
    """
    opens, closes = state.hours.opens, state.hours.closes
    intent = LocalIntent(on, MORNING if opens <= MORNING < closes else opens, state.time_zone)
    due_at = local_time.instant_of(intent.on, intent.at, intent.zone)
    letter = LETTERS[template]
    return Slot(
        key=key,
        family=letter.family,
        template=template,
        due_at=due_at,
        expires_at=max(expires_at or due_at + letter.expires_after, due_at + timedelta(minutes=1)),
        rank=RANKS[template],
        why=why,
        intent=intent,
        detail={**(detail or {}), **about},
    )


def end_of(on: date, zone: str) -> datetime:
    """Return the UTC instant at which a local date is over."""
    return local_time.instant_of(on + timedelta(days=1), time(0), zone)


def is_done(state: ClientState, key: str) -> bool:
    """Tell whether the letter of this slot has met its end, as `ClientState.done_slots` has it."""
    return key in state.done_slots
