"""Two sequences that matter equally: the first by name goes first everywhere, and neither ends the other."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.rehearsal.life import Life
from coaching.usecases.client_states import load_states
from coaching.usecases.enrollments import enroll
from coaching.usecases.schedule import schedule_client
from coaching.usecases.sweep import sweep
from tests.support.drain import SENDER, everyone
from tests.support.drips import put_sequence
from tests.usecases.test_enroll_by_fact import put_ana

FIRST, SECOND = "ash", "moss"
DUE = timedelta(days=1)
# The letters' names in the other order than the sequences', and in the same.
LETTERS = [("skills-see", "networks-see"), ("networks-see", "skills-see")]


def enter(
    session: Session, ana: UUID, now: datetime, names: tuple[str, str], letters: tuple[str, str]
) -> None:
    """Let her into both, whose first letters are due at the same time, and plan these."""
    for name, letter in zip((FIRST, SECOND), letters, strict=True):
        put_sequence(session, now, name=name, steps=[{"key": "see", "letter": letter, "after": {"days": 1}}])
    for name in names:
        enroll(session, ana, name, actor="key:1", may_write_to=everyone, now=now)
    session.flush()
    schedule_client(session, ana, may_write_to=everyone, now=now)


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("names", [(FIRST, SECOND), (SECOND, FIRST)])
def test_the_first_by_name_has_the_day(
    session: Session, secrets: Secrets, now: datetime, names: tuple[str, str], letters: tuple[str, str]
) -> None:
    """Whichever began first and whatever its letter is called; the other waits, live and in a rehearsal."""
    ana = put_ana(session, secrets, now)
    enter(session, ana, now, names, letters)
    states = session.scalars(select(tables.Enrollment.state).order_by(tables.Enrollment.sequence))
    assert states.all() == ["active", "active"]
    life = Life(load_states(session, [ana], may_write_to=everyone, now=now)[ana], now)
    life.begin()
    life.run_until(now + DUE)
    assert [one.letter.template for one in life.looks if one.outcome == "send"] == [letters[0]]
    sweep(session, sender=SENDER.address, may_write_to=everyone, now=now + DUE)
    rows = session.execute(
        select(tables.Message.detail["sequence"].astext, tables.Message.state).where(
            tables.Message.family == "drip", tables.Message.due_at <= now + DUE
        )
    )
    assert {tuple(row) for row in rows} == {(FIRST, "queued"), (SECOND, "planned")}
