"""Clears away what has served its time."""

from coaching.usecases.idempotency import forget_old
from workers.app import app, house


@app.task(name="workers.upkeep.tidy")
def tidy() -> None:
    """Forget answers kept for repeats once their 24 hours are over."""
    with house().database.transaction() as session:
        forget_old(session, now=house().database.now(session))
