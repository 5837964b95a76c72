"""Pages for what goes wrong, in the look of the house: what happened, and what to do."""

import structlog
from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from api.pages.frame import DATABASE_AWAY, RETRY_AFTER_S, TEMPLATE_FOLDER, Keep, keep_forms_small, show
from coaching.domain.errors import NotFound, Refused

_log = structlog.get_logger(__name__)

# Paths that programs call: what goes wrong there is told as problem+json by the other half of this door.
_FOR_PROGRAMS = ("/v1", "/hooks", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")

SAID = {
    400: ("That didn't arrive whole", "Go back one page and send it again."),
    403: ("That isn't open to you", "If you came by a link, open it again from the letter it stood in."),
    404: (
        "There is nothing here",
        "The address may be cut short or out of date. If you came by a link in a letter, open it from there "
        "once more, whole.",
    ),
    405: ("That can't be done here", "Go back one page and use the button there."),
    413: ("That was too much at once", "Go back one page, shorten what you wrote, and send it again."),
    429: (
        "A moment, please",
        "Many requests have come from your connection. Wait a minute, then try again: nothing you typed is "
        "lost if you go back one page.",
    ),
    500: (
        "Something went wrong here",
        "It is our fault, not yours, and it has been noted. Try again in a minute.",
    ),
    503: ("We can't reach our records just now", "Nothing is lost. Try again in a minute."),
}


def page_group(name: str, *, url_prefix: str | None = None) -> Blueprint:
    """Return a blueprint for pages: small forms only, and every fault in it is told by a page."""
    group = Blueprint(name, __name__, template_folder=TEMPLATE_FOLDER, url_prefix=url_prefix)
    group.before_request(keep_forms_small)
    group.register_error_handler(HTTPException, _refused)
    group.register_error_handler(500, _refused)  # else the one for programs comes before HTTPException
    group.register_error_handler(Exception, _fault)
    return group


def answer_unserved(app: Flask) -> None:
    """Answer with a page at addresses that no group serves, unless programs ask there."""
    for status in SAID.keys() - {500}:
        app.register_error_handler(status, _refused)


def fault_page(status: int) -> Response:
    """Return the page for one kind of fault; a kind without words of its own gets the nearest."""
    known = status if status in SAID else 500 if status >= 500 else 400
    heading, advice = SAID[known]
    response = show(
        "fault.html", keep=Keep.TOKEN, status=status, number=status, heading=heading, advice=advice
    )
    if status in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _for_people(path: str) -> bool:
    return not any(path == start or path.startswith(f"{start}/") for start in _FOR_PROGRAMS)


def _refused(error: HTTPException) -> ResponseReturnValue:
    if _for_people(request.path):
        response = fault_page(error.code or 500)
        # What the fault itself wants told: the methods allowed, when to try again.
        told = error.get_headers(request.environ)
        response.headers.update({name: value for name, value in told if name in {"Allow", "Retry-After"}})
        return response
    return _for_programs(error)


def _for_programs(error: HTTPException) -> ResponseReturnValue:
    """Leave the answer to whoever answers programs; a page's handler for one status must not shadow it."""
    other = current_app.error_handler_spec[None][None].get(HTTPException)
    return current_app.ensure_sync(other)(error) if other else error


def _fault(error: Exception) -> Response:
    """Tell what the framework knows nothing of; only what is our own fault is logged."""
    if isinstance(error, NotFound):
        return fault_page(404)
    if isinstance(error, Refused):
        return fault_page(400)
    if isinstance(error, DATABASE_AWAY) or getattr(error, "connection_invalidated", False):
        return fault_page(503)
    # The rule, not the path: a path may hold a token.
    _log.error("page failed", exc_info=error, rule=str(request.url_rule))
    return fault_page(500)
