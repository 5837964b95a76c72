"""Follows up on facts, whatever `coaching/reactions.py` says, and numbers them for the event log."""

from coaching.adapters.bell import DRAIN_EVENTS
from coaching.reactions import Reactions
from coaching.usecases.event_log import number_events
from coaching.usecases.facts import drain
from workers.app import app, house


@app.task(name=DRAIN_EVENTS)
def drain_events() -> None:
    """Drain and number until nothing is waiting for either."""
    while _drain() + _number():
        pass


def _drain() -> int:
    here = house()
    react = Reactions(here.content, here.may_write_to)
    with here.database.transaction() as session:
        return drain(session, react, now=here.database.now(session))


def _number() -> int:
    with house().database.transaction() as session:
        return number_events(session)
