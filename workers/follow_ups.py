"""Follows up on facts: scores, plans and schedules, whatever `coaching/reactions.py` says."""

from coaching.adapters.bell import DRAIN_EVENTS
from coaching.reactions import Reactions
from coaching.usecases.facts import drain
from workers.app import app, house


@app.task(name=DRAIN_EVENTS)
def drain_events() -> None:
    """Drain until nothing is waiting."""
    here = house()
    react = Reactions(here.content, here.may_write_to)
    while True:
        with here.database.transaction() as session:
            if not drain(session, react, now=here.database.now(session)):
                return
