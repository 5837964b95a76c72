"""Looks once a second for letters that have come due, and for what was left open."""

from datetime import timedelta

from coaching.adapters.bell import SWEEP
from coaching.usecases.conclude import conclude
from coaching.usecases.liveness import note_alive
from coaching.usecases.settle import expire_leases
from coaching.usecases.sweep import SWEEP_AT_ONCE, sweep
from workers.app import app, house
from workers.pulse import beat_once


@app.task(name=SWEEP)
def sweep_due() -> None:
    """Settle what dead workers left and what silence tells, then take due letters until none is left."""
    here = house()
    sender, window = here.settings.mail_from, timedelta(seconds=here.settings.settle_window_s)
    with here.database.transaction() as session:
        note_alive(session, sender=sender, now=here.database.now(session))
        expire_leases(session, now=here.database.now(session))
        conclude(session, sender=sender, window=window, now=here.database.now(session))
    while True:
        with here.database.transaction() as session:
            now = here.database.now(session)
            swept = sweep(session, sender=sender, may_write_to=here.may_write_to, now=now)
        if swept.looked_at < SWEEP_AT_ONCE:
            break
    beat_once()
