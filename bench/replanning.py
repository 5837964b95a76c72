"""How many clients a second follow a rule change, and whether the last of them cost as much as the first."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text

from bench.crowd import LETTERS_EACH, crowd, plain, plan_letters, tidy
from bench.stage import Stage
from coaching.domain.allowlist import Allowlist
from coaching.usecases.replan import AT_ONCE, Replanned, replan

# As if an older rule had planned them: what is about milestones a day later, people under another key.
_OLDER_RULE = (
    """
    UPDATE message SET local_date = local_date + 1, due_at = due_at + interval '1 day',
                       look_at = look_at + interval '1 day', expires_at = expires_at + interval '1 day'
    WHERE template LIKE 'milestone-%'
    """,
    "UPDATE message SET slot_key = 'older:' || slot_key WHERE family IN ('mentoring', 'networking')",
)
_MOVED, _REPLACED = 6, 3


@dataclass(frozen=True)
class Replanning:
    """Clients a second over all, and seconds for the first thousand and for the last."""

    clients: int
    rate: float
    first_s: float
    last_s: float


def run(one: Stage, clients: int) -> Replanning:
    """Plan ten letters for each client by an older rule, and bring them in line with today's."""
    made = crowd(one, clients, due=0)
    plan_letters(one, made)
    with plain(one) as connection:
        for statement in _OLDER_RULE:
            connection.execute(text(statement))
    tidy(one)
    chunks = list(_timed(one))
    done = sum((counts for counts, _ in chunks), Replanned())
    wanted = (clients, _REPLACED * clients, _MOVED * clients, _REPLACED * clients)
    if (done.clients, done.planned, done.moved, done.called_off) != wanted:
        raise AssertionError(f"of {LETTERS_EACH} letters each, {done}")
    seconds = [taken for _, taken in chunks]
    return Replanning(clients, clients / sum(seconds), seconds[0], seconds[-1])


def _timed(one: Stage) -> Iterator[tuple[Replanned, float]]:
    began = time.perf_counter()
    for done in replan(one.database, Allowlist(), chunk=AT_ONCE, actor="bench"):
        now = time.perf_counter()
        yield done, now - began
        began = now
