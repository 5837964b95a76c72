"""Writes one letter for each of very many clients, decided set-wise, straight into batches.

It serves the made-up clients of a sample caseload until coaches have campaigns, which will go this way.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import Database, ring_after_commit
from coaching.adapters.set_wise import fan_out_statement, places, rule_values
from coaching.domain.allowlist import Allowlist
from coaching.domain.ledger import batch_rank
from coaching.domain.letters import letter

CHUNK = 20_000
MOST_IN_BATCH = 1000
_RANK = 80
# So many workers are woken for a campaign; those that find enough hands at it leave again at once.
_HANDS = 4
_RIGHTS = ("ignore_window", "ignore_budget")
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class FanOut:
    """One letter to many. `slot_key` makes it the same letter however often it is asked for.

    `ignore_window`, `ignore_budget`: by right, it goes at any hour, or on top of what attention allows.
    `most`: how many go in one request, 1 to 1,000.
    """

    slot_key: str
    template: str
    family: str
    sender: str
    why: str
    ignore_window: bool = False
    ignore_budget: bool = False
    most: int = MOST_IN_BATCH


@dataclass
class FannedOut:
    """How many letters were written, and by which outcome and reason."""

    letters: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def fan_out(database: Database, order: FanOut, may_write_to: Allowlist, *, chunk: int = CHUNK) -> FannedOut:
    """Write the letters in chunks, each a transaction of its own; asked again, it writes what is missing."""
    done = FannedOut()
    for outcome, reason, letters in _chunks(database, order, may_write_to, chunk):
        done.letters += letters
        done.outcomes[outcome] += letters
        done.reasons[reason] += letters
    return done


def _chunks(
    database: Database, order: FanOut, may_write_to: Allowlist, chunk: int
) -> Iterator[tuple[str, str, int]]:
    after = _NOBODY
    while True:
        with database.transaction() as session:
            last = _last_of_chunk(session, after, chunk)
            if last is None:
                return
            now = database.now(session)
            counts = fan_out_chunk(session, order, may_write_to, (after, last), now)
        yield from counts
        after = last


def fan_out_chunk(
    session: Session, order: FanOut, may_write_to: Allowlist, among: tuple[UUID, UUID], now: datetime
) -> list[tuple[str, str, int]]:
    """Write the letters to clients with ids after the first and up to the second of `among`.

    Returns outcome, reason and number of letters.
    """
    # One at a time for one letter, so that nobody is written to from two sides.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(order.slot_key, 0))))
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    # Where statistics lag behind, a thousand rows are taken for one, and all is compared with all.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    chosen = tables.Client.sample, tables.Client.id > among[0], tables.Client.id <= among[1]
    people = session.scalar(select(func.count()).where(*chosen)) or 0
    zones = session.execute(
        select(tables.Client.time_zone, tables.Client.hours).where(*chosen).distinct()
    ).all()
    numbers = func.generate_series(1, -(-people // order.most))
    ids = session.scalars(select(func.uuidv7()).select_from(numbers)).all()
    values = rule_values(
        where=places([(zone, hours) for zone, hours in zones], now),
        may_write_to=may_write_to,
        family=order.family,
        rank=_RANK,
        now=now,
    )
    rows = session.execute(
        fan_out_statement(),
        {
            **values,
            "after": among[0],
            "last": among[1],
            "ignore_window": order.ignore_window,
            "ignore_budget": order.ignore_budget,
            "slot_key": order.slot_key,
            "template": order.template,
            "sender": order.sender,
            "batch_ids": list(ids),
            "most": order.most,
            "batch_rank": batch_rank(order.family),
            "why": order.why,
            "expires_at": now + letter(order.template).expires_after,
            "detail": json.dumps({name: True for name in _RIGHTS if getattr(order, name)}),
        },
    ).all()
    ring_after_commit(session, bell.DELIVER, hands=min(_HANDS, len(ids)))
    return [(row.outcome, row.reason, row.letters) for row in rows]


def _last_of_chunk(session: Session, after: UUID, chunk: int) -> UUID | None:
    """Return the last of the next clients, or None behind the last of all."""
    following = (
        select(tables.Client.id)
        .where(tables.Client.sample, tables.Client.id > after)
        .order_by(tables.Client.id)
        .limit(chunk)
        .subquery()
    )
    return session.scalar(select(following.c.id).order_by(following.c.id.desc()).limit(1))
