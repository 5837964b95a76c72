"""Ends the pauses whose time has come, so that letters go again and dates move."""

from coaching.usecases.pauses import END_AT_ONCE, end_due_pauses
from workers.app import app, house


@app.task(name="workers.pauses.end_due")
def end_due() -> None:
    """End due pauses until none is left."""
    ended = END_AT_ONCE
    while ended == END_AT_ONCE:
        with house().database.transaction() as session:
            ended = end_due_pauses(session, now=house().database.now(session))
