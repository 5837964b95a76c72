"""Sends batches that are ready, each claimed by one worker only."""

import threading
import time
from datetime import timedelta
from functools import cache

from coaching.adapters.bell import DELIVER
from coaching.adapters.mailer import SendGridMailer
from coaching.adapters.rate import SharedRate
from coaching.usecases.deliver import deliver_next
from coaching.usecases.post_room import PostRoom
from workers.app import CONCURRENCY, app, house

# Half of the threads at most: sweeping and following up must go on beside a campaign.
_DESKS = threading.BoundedSemaphore(CONCURRENCY // 2)
# Beat asks for deliveries again and again; one task needn't live for as long as a campaign does.
_SHIFT_S = 30.0


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
        library=here.content.library,
        per_minute=here.settings.resume_per_minute,
        turns=SharedRate(here.settings.redis_url, here.settings.rate_sendgrid),
    )


@app.task(name=DELIVER)
def deliver_ready() -> None:
    """Deliver until no batch is ready; one that is refused waits for its time and is not tried again here."""
    if not _DESKS.acquire(blocking=False):
        return  # enough hands are at it in this process
    try:
        until = time.monotonic() + _SHIFT_S
        while deliver_next(house().database, post_room()):
            if time.monotonic() > until:
                app.send_task(DELIVER, ignore_result=True)
                return
    finally:
        _DESKS.release()
