"""What a rehearsal foresaw and what was lived through, in words that can be compared."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain.engine.state import LetterFacts
from coaching.domain.rehearsal.life import Life, Look
from tests.support.drain import Firm


@dataclass(frozen=True)
class Reckoned:
    """How it stands when the days are over, without ids that chance has given.

    `went`: every letter that left with what rode in it; `ends`: the others, by how they ended and when they
    are looked at next.
    """

    went: tuple[tuple[str, datetime, tuple[str, ...]], ...]
    ends: tuple[tuple[str, str, datetime | None], ...]

    def lines(self) -> list[str]:
        """Return all of it as lines that can be compared."""
        gone = [f"{at} {name} went with {', '.join(riders) or 'nothing'}" for name, at, riders in self.went]
        return gone + [f"{at} {name} {state}" for name, state, at in self.ends]


def reckoned_in_memory(life: Life, since: datetime) -> Reckoned:
    """Return what a life in memory came to."""
    went = Counter(
        (_named(look.letter.slot_key, look.letter.template), look.at, _sorted(look.riders))
        for look in life.looks
        if look.outcome == "send"
    )
    last = {look.letter.id: look for look in life.looks}
    ends = [
        (_named(one.slot_key, one.template), f"{one.state}: {_said(last, one)}", _next(life, one))
        for one in life.state.letters
        if one.state in {"planned", "skipped", "expired"} and (one.ended_at is None or one.ended_at > since)
    ]
    return Reckoned(tuple(sorted(went.elements())), tuple(sorted(ends, key=str)))


def _said(last: Mapping[UUID, Look], letter: LetterFacts) -> str:
    """Return what was said at the last look, if the letter is over."""
    return last[letter.id].reason if letter.ended_at is not None and letter.id in last else ""


def _next(life: Life, letter: LetterFacts) -> datetime | None:
    return life.look_at[letter.id] if letter.state == "planned" else letter.ended_at


def _sorted(riders: Iterable[LetterFacts | tables.Message]) -> tuple[str, ...]:
    return tuple(sorted(_named(one.slot_key, one.template) for one in riders))


def reckoned_live(firm: Firm, client_id: UUID, since: datetime) -> Reckoned:
    """Return what the tables say."""
    with firm.database.transaction() as session:
        rows = session.scalars(select(tables.Message).where(tables.Message.recipient_id == client_id)).all()
        merged: dict[UUID, list[tables.Message]] = {}
        for row in rows:
            if row.merged_into is not None and row.state == "merged":
                merged.setdefault(row.merged_into, []).append(row)
        went = [
            (
                _named(row.slot_key, row.template),
                row.decided_at.astimezone(UTC),
                _sorted(merged.get(row.id, ())),
            )
            for row in rows
            if row.state == "queued" and row.decided_at is not None and row.decided_at > since
        ]
        ends = [
            (
                _named(row.slot_key, row.template),
                f"{row.state}: {row.outcome if row.state != 'planned' else ''}",
                _when(row),
            )
            for row in rows
            if row.state == "planned"
            or (row.state in {"skipped", "expired"} and row.decided_at is not None and row.decided_at > since)
        ]
    return Reckoned(tuple(sorted(went)), tuple(sorted(ends, key=str)))


def _when(row: tables.Message) -> datetime | None:
    at = row.look_at if row.state == "planned" else row.decided_at
    return at.astimezone(UTC) if at is not None else None


def _named(slot_key: str, template: str) -> str:
    """The slot, but for enrollments, whose ids differ: there the template."""
    return f"drip:{template}" if slot_key.startswith("drip:") else slot_key
