"""Clears away what has served its time, and proves that reports of the mail provider can reach us."""

from coaching.adapters.bell import KNOCK
from coaching.adapters.knocker import knock_at
from coaching.usecases.heartbeat import forget_old_beats
from coaching.usecases.idempotency import forget_old
from workers.app import app, house


@app.task(name="workers.upkeep.tidy")
def tidy() -> None:
    """Forget answers kept for repeats once their 24 hours are over, and signs of life after some days."""
    with house().database.transaction() as session:
        now = house().database.now(session)
        forget_old(session, now=now)
        forget_old_beats(session, now=now)


@app.task(name=KNOCK)
def knock() -> None:
    """Come to our own webhook from outside, as the mail provider does; the web process writes it down."""
    here = house()
    with here.database.transaction() as session:
        now = here.database.now(session)
    knock_at(here.settings.public_url, here.settings.secret_keys, now)
