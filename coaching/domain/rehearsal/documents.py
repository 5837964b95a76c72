"""A rehearsal as plain JSON values; `messages` and `totals` have the shape that is read from outside."""

from collections.abc import Sequence as Many
from typing import Any

from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, NOT_FORESEEN, Assumption
from coaching.domain.rehearsal.outcome import (
    Difference,
    Foreseen,
    Left,
    PlanChange,
    by_day_and_family,
    differences,
    totals,
)


def rehearsal_document(
    letters: Many[Foreseen],
    exits: Many[Left],
    assumption: Assumption,
    live: Many[Foreseen] | None = None,
    plans: Many[PlanChange] = (),
) -> dict[str, Any]:
    """Return the letters, the sums, and the ways that end; with `live` also what differs from it."""
    document: dict[str, Any] = {
        "assumption": {"name": assumption, "says": ASSUMPTIONS[assumption]},
        "not_foreseen": list(NOT_FORESEEN),
        "messages": [message_row(one) for one in letters],
        "totals": totals(letters, exits),
        "days": {day.isoformat(): dict(counts) for day, counts in by_day_and_family(letters).items()},
        "exits": [_exit_row(one) for one in exits],
    }
    if live is not None:
        document["differences"] = [difference_row(one) for one in differences(live, letters)]
        document["plan_changes"] = [plan_row(one) for one in plans]
    return document


def _exit_row(one: Left) -> dict[str, Any]:
    return {
        "client_id": str(one.client_id),
        "sequence": one.sequence,
        "at": one.at.isoformat(),
        "reason": one.reason,
    }


def plan_row(one: PlanChange) -> dict[str, Any]:
    """Return one change of a plan; `due_on` is the new day of a step that would come or move."""
    due_on = one.difference.due_on
    return {
        "client_id": str(one.client_id),
        "change": one.difference.kind,
        "about": one.difference.about,
        "words": one.difference.words,
        "due_on": due_on.isoformat() if due_on else None,
    }


def message_row(one: Foreseen) -> dict[str, Any]:
    """Return one letter; `local_at` is when it goes, or was last looked at, by the client's clock."""
    return {
        "client_id": str(one.client_id),
        "family": one.family,
        "template": one.template,
        "due_at": one.due_at.isoformat(),
        "local_at": one.local_at.isoformat(),
        "outcome": one.outcome,
        "reason": one.reason,
        "why": one.why,
        "waited_for": list(one.waited_for),
        "carries": list(one.riders),
    }


def difference_row(one: Difference) -> dict[str, Any]:
    """Return one letter that differs: when it goes live, and when it would go; null where it doesn't."""
    return {
        "client_id": str(one.client_id),
        "template": one.template,
        "live_at": one.live.local_at.isoformat() if one.live else None,
        "then_at": one.other.local_at.isoformat() if one.other else None,
    }
