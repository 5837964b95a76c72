"""Looks once a second for letters that have come due."""

from coaching.adapters.bell import SWEEP
from coaching.usecases.settle import expire_leases
from coaching.usecases.sweep import SWEEP_AT_ONCE, sweep
from workers.app import app, house
from workers.pulse import beat_once


@app.task(name=SWEEP)
def sweep_due() -> None:
    """Free what dead workers held, then take due letters until none is left."""
    here = house()
    with here.database.transaction() as session:
        expire_leases(session, now=here.database.now(session))
    while True:
        with here.database.transaction() as session:
            now = here.database.now(session)
            swept = sweep(session, sender=here.settings.mail_from, may_write_to=here.may_write_to, now=now)
        if swept.looked_at < SWEEP_AT_ONCE:
            break
    beat_once()
