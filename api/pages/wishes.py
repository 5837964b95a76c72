"""Pages behind a letter's quiet links: ask for a talk with a coach, say what one would like to read about."""

from flask import Response, request, url_for

from api.house import here
from api.pages.dates import day_in_words
from api.pages.draft import clean
from api.pages.frame import Keep, go, show
from coaching.adapters.database import now as database_now
from coaching.domain.errors import Refused
from coaching.domain.library import TOPICS
from coaching.usecases import contact_requests, suggestions
from coaching.usecases.suggestions import Wish

_OTHER = "Something else"


def show_talk(token: str, *, refusal: Refused | None = None) -> Response:
    """Say how a talk comes about, or that one was asked for."""
    rooms = here()
    with rooms.database.transaction() as session:
        view = contact_requests.look_at_talk(session, rooms.secrets, token, now=database_now(session))
    return show(
        "links/talk.html",
        keep=Keep.TOKEN,
        status=422 if refusal else 200,
        view=view,
        asked_on=day_in_words(view.asked_on, seen_on=view.today) if view.asked_on else None,
        longest=contact_requests.LONGEST_TEXT,
        wrong=_said(refusal),
        typed=request.form,
    )


def ask_for_talk(token: str) -> Response:
    """Write the request down, once, and show it at an address that may be loaded again."""
    rooms = here()
    try:
        with rooms.database.transaction() as session:
            text = clean(request.form.get("text", ""))
            contact_requests.ask_for_talk(session, rooms.secrets, token, text, now=database_now(session))
    except Refused as refusal:
        return show_talk(token, refusal=refusal)
    return go(url_for("links.look", token=token))


def show_suggesting(token: str, *, refusal: Refused | None = None) -> Response:
    """Ask what one would like to read about; or thank, once that has been said."""
    rooms = here()
    with rooms.database.transaction() as session:
        suggestions.look_at_suggesting(session, rooms.secrets, token)
    return show(
        "links/suggest.html",
        keep=Keep.TOKEN,
        status=422 if refusal else 200,
        thanks="noted" in request.args and refusal is None,
        token=token,
        topics=[*TOPICS.items(), (suggestions.OTHER, _OTHER)],
        longest=suggestions.LONGEST_TEXT,
        wrong=_said(refusal),
        typed=request.form,
    )


def suggest(token: str) -> Response:
    """Write it down, once, and thank at an address that may be loaded again."""
    rooms = here()
    wish = Wish(request.form.get("topic", ""), clean(request.form.get("text", "")))
    try:
        with rooms.database.transaction() as session:
            suggestions.suggest(session, rooms.secrets, token, wish, now=database_now(session))
    except Refused as refusal:
        return show_suggesting(token, refusal=refusal)
    return go(url_for("links.look_at_suggesting", token=token, noted=1))


def _said(refusal: Refused | None) -> dict[str, str]:
    return {field: " ".join(said) for field, said in refusal.errors.items()} if refusal else {}
