"""Settles what was left open, apart from the sweep, so that trouble with the one doesn't stop the other."""

from datetime import timedelta

from coaching.adapters.bell import SETTLE
from coaching.usecases.conclude import conclude
from coaching.usecases.settle import expire_leases, settle_from_receipts
from workers.app import app, house


@app.task(name=SETTLE)
def settle_open() -> None:
    """End the leases of dead workers, heed receipts that came early, and weigh silence."""
    database, settings = house().database, house().settings
    with database.transaction() as session:
        expire_leases(session, now=database.now(session))
    with database.transaction() as session:
        settle_from_receipts(session, now=database.now(session))
    with database.transaction() as session:
        window = timedelta(seconds=settings.settle_window_s)
        conclude(session, sender=settings.mail_from, window=window, now=database.now(session))
