"""Pages for what goes wrong, in the look of the house: what happened, and what to do."""

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from api.pages.frame import DATABASE_AWAY, RETRY_AFTER, Keep, show
from coaching.domain.errors import NotFound

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


def answer_faults(app: Flask, groups: tuple[Blueprint, ...]) -> None:
    """Answer with a page whatever goes wrong in these groups, or at an address that nobody serves."""
    for group in groups:
        group.register_error_handler(NotFound, _not_found)
        group.register_error_handler(HTTPException, _refused)
        for away in DATABASE_AWAY:
            group.register_error_handler(away, _away)
    for status in SAID:
        app.register_error_handler(status, _refused)


def fault_page(status: int) -> Response:
    """Return the page for one kind of fault; a kind without words of its own gets the nearest."""
    known = status if status in SAID else 500 if status >= 500 else 400
    heading, advice = SAID[known]
    response = show(
        "fault.html", keep=Keep.TOKEN, status=status, number=status, heading=heading, advice=advice
    )
    if status in {429, 503}:
        response.headers["Retry-After"] = RETRY_AFTER
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


def _not_found(_: Exception) -> Response:
    return fault_page(404)


def _away(_: Exception) -> Response:
    return fault_page(503)
