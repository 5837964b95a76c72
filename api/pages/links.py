"""What letters link to: pages that show on GET and act on POST, so that a mail scanner triggers nothing."""

from flask import Response, request, url_for

from api.house import here
from api.pages import acts, letter_choices, wishes
from api.pages.faults import page_group
from api.pages.frame import Keep, go, show
from coaching.adapters.database import now as database_now
from coaching.domain.deeds import DEEDS
from coaching.domain.links import Purpose
from coaching.usecases.confirm import act_on_link, look_at_link
from coaching.usecases.letter_subjects import purpose_of
from coaching.usecases.unsubscribe import resume_letters, stop_letters

# No cookie and no CSRF token here: who holds the link may act, whatever mail program sends the POST.
blueprint = page_group("links")


@blueprint.get("/act/<token>")
def look(token: str) -> Response:
    """Say what the link would do, with one button that does it."""
    rooms = here()
    purpose = purpose_of(rooms.secrets, token)
    if purpose is Purpose.UNDO:
        return acts.show_undo(token)
    if purpose is Purpose.ANSWER:
        return acts.show_answer(token)
    if purpose is Purpose.TALK:
        return wishes.show_talk(token)
    if purpose in DEEDS:
        return acts.show_deed(token)
    with rooms.database.transaction() as session:
        view = look_at_link(session, rooms.secrets, token)
    return show("links/act.html", keep=Keep.TOKEN, view=view, purpose=view.purpose.name)


@blueprint.post("/act/<token>")
def act(token: str) -> Response:
    """Do it, once or again with the same effect, and go to the page that says what came of it."""
    rooms = here()
    purpose = purpose_of(rooms.secrets, token)
    if purpose is Purpose.UNDO:
        return acts.undo(token)
    if purpose is Purpose.ANSWER:
        return acts.show_answer(token)  # there is nothing to press
    if purpose is Purpose.TALK:
        return wishes.ask_for_talk(token)
    if purpose in DEEDS:
        return acts.do(token)
    with rooms.database.transaction() as session:
        done = act_on_link(session, rooms.secrets, token, now=database_now(session))
    if done.purpose is Purpose.NOT_MINE or done.report_token is None:
        return show("links/left_out.html", keep=Keep.TOKEN)
    return go(url_for("reports.report", token=done.report_token))


@blueprint.get("/suggest/<token>")
def look_at_suggesting(token: str) -> Response:
    """Ask what one would like to read about."""
    return wishes.show_suggesting(token)


@blueprint.post("/suggest/<token>")
def suggest(token: str) -> Response:
    """Note it, once, and thank."""
    return wishes.suggest(token)


@blueprint.get("/unsubscribe/<token>")
def look_before_unsubscribing(token: str) -> Response:
    """Say which letters come and which don't, to choose from; or how it stands."""
    return letter_choices.show_choices(token)


@blueprint.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> Response:
    """Stop the letters, save what was chosen, or send them again if asked so.

    The one click of RFC 8058 wants 200, no redirect.
    """
    rooms = here()
    if letter_choices.are_posted():
        return letter_choices.save(token)
    if _asks_for_letters():
        with rooms.database.transaction() as session:
            view = resume_letters(session, rooms.secrets, token, now=database_now(session))
    else:
        view = stop_letters(rooms.database, rooms.secrets, token)
    return show(
        "links/unsubscribe.html",
        keep=Keep.TOKEN,
        view=view,
        acted=True,
        saved=False,
        missed=False,
        token=token,
    )


def _asks_for_letters() -> bool:
    """Only the page's own button asks so; whatever else is posted, choices apart, stops."""
    return request.form.get("again") == "1" and "List-Unsubscribe" not in request.form
