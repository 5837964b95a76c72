"""Looks once a minute for coaches whose working morning has come."""

from coaching.usecases.coach_letters import sweep_coach_letters
from coaching.usecases.digests import write_digests
from workers.app import app, house


@app.task(name="workers.digests.write")
def write() -> None:
    """Plan the morning lists, then put those that are due into batches, each in a transaction of its own."""
    here = house()
    with here.database.transaction() as session:
        write_digests(session, now=here.database.now(session))
    with here.database.transaction() as session:
        sweep_coach_letters(
            session,
            here.secrets,
            sender=here.settings.mail_from,
            may_write_to=here.may_write_to,
            now=here.database.now(session),
        )
