"""Our own style, script and mark, at addresses that change with their content, so browsers may keep them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, make_response, url_for

_FOLDER = Path(__file__).parent.parent / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file with the first 16 hex digits of its SHA-256."""

    name: str
    kind: str
    body: bytes
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Read every file once; what isn't here is never served."""
    return {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS}


def address_of(name: str) -> str:
    """Return the address of one asset. KeyError if there is none."""
    return url_for("assets.asset", digest=assets()[name].digest, name=name)


@blueprint.get("/static/<digest>/<name>")
def asset(digest: str, name: str) -> Response:
    """Serve one file; an address of an earlier release gets today's file, not kept."""
    found = assets().get(name)
    if found is None:
        abort(404)
    response = make_response(found.body)
    response.content_type = f"{found.kind}; charset=utf-8"
    fresh = digest == found.digest
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A picture of ours, opened by itself, runs nothing either.
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(path.name, _KINDS[path.suffix], body, hashlib.sha256(body).hexdigest()[:16])
