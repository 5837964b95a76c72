"""Looks every ten minutes for relationships that have gone quiet."""

from coaching.usecases.quiet import go_quiet
from workers.app import app, house


@app.task(name="workers.relationships.go_quiet")
def let_go_quiet() -> None:
    """Let them go quiet until none is left."""
    here, quiet = house(), 1
    while quiet:
        with here.database.transaction() as session:
            quiet = go_quiet(session, now=here.database.now(session))
