"""Looks once a second for letters that have come due."""

from coaching.adapters.bell import SWEEP
from coaching.usecases.liveness import note_alive
from coaching.usecases.sweep import SWEEP_AT_ONCE, sweep
from workers.app import app, house


@app.task(name=SWEEP)
def sweep_due() -> None:
    """Take due letters until none is left."""
    here = house()
    sender = here.settings.mail_from
    with here.database.transaction() as session:
        note_alive(session, sender=sender, now=here.database.now(session))
    while True:
        with here.database.transaction() as session:
            now = here.database.now(session)
            swept = sweep(session, sender=sender, may_write_to=here.may_write_to, now=now)
        if swept.looked_at < SWEEP_AT_ONCE:
            return
