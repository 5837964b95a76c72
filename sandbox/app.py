"""Puts the sandbox together: SendGrid's doors, its own JSON, and the mailbox page."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from sandbox.control import control
from sandbox.faults import Faults
from sandbox.keeping import Keeper
from sandbox.mailbox import mailbox
from sandbox.options import Options
from sandbox.refusals import error_body
from sandbox.send import LARGEST_REQUEST, answer, doors
from sandbox.state import Sandbox
from sandbox.store import Store
from sandbox.webhook import Courier

# Letters are shown in a frame with a stricter policy of their own.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(options: Options) -> Flask:
    """A sandbox; what SANDBOX_STORE holds is read at once."""
    app = Flask("sandbox")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["sandbox"] = _sandbox(options)
    for blueprint in (doors, control, mailbox):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _failed)
    app.before_request(_refuse_other_sites)
    app.after_request(_harden)
    return app


def _sandbox(options: Options) -> Sandbox:
    store, faults = Store(options.keep), Faults()
    if options.store:
        keeper = Keeper(options.store, store)
        keeper.load()
        keeper.start()
    courier = Courier(options.webhook_url, options.signing_key, faults) if options.webhook_url else None
    return Sandbox(options, store, faults, courier)


def _failed(error: HTTPException) -> Response | tuple[Response | str, int]:
    status = error.code or 500
    if request.path.startswith("/v3/"):
        return answer(status, error_body((error.name or "").lower()))
    if request.path.startswith("/sandbox/"):
        return jsonify({"error": error.description}), status
    return render_template("failed.html", status=status), status


def _refuse_other_sites() -> None:
    """A page of another site must not empty the mailbox or set faults through someone's browser."""
    origin = request.headers.get("Origin")
    if origin and request.method not in ("GET", "HEAD") and urlsplit(origin).netloc != request.host:
        abort(403, "Only this site's own pages may do that from a browser.")


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
