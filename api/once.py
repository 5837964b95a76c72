"""Runs the work of a POST in one transaction, and only once for an Idempotency-Key."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, jsonify, make_response, request
from sqlalchemy.orm import Session

from api.access import current_key
from api.house import here
from coaching.domain.errors import Refused
from coaching.usecases.idempotency import LONGEST_KEY, KeptAnswer, begin, finish

HEADER = "Idempotency-Key"
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    "description": "Any text of your own; the same key and body get the same answer for 24 hours.",
}


def answer_once(work: Callable[[Session, datetime], dict[str, Any]], status: int) -> Response:
    """Do the work in one transaction with its answer kept beside it, or return the answer kept before.

    `work` returns plain JSON values.
    """
    response, status = _run(work, status)
    return make_response(jsonify(response), status)


def _run(work: Callable[[Session, datetime], dict[str, Any]], status: int) -> tuple[dict[str, Any], int]:
    database, key = here().database, _key()
    with database.transaction() as session:
        now = database.now(session)
        if key is None:
            return work(session, now), status
        kept = begin(session, current_key().id, key, _request_hash(), now=now)
        if kept is not None:
            return kept.response, kept.status
        response = work(session, now)
        finish(session, current_key().id, key, KeptAnswer(status, response))
        return response, status


def _key() -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Refused({HEADER: [f"Send 1 to {LONGEST_KEY} plain characters."]})
    return key


def _request_hash() -> bytes:
    asked = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(asked + request.get_data()).digest()
