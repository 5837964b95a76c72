"""Sends batches that are ready, each claimed by one worker only."""

from datetime import timedelta
from functools import cache

from coaching.adapters.bell import DELIVER
from coaching.adapters.mailer import SendGridMailer
from coaching.usecases.deliver import PostRoom, deliver, ready_batches
from workers.app import app, house


@cache
def post_room() -> PostRoom:
    """Open the connections to SendGrid once for each process."""
    here = house()
    return PostRoom(
        mailer=SendGridMailer(here.settings.sendgrid_host, here.settings.sendgrid_api_key),
        stationery=here.stationery(),
        secrets=here.secrets,
        sender=here.sender,
        public_url=here.settings.public_url,
        may_write_to=here.may_write_to,
        lease=timedelta(seconds=here.settings.lease_s),
    )


@app.task(name=DELIVER)
def deliver_ready() -> None:
    """Deliver until no batch is ready; one that is refused waits for its time and is not tried again here."""
    database = house().database
    while True:
        with database.transaction() as session:
            batches = ready_batches(session, at=database.now(session))
        if not batches:
            return
        for batch_id in batches:
            deliver(database, post_room(), batch_id)
