"""What a rehearsal found: one line a letter, sums by day and family, and what differs between two."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from coaching.domain.local_time import zoned
from coaching.domain.plan_differences import Difference as PlanDifference
from coaching.domain.rehearsal.life import Life, Look


@dataclass(frozen=True)
class Foreseen:
    """One letter and how it ends, or what it waits for when the days are over.

    `at`: when it goes, or was last looked at; `local_at` the same by the clock where the client is.
    `waited_for`: why it was put off before, in order. `riders`: what goes within it.
    """

    client_id: UUID
    slot_key: str
    family: str
    template: str
    due_at: datetime
    at: datetime
    local_at: datetime
    outcome: str
    reason: str
    why: str
    waited_for: tuple[str, ...] = ()
    riders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left:
    """A client's way through a sequence that ends within the days."""

    client_id: UUID
    sequence: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class PlanChange:
    """What would stand otherwise in a client's plan under other plan rules."""

    client_id: UUID
    difference: PlanDifference


@dataclass
class Rehearsal:
    """What would come, from `began_at` on. `shares`: of letters that were acted on in the past, by family.

    `names`: of the clients, for pages that people read.
    """

    began_at: datetime
    until: datetime
    letters: list[Foreseen] = field(default_factory=list)
    exits: list[Left] = field(default_factory=list)
    clients: int = 0
    plans: list[PlanChange] = field(default_factory=list)
    shares: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """A letter that only one of two futures has, or that comes at another time."""

    client_id: UUID
    template: str
    live: Foreseen | None
    other: Foreseen | None


def foreseen(life: Life) -> list[Foreseen]:
    """Return one line for each letter that was looked at, in the order of their last looks."""
    by_slot: dict[UUID, list[Look]] = {}
    for look in life.looks:
        by_slot.setdefault(look.letter.id, []).append(look)
    lines = [_line(life, looks) for looks in by_slot.values()]
    return sorted((one for one in lines if one is not None), key=lambda one: (one.at, one.slot_key))


def left(life: Life, since: datetime) -> list[Left]:
    """Return the ways through sequences that end within the days."""
    return [
        Left(life.state.client_id, one.name, one.ended_at, one.end_reason)
        for one in life.state.enrollments
        if one.ended_at is not None and one.end_reason is not None and one.ended_at >= since
    ]


def by_day_and_family(lines: Iterable[Foreseen]) -> Mapping[date, Mapping[str, int]]:
    """Return how many letters go, by the client's date and by family."""
    found: dict[date, Counter[str]] = {}
    for one in lines:
        if one.outcome == "send":
            found.setdefault(one.local_at.date(), Counter())[one.family] += 1
    return dict(sorted(found.items()))


def totals(lines: Many[Foreseen], ways: Many[Left]) -> dict[str, Any]:
    """Return the sums of a rehearsal."""
    reasons = Counter(reason for one in lines for reason in one.waited_for)
    return {
        "letters": len(lines),
        "clients": len({one.client_id for one in lines}),
        "outcomes": dict(Counter(one.outcome for one in lines)),
        "families": dict(Counter(one.family for one in lines if one.outcome == "send")),
        "waits": dict(reasons),
        "exits": dict(Counter(f"{one.sequence}: {one.reason}" for one in ways)),
    }


def differences(live: Iterable[Foreseen], other: Iterable[Foreseen]) -> list[Difference]:
    """Return what goes in only one of two futures, or at another time, by client."""
    before, after = _going(live), _going(other)
    found = []
    for key in sorted(before.keys() | after.keys(), key=str):
        one, two = before.get(key), after.get(key)
        if one is None or two is None or one.at != two.at:
            found.append(Difference(key[0], key[2], one, two))
    return found


def _going(lines: Iterable[Foreseen]) -> dict[tuple[UUID, str, str, int], Foreseen]:
    """Return what goes, by client, place and template; ids of enrollments differ between two futures."""
    found: dict[tuple[UUID, str, str, int], Foreseen] = {}
    counts: Counter[tuple[UUID, str, str]] = Counter()
    for one in lines:
        if one.outcome == "send":
            kind = "" if one.family == "drip" else one.slot_key
            key = (one.client_id, kind, one.template)
            found[*key, counts[key]] = one
            counts[key] += 1
    return found


def _line(life: Life, looks: Many[Look]) -> Foreseen | None:
    last = looks[-1]
    if last.outcome == "cancel":
        return None
    letter = last.letter
    return Foreseen(
        client_id=life.state.client_id,
        slot_key=letter.slot_key,
        family=letter.family,
        template=letter.template,
        due_at=letter.due_at,
        at=last.at,
        local_at=zoned(last.at, life.state.time_zone),
        outcome=last.outcome,
        reason=last.reason,
        why=last.why,
        waited_for=tuple(look.reason for look in looks[:-1] if look.outcome == "wait"),
        riders=tuple(one.template for one in last.riders),
    )
