"""Who may come in, how often, and from which web page."""

import functools
import ipaddress
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from api import errors
from api.bodies import BodyFault, check_json
from api.house import here
from api.limits import RateLimits
from coaching.usecases.keys import KnownKey, Scope, find_key, origin_is_known

P = ParamSpec("P")
R = TypeVar("R")
_JSON_METHODS = frozenset({"POST", "PUT", "PATCH"})


def guard(app: Flask) -> None:
    """Check size and type of what programs send, and answer browsers that ask across origins."""
    app.before_request(_check_body)
    app.after_request(_cors)


def needs_key(*scopes: Scope) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let a view be called only with a key of one of these scopes, within its rate limit."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            return _refusal(scopes) or view(*args, **kwargs)

        # What flask-smorest reads to describe the view.
        said = getattr(view, "_apidoc", {})
        described = {**said.get("manual_doc", {}), "security": [{"key": []}]}
        guarded._apidoc = {**said, "manual_doc": described}  # type: ignore[attr-defined]
        return guarded

    return decorate


def current_key() -> KnownKey:
    """Return the key of this request."""
    return cast("KnownKey", g.api_key)


def actor() -> str:
    """Return who asks, as audit and facts name them."""
    return f"key:{current_key().id}"


def visitor_address() -> str:
    """Return the address that the request came from; proxies are believed only if they are trusted."""
    remote = request.remote_addr or "unknown"
    for hop in reversed([part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]):
        if not _is_trusted(remote) or not _is_address(hop):
            break
        remote = hop
    return remote


def too_many(limits_of: tuple[tuple[Any, str, str], ...]) -> int | None:
    """Count this request against each (limit, kind, who); return the seconds to wait if one is used up."""
    counter = cast("RateLimits", current_app.extensions["rate_limits"])
    for limit, kind, who in limits_of:
        wait = counter.hit(limit, kind, who)
        if wait is not None:
            return wait
    return None


def _refusal(scopes: tuple[Scope, ...]) -> Response | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    with here().database.transaction() as session:
        key = find_key(session, token.strip()) if kind.lower() == "bearer" else None
    if key is None:
        return errors.problem(
            401, "Send a valid API key: Authorization: Bearer wp_...", headers={"WWW-Authenticate": "Bearer"}
        )
    g.api_key = key
    if key.scope not in scopes:
        return errors.problem(403, f"This needs a key of scope {' or '.join(scopes)}.")
    if not _origin_allowed(key):
        return errors.problem(403, "This key may not be used from that web page.")
    wait = too_many(_limits_for(key))
    if wait is not None:
        return errors.problem(
            429, f"Too many requests; try again in {wait} seconds.", headers={"Retry-After": str(wait)}
        )
    return None


def _limits_for(key: KnownKey) -> tuple[tuple[Any, str, str], ...]:
    settings = here().settings
    if key.scope == "manage":
        return ((settings.rate_manage_per_key, "manage", str(key.id)),)
    return (
        (settings.rate_intake_per_address, "visitor", visitor_address()),
        (settings.rate_intake_per_key, "intake", str(key.id)),
    )


def _origin_allowed(key: KnownKey) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or origin in (here().settings.public_url, *key.origins)


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(
        ipaddress.ip_address(address) in network for network in here().settings.trusted_proxies
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_body() -> Response | None:
    if request.path.startswith("/hooks/"):
        request.max_content_length = errors.MOST_HOOK_BYTES + 1
    elif request.path.startswith("/intake/") and request.method == "POST":
        _limit_visitor()
    elif request.path.startswith("/v1/") and request.method == "OPTIONS":
        return _preflight()
    elif request.path.startswith("/v1/") and request.method in _JSON_METHODS:
        return _check_json()
    return None


def _check_json() -> Response | None:
    # A body without a stated length is cut at the limit instead of refused: its length tells.
    body = request.get_data()
    if len(body) > errors.MOST_BODY_BYTES:
        return errors.problem(413, f"A body may have up to {errors.MOST_BODY_BYTES} bytes.")
    if not body and not request.content_type:
        return None  # calls that can do with nothing take it, the others name what is missing
    if request.mimetype != "application/json":
        return errors.problem(415, "Send JSON, with Content-Type: application/json.")
    try:
        check_json(body)
    except BodyFault as fault:
        return errors.problem(400, "The body can't be read.", errors=fault.errors)
    return None


def _limit_visitor() -> None:
    """Count forms that are sent; turning pages stores nothing, and a whole office may share an address."""
    if request.form.get("step") != "about":
        return
    limit = here().settings.rate_intake_per_address
    wait = too_many(((limit, "form", visitor_address()),))
    if wait is not None:
        raise TooManyRequests(retry_after=wait)


def _preflight() -> Response | None:
    origin = request.headers.get("Origin")
    if origin is None or "Access-Control-Request-Method" not in request.headers:
        return None
    response = Response(status=204)
    with here().database.transaction() as session:
        known = origin.isascii() and origin.isprintable() and origin_is_known(session, origin)
    if known:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
        response.headers["Access-Control-Max-Age"] = "600"
    response.headers["Vary"] = "Origin"
    return response


def _cors(response: Response) -> Response:
    origin = request.headers.get("Origin")
    key: KnownKey | None = g.get("api_key")
    if origin is not None and key is not None and origin in key.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers.add("Vary", "Origin")
    return response
