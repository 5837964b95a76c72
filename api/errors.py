"""One table: what went wrong in the house -> RFC 9457 problem+json for programs."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask
from flask import Flask, Response, json, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from coaching.domain.errors import Conflict, NotAllowed, NotFound, Refused, WaypointError

MOST_BODY_BYTES = 256 * 1024
MOST_HOOK_BYTES = 8 * 1024 * 1024
RETRY_AFTER_S = "5"
PROBLEM = "application/problem+json"

STATUS_OF: Mapping[type[WaypointError], int] = {NotFound: 404, Refused: 422, Conflict: 409, NotAllowed: 403}
_log = logging.getLogger(__name__)


def problem(
    status: int,
    detail: str | None = None,
    *,
    errors: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document; `errors` names each faulty field and says why."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    response = Response(json.dumps(body | dict(more or {})), status=status, mimetype=PROBLEM)
    response.headers.update(headers or {})
    return response


def answer_with_problems(app: Flask) -> None:
    """Turn every exception that programs can meet into a problem document."""
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(WaypointError, from_house)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(DBAPIError, _database_fault)
    app.register_error_handler(500, _our_fault)


def from_http(error: HTTPException) -> Response:
    """Answer what the framework refused: wrong method, broken JSON, a field of the wrong type."""
    if error.response is not None:
        return flask.make_response(error.response)
    if isinstance(error, InternalServerError):
        return _our_fault(error)
    data = getattr(error, "data", None) or {}
    errors = _by_field(data.get("messages") or {})
    status = error.code or 500
    headers = {
        name: value
        for name, value in error.get_headers(request.environ)
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}
    }
    detail = "Some fields need another look." if errors else error.description
    return problem(status, detail, errors=errors, headers=headers)


def from_house(error: WaypointError) -> Response:
    """Answer what the house refused."""
    status = STATUS_OF[type(error) if type(error) in STATUS_OF else _base(error)]
    if isinstance(error, Refused):
        return problem(status, "Some fields need another look.", errors=dict(error.errors))
    more = error.details if isinstance(error, Conflict) else {}
    return problem(status, str(error), more=more)


def _base(error: WaypointError) -> type[WaypointError]:
    return next(kind for kind in STATUS_OF if isinstance(error, kind))


def _by_field(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the framework says, which sorts it by place (json, query) first, by dotted path."""
    found: dict[str, list[str]] = {}
    for said in messages.values():
        found |= flatten(said)
    return found


def flatten(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages by dotted path: {'client.email': ['...']}."""
    if isinstance(messages, Mapping):
        found: dict[str, list[str]] = {}
        for key, value in messages.items():
            # marshmallow tells faults of a mapping's entries as {'answers': {'H1': {'value': [...]}}}.
            if key == "_schema" or (key in ("key", "value") and "." in path):
                found |= flatten(value, path)
            else:
                found |= flatten(value, f"{path}.{key}" if path else str(key))
        return found
    said = [str(one) for one in messages] if isinstance(messages, list) else [str(messages)]
    return {path or "body": said}


def _database_away(_: Exception) -> Response:
    return problem(
        503,
        "The database is away for the moment; nothing was stored. Please send this again.",
        headers={"Retry-After": RETRY_AFTER_S},
    )


def _database_fault(error: DBAPIError) -> Response:
    return _database_away(error) if error.connection_invalidated else _our_fault(error)


def _our_fault(error: Exception) -> Response:
    cause = getattr(error, "original_exception", None) or error
    route = request.url_rule.rule if request.url_rule else "none"
    _log.error("unhandled", exc_info=(type(cause), cause, cause.__traceback__), extra={"route": route})
    return problem(500, "Something went wrong here. It is our fault, and it has been noted.")
