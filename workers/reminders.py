"""Looks once a second for letters that have come due."""

import threading

from coaching.adapters.bell import SWEEP
from coaching.usecases.liveness import note_alive
from coaching.usecases.sweep import SWEEP_AT_ONCE, sweep
from workers.app import app, house

_TRIES = 10
_LOOK_AGAIN_S = 0.03
_pause = threading.Event()


@app.task(name=SWEEP)
def sweep_due() -> None:
    """Take due letters until none is left."""
    here = house()
    sender = here.settings.mail_from
    with here.database.transaction() as session:
        note_alive(session, sender=sender, now=here.database.now(session))
    tries = 0
    while tries < _TRIES:
        with here.database.transaction() as session:
            now = here.database.now(session)
            swept = sweep(session, sender=sender, may_write_to=here.may_write_to, now=now)
        if swept.looked_at < SWEEP_AT_ONCE:
            if not swept.passed_over:
                return
            # Somebody is just following up on these very clients: that takes milliseconds, not a second.
            tries += 1
            _pause.wait(_LOOK_AGAIN_S)
