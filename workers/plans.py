"""Looks once a minute for drafts that nobody has approved in time."""

from coaching.usecases.mind_drafts import AT_ONCE, mind_drafts
from workers.app import app, house


@app.task(name="workers.plans.mind")
def mind() -> None:
    """See to such drafts until none is left; the next round comes within a minute."""
    here = house()
    seen = AT_ONCE
    while seen == AT_ONCE:
        with here.database.transaction() as session:
            seen = mind_drafts(
                session,
                starts_alone=here.settings.plans_start_unapproved,
                now=here.database.now(session),
            )
