"""How long a rehearsal takes of clients with plans, each of them in a sequence, who act on letters."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench.crowd import crowd, plain, tidy
from bench.stage import Stage
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.domain.allowlist import Allowlist
from coaching.settings import CONTENT
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.rehearse import Question, read_only, rehearse
from coaching.usecases.schedule import schedule_clients

# What a crowd has months from now falls into the days that are rehearsed: steps, people and weeks.
_NEARER = (
    "UPDATE plan SET starts_on = CAST(now() AS date) - 14",
    "UPDATE milestone SET due_on = CAST(now() AS date) + 14 * (position - 2) WHERE state = 'active'",
    "UPDATE relationship SET cadence_days = cadence_days / 3, last_contact_on = CAST(now() AS date) - 10",
    """
    INSERT INTO enrollment (id, client_id, sequence, version, state, started_at, actor)
    SELECT gen_random_uuid(), id, 'welcome', 1, 'active', now(), 'bench' FROM client
    """,
)
_AT_ONCE = 500


@dataclass(frozen=True)
class Rehearsed:
    """How long it took, and how many letters would go."""

    seconds: float
    letters: int


def run(one: Stage, clients: int, days: int) -> Rehearsed:
    """Rehearse so many days of so many clients, who act on each letter that can be acted on."""
    crowd(one, clients, due=0)
    _come_nearer(one)
    with one.database.transaction() as session:
        now = one.database.now(session)
        ids = session.scalars(select(tables.Client.id).order_by(tables.Client.id)).all()
    for first in range(0, len(ids), _AT_ONCE):
        with one.database.transaction() as session:
            _schedule(session, ids[first : first + _AT_ONCE], now)
    tidy(one)
    began = time.perf_counter()
    with one.database.transaction() as session:
        read_only(session)
        moment = one.database.now(session)
        done = rehearse(session, Question(days, "always"), may_write_to=Allowlist(), now=moment)
    letters = sum(found.outcome == "send" for found in done.letters)
    if done.clients != clients or letters < clients:
        raise AssertionError(f"{letters} letters for {done.clients} clients")
    return Rehearsed(time.perf_counter() - began, letters)


def _come_nearer(one: Stage) -> None:
    with one.database.transaction() as session:
        sequences = Content.load(CONTENT).sequences.values()
        publish_first(session, sequences, now=one.database.now(session))
    with plain(one) as connection:
        for statement in _NEARER:
            connection.execute(text(statement))


def _schedule(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    schedule_clients(session, ids, may_write_to=Allowlist(), now=now)
