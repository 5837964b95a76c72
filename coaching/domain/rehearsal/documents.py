"""A rehearsal as plain JSON values; `messages` and `totals` have the shape that is read from outside."""

from collections.abc import Sequence as Many
from typing import Any

from coaching.domain.rehearsal.assumptions import ASSUMPTIONS, Assumption
from coaching.domain.rehearsal.outcome import (
    Difference,
    Foreseen,
    Left,
    by_day_and_family,
    differences,
    totals,
)


def rehearsal_document(
    letters: Many[Foreseen], exits: Many[Left], assumption: Assumption, live: Many[Foreseen] | None = None
) -> dict[str, Any]:
    """Return the letters, the sums, and the ways that end; with `live` also what differs from it."""
    document: dict[str, Any] = {
        "assumption": {"name": assumption, "says": ASSUMPTIONS[assumption]},
        "messages": [message_row(one) for one in letters],
        "totals": totals(letters, exits),
        "days": {day.isoformat(): dict(counts) for day, counts in by_day_and_family(letters).items()},
        "exits": [
            {
                "client_id": str(one.client_id),
                "sequence": one.sequence,
                "at": one.at.isoformat(),
                "reason": one.reason,
            }
            for one in exits
        ],
    }
    if live is not None:
        document["differences"] = [difference_row(one) for one in differences(live, letters)]
    return document


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
