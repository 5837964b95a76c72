"""Looks every ten minutes for relationships, and for clients, from whom nothing was heard."""

from coaching.usecases.quiet import go_quiet
from coaching.usecases.silent_clients import note_silent_clients
from workers.app import app, house


@app.task(name="workers.relationships.go_quiet")
def let_go_quiet() -> None:
    """Let relationships go quiet, and note clients who did, until none is left."""
    here, quiet = house(), 1
    while quiet:
        with here.database.transaction() as session:
            quiet = go_quiet(session, now=here.database.now(session))
    silent = 1
    while silent:
        with here.database.transaction() as session:
            silent = note_silent_clients(session, now=here.database.now(session))
