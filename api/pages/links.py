"""What letters link to: pages that show on GET and act on POST, so that a mail scanner triggers nothing."""

from flask import Response, url_for

from api.house import here
from api.pages.faults import page_group
from api.pages.frame import Keep, go, show
from coaching.adapters.database import now as database_now
from coaching.domain.links import Purpose
from coaching.usecases.confirm import act_on_link, look_at_link
from coaching.usecases.unsubscribe import look_at_unsubscribe
from coaching.usecases.unsubscribe import unsubscribe as stop_letters

# No cookie and no CSRF token here: who holds the link may act, whatever mail program sends the POST.
blueprint = page_group("links")


@blueprint.get("/act/<token>")
def look(token: str) -> Response:
    """Say what the link would do, with one button that does it."""
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_link(session, rooms.secrets, token)
    return show("links/act.html", keep=Keep.TOKEN, view=view, purpose=view.purpose.name)


@blueprint.post("/act/<token>")
def act(token: str) -> Response:
    """Do it, once or again with the same effect, and go to the report where there is one."""
    rooms = here()
    with rooms.database.transaction() as session:
        done = act_on_link(session, rooms.secrets, token, now=database_now(session))
    if done.purpose is Purpose.NOT_MINE or done.report_token is None:
        return show("links/left_out.html", keep=Keep.TOKEN)
    return go(url_for("reports.report", token=done.report_token))


@blueprint.get("/unsubscribe/<token>")
def look_before_unsubscribing(token: str) -> Response:
    """Say what would stop and what would still come, with one button."""
    rooms = here()
    with rooms.database.transaction() as session:
        view = look_at_unsubscribe(session, rooms.secrets, token)
    return show("links/unsubscribe.html", keep=Keep.TOKEN, off=view.state == "off")


@blueprint.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> Response:
    """Stop the letters; also the one click of RFC 8058, which wants 200 and no redirect."""
    rooms = here()
    with rooms.database.transaction() as session:
        stop_letters(session, rooms.secrets, token, now=database_now(session))
    return show("links/unsubscribe.html", keep=Keep.TOKEN, off=True)
