"""How long it takes to find and decide a thousand due letters among all that are planned."""

import contextlib
import statistics
import time
from dataclasses import dataclass
from datetime import datetime

from bench.crowd import LETTERS_EACH, crowd, plan_letters, tidy
from bench.stage import Stage
from coaching.domain.allowlist import Allowlist
from coaching.usecases.sweep import SWEEP_AT_ONCE, Swept, sweep

RUNS = 7


class _PutBackError(Exception):
    """Rolls a transaction back, so that the same letters are due again."""


@dataclass(frozen=True)
class Sweeping:
    """Seconds for one sweep of a thousand, the middle one of several."""

    planned: int
    seconds: float


def run(one: Stage, planned: int) -> Sweeping:
    """Plan so many letters, of which a thousand are due, and sweep those again and again."""
    made = crowd(one, planned // LETTERS_EACH, due=SWEEP_AT_ONCE)
    plan_letters(one, made)
    tidy(one)
    return Sweeping(planned, statistics.median(_once(one, made.due_at) for _ in range(RUNS)))


def _once(one: Stage, due_at: datetime) -> float:
    with contextlib.suppress(_PutBackError), one.database.transaction() as session:
        began = time.perf_counter()
        swept = sweep(session, sender=one.settings.mail_from, may_write_to=Allowlist(), now=due_at)
        seconds = time.perf_counter() - began
        raise _PutBackError
    if swept != Swept(SWEEP_AT_ONCE, SWEEP_AT_ONCE):
        raise AssertionError(f"a thousand were due, and it {swept}")
    return seconds
