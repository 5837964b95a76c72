"""The coach's side: signing in by a link, the list of clients, signing out."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, request, session, url_for

from api.house import here
from api.pages.dates import day_in_words
from api.pages.faults import page_group
from api.pages.frame import Keep, go, show
from coaching.adapters.database import now as database_now
from coaching.domain.errors import NotFound
from coaching.domain.local_time import local
from coaching.settings import Settings
from coaching.usecases.coaches import look_at_sign_in, sign_in
from coaching.usecases.read_console import MOST_LINES, ClientLine, clients_for_coach

_SIGNED_IN_FOR = timedelta(days=7)
_COACH, _CSRF = "coach", "csrf"

blueprint = page_group("console", url_prefix="/console")


def set_up_sessions(app: Flask, settings: Settings) -> None:
    """Sign the console's cookie with the ring of keys: the first signs, all are read."""
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME="waypoint_console",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=urlsplit(settings.public_url).scheme == "https",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=_SIGNED_IN_FOR,
    )


@blueprint.get("/sign-in/<token>")
def look(token: str) -> Response:
    """Show the button; a program that follows links doesn't use the link up."""
    rooms = here()
    try:
        with rooms.database.transaction() as transaction:
            name = look_at_sign_in(transaction, rooms.secrets, token, now=database_now(transaction))
    except NotFound:
        if _signed_in() is None:
            raise
        return go(url_for("console.clients"))  # the same link, opened again by the one who used it
    return show("console/sign_in.html", keep=Keep.TOKEN, name=name)


@blueprint.post("/sign-in/<token>")
def enter(token: str) -> Response:
    """Sign the coach in and go to the console."""
    rooms = here()
    with rooms.database.transaction() as transaction:
        coach_id = sign_in(transaction, rooms.secrets, token, now=database_now(transaction))
    session.clear()
    session.permanent = True
    session[_COACH], session[_CSRF] = str(coach_id), secrets.token_urlsafe(32)
    return go(url_for("console.clients"))


@blueprint.get("/")
def clients() -> Response:
    """List the clients of the coach who is signed in."""
    coach_id = _signed_in()
    if coach_id is None:
        return show("console/signed_out.html", keep=Keep.CONSOLE, status=401)
    rooms = here()
    try:
        with rooms.database.transaction() as transaction:
            now = database_now(transaction)
            lines = clients_for_coach(transaction, coach_id, now=now)
    except NotFound:  # the coach has left the firm since
        session.clear()
        return show("console/signed_out.html", keep=Keep.CONSOLE, status=401)
    return show(
        "console/clients.html",
        keep=Keep.CONSOLE,
        lines=lines,
        came_in=_days(lines, now, rooms.settings.default_time_zone),
        most=MOST_LINES,
        csrf=session[_CSRF],
    )


@blueprint.post("/sign-out")
def leave() -> Response:
    """Sign out; only from our own page."""
    if _signed_in() is not None and not _from_our_page():
        abort(403)
    session.clear()
    return go(url_for("console.clients"), keep=Keep.CONSOLE)


def _days(lines: Sequence[ClientLine], now: datetime, zone: str) -> dict[UUID, str]:
    """Return by client the day in words on which the newest answers came."""
    today = local(now, zone).date()
    return {
        line.client_id: day_in_words(local(line.submitted_at, zone).date(), seen_on=today)
        for line in lines
        if line.submitted_at is not None
    }


def _signed_in() -> UUID | None:
    try:
        return UUID(session[_COACH])
    except (KeyError, TypeError, ValueError):
        return None


def _from_our_page() -> bool:
    """Tell whether a POST was made by a page that we showed to this browser."""
    origin = request.headers.get("Origin")
    ours = {_origin(here().settings.public_url), _origin(request.host_url)}
    token = request.form.get("csrf", "")
    return (origin is None or origin in ours) and secrets.compare_digest(
        token.encode(), session.get(_CSRF, "").encode()
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
