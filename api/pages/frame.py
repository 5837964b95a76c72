"""What every page has in common: how it is rendered, what a browser may do with it, how it moves on."""

from collections.abc import Sequence
from enum import Enum

from flask import Response, make_response, redirect, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.house import here
from coaching.settings import TEMPLATES

TEMPLATE_FOLDER = TEMPLATES / "web"
LARGEST_FORM = 64 * 1024  # bytes; a full form with the longest question stays well under half of it
RETRY_AFTER_S = 30  # long enough for a database to come back, short enough to stay and wait

# What it looks like when PostgreSQL is away, starting, or has no connection free.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class Keep(Enum):
    """How carefully a page is kept from caches, search engines and the next site's referrer."""

    OPEN = "open"
    FORM = "form"
    TOKEN = "token"  # noqa: S105  (a kind of page, not a secret)
    CONSOLE = "console"


_CACHE = {
    Keep.OPEN: "no-cache",
    # Not no-store: a browser's Back then still shows the form as it was filled in.
    Keep.FORM: "private, no-cache",
    Keep.TOKEN: "no-store",
    Keep.CONSOLE: "no-store",
}


def show(template: str, *, keep: Keep = Keep.OPEN, status: int = 200, **values: object) -> Response:
    """Render a page in the house's frame. Templates get `firm`, `postal_address` and `noindex` besides."""
    settings = here().settings
    html = render_template(
        template,
        firm=settings.firm_name,
        postal_address=settings.mail_postal_address,
        noindex=keep in {Keep.TOKEN, Keep.CONSOLE},
        **values,
    )
    return guarded(make_response(html, status), keep)


def go(location: str, *, keep: Keep = Keep.TOKEN) -> Response:
    """Answer a POST by sending the browser to a page of ours, with a GET."""
    response = make_response(redirect(location, 303))
    return guarded(response, keep)


def guarded(response: Response, keep: Keep) -> Response:
    """Add the security headers of a page. The form's own pages may stand in the firm's other sites."""
    embedders = here().settings.embed_origins if request.path.startswith("/intake/") else ()
    response.headers["Content-Security-Policy"] = content_security_policy(embedders)
    if not embedders:
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    response.headers["Cache-Control"] = _CACHE[keep]
    # With no-referrer a browser sends 'Origin: null' on POST; the console needs the true one to check it.
    response.headers["Referrer-Policy"] = "no-referrer" if keep is Keep.TOKEN else "same-origin"
    if keep in {Keep.TOKEN, Keep.CONSOLE}:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def content_security_policy(embedders: Sequence[str] = ()) -> str:
    """Return a policy under which only our own files load, and only these origins may frame the page."""
    ancestors = " ".join(("'self'", *embedders)) if embedders else "'none'"
    return (
        "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; img-src 'self'; "
        f"script-src 'self'; style-src 'self'; frame-ancestors {ancestors}"
    )


def keep_forms_small() -> None:
    """Refuse a body far beyond what any form of ours sends (413)."""
    request.max_content_length = LARGEST_FORM
