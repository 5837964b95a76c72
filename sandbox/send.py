"""SendGrid's own doors: mail send, the public key of the webhook, the scopes of a key."""

import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from sandbox.events import Report
from sandbox.messages import arguments
from sandbox.personalizations import Recipient
from sandbox.refusals import INVALID_KEY, error_body, refused_as_wished
from sandbox.state import Sandbox, the_sandbox
from sandbox.store import accept
from sandbox.validation import MailError, check_mail

REQUESTS_PER_PERIOD = 10_000
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
LARGEST_REQUEST = 30 * 1024 * 1024

doors = Blueprint("send", __name__, url_prefix="/v3")
log = logging.getLogger(__name__)


class RequestError(Exception):
    """The request as a whole is refused with this status and SendGrid's error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(message)


def answer(status: int, body: object = None) -> Response:
    """An answer with SendGrid's rate-limit headers; no body stays none."""
    text = "" if body is None else json.dumps(body)
    response = Response(text, status=status, mimetype="application/json")
    if body is None:
        del response.headers["Content-Type"]
    exhausted = status == HTTPStatus.TOO_MANY_REQUESTS
    response.headers["X-RateLimit-Limit"] = str(REQUESTS_PER_PERIOD)
    response.headers["X-RateLimit-Remaining"] = str(0 if exhausted else REQUESTS_PER_PERIOD - 1)
    # A whole second, one to two ahead.
    response.headers["X-RateLimit-Reset"] = str(int(time.time()) + 2)
    return response


@doors.errorhandler(RequestError)
def _refused(error: RequestError) -> Response:
    return answer(error.status, error.body)


@doors.errorhandler(MailError)
def _mail_refused(error: MailError) -> Response:
    return answer(HTTPStatus.BAD_REQUEST, {"errors": error.errors})


@doors.before_request
def _check_key() -> None:
    sandbox = the_sandbox()
    if request.path == "/v3/mail/send":
        sandbox.store.count_request()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    wanted = sandbox.options.api_key
    accepted = hmac.compare_digest(key.encode(), wanted.encode()) if wanted else bool(key.strip())
    if scheme.lower() != "bearer" or not accepted:
        raise RequestError(HTTPStatus.UNAUTHORIZED, INVALID_KEY)


@doors.post("/mail/send")
def send_mail() -> Response:
    """Accept a letter for up to 1,000 people, or say what is wrong with it."""
    sandbox = the_sandbox()
    refusal = sandbox.faults.take_refusal()
    response = answer(refusal.status, refused_as_wished(refusal)) if refusal else _accept(sandbox)
    if delay_ms := sandbox.faults.plan.delay_ms:
        time.sleep(delay_ms / 1000)
    return response


def _accept(sandbox: Sandbox) -> Response:
    body = _body()
    parsed = _parse(body)
    now = datetime.now(UTC)
    checked = check_mail(parsed, now=now.timestamp())
    if checked.one_address_twice:
        log.warning("one request holds the same address in two personalizations; both get a letter")
    _refuse_addresses(sandbox.faults.plan.refuse, checked.recipients)
    mail_id = secrets.token_urlsafe(16)
    if checked.only_checked:
        return _accepted(HTTPStatus.OK, mail_id)
    merged = [arguments(parsed, index) for index in range(len(parsed["personalizations"]))]
    message_ids = [values.get("message_id") for values in merged]
    sandbox.store.add(accept(mail_id, body, checked.recipients, message_ids, at=now))
    if sandbox.courier:
        recipients = json.dumps(
            [
                (position, address, merged[index])
                for position, (index, address) in enumerate(checked.recipients)
            ]
        )
        sandbox.courier.add(Report(mail_id, int(now.timestamp()), parsed.get("categories", []), recipients))
    if sandbox.faults.take_drop():
        return _cut()
    return _accepted(HTTPStatus.ACCEPTED, mail_id)


def _refuse_addresses(part: str, recipients: list[Recipient]) -> None:
    """Refuse, without a word about whom, a request in which an address holds the wished-for part."""
    if part and any(part in address.lower() for _, address in recipients):
        raise RequestError(HTTPStatus.BAD_REQUEST, "Bad Request")


def _accepted(status: int, mail_id: str) -> Response:
    response = answer(status)
    response.headers["X-Message-Id"] = mail_id
    return response


def _body() -> bytes:
    if request.mimetype != "application/json":
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type should be application/json.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Compressed bodies have to be agreed with SendGrid first."
        )
    body = request.get_data(cache=False)
    if len(body) >= LARGEST_REQUEST:  # a body without a stated length is read only so far
        raise RequestEntityTooLarge
    return body


def _parse(body: bytes) -> Any:
    try:
        parsed = json.loads(body.decode(), parse_constant=_no_constant)
        if SURROGATE.search(body):  # half a character can be written as an escape, but is no text
            json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeError:
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Invalid UTF8 in request") from None
    except (ValueError, RecursionError):
        raise RequestError(HTTPStatus.BAD_REQUEST, "Bad Request") from None
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _NothingComes(Iterator[bytes]):
    def __next__(self) -> bytes:
        raise ConnectionAbortedError("cut after accepting, as asked for through /sandbox/faults")


def _cut() -> Response:
    """An answer that can't be written, so that Granian closes the connection without a byte of it.

    Its HTTP library gives up on a length beside chunks. Were it ever to write them, the body still never
    comes, and whoever reads the answer sees it cut.
    """
    response = Response(_NothingComes(), status=HTTPStatus.ACCEPTED)
    response.headers["Transfer-Encoding"] = "chunked"
    response.headers["Content-Length"] = "1"
    return response


@doors.get("/scopes")
def scopes() -> Response:
    """What the key may do."""
    return answer(HTTPStatus.OK, {"scopes": ["mail.send"]})


@doors.get("/user/webhooks/event/settings/signed")
def signed_webhook() -> Response:
    """The public key that event webhooks are checked with."""
    return answer(HTTPStatus.OK, {"public_key": the_sandbox().options.signing_key.public_key})
