"""POST /hooks/sendgrid/events: only what SendGrid signed, once, and 2xx only when it is recorded."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api import create_app
from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.webhook_check import PAUSE_S, SIGNATURE, TIMESTAMP, KeyAway, WebhookCheck, is_recent
from coaching.settings import Settings
from tests.api.api_calls import count, errors_of
from tests.api.hook_calls import Signer, events, hooked_app, post, send


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The key pair of these tests."""
    return Signer()


@pytest.fixture
def hooked(app: Flask, settings: Settings, signer: Signer) -> FlaskClient:
    """A client of an application that knows the public key."""
    return hooked_app(app, settings, signer).test_client()


def test_a_signed_report_is_recorded(hooked: FlaskClient, signer: Signer, database: Database) -> None:
    """204, and the receipt is there."""
    body = events()
    assert send(hooked, signer, body).status_code == 204
    assert count(database, tables.Receipt) == 1


def test_a_repeated_report_is_recorded_once(hooked: FlaskClient, signer: Signer, database: Database) -> None:
    """SendGrid repeats reports, with event ids of its own; each is answered 2xx and kept once."""
    message = str(uuid4())
    for body in (events(message_id=message), events(message_id=message)):
        assert send(hooked, signer, body).status_code == 204
    assert count(database, tables.Receipt) == 1


def _forged(signer: Signer, body: bytes) -> dict[str, str]:
    return Signer().headers(body)


def _other_body(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body + b" ")


def _other_time(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {TIMESTAMP: str(int(time.time()) - 60)}


def _old(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body, time.time() - 26 * 3600)


def _ahead(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body, time.time() + 3600)


def _malformed(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {SIGNATURE: "not base64 !"}


def _short(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {SIGNATURE: "AAAA"}


def _foreign(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {SIGNATURE: "sign\u00e9"}


def _foreign_time(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {TIMESTAMP: "17900\u00b2"}


def _strange_time(signer: Signer, body: bytes) -> dict[str, str]:
    return signer.headers(body) | {TIMESTAMP: "yesterday"}


def _none(signer: Signer, body: bytes) -> dict[str, str]:
    return {}


@pytest.mark.parametrize(
    "sign",
    [
        _forged,
        _other_body,
        _other_time,
        _old,
        _ahead,
        _malformed,
        _short,
        _strange_time,
        _foreign,
        _foreign_time,
        _none,
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(
    hooked: FlaskClient,
    signer: Signer,
    database: Database,
    sign: Callable[[Signer, bytes], dict[str, str]],
) -> None:
    """Forged, altered, old, malformed and missing signatures all answer 401, and nothing is stored."""
    body = events()
    errors_of(post(hooked, body, sign(signer, body)), 401)
    assert count(database, tables.Receipt, tables.Heartbeat) == 0


@pytest.mark.parametrize("body", [b"[", b"\xff\xfe", b"[" * 50_000])
def test_a_signed_body_that_is_no_json_never_falls_over(
    hooked: FlaskClient, signer: Signer, body: bytes
) -> None:
    """What can't be read is refused, not an error of ours."""
    assert send(hooked, signer, body).status_code in {400, 401}


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"[7, null, {}]", events(timestamp="soon"), events(event=None)]
)
def test_reports_nobody_understands_are_passed_over(
    hooked: FlaskClient, signer: Signer, database: Database, body: bytes
) -> None:
    """SendGrid is told that they arrived, or it would repeat them for a day."""
    assert send(hooked, signer, body).status_code == 204
    assert count(database, tables.Receipt) == 0


def uncertain_batch(database: Database) -> tuple[UUID, UUID]:
    """Store a batch whose request ended without an answer; return its id and the attempt's."""
    with database.transaction() as session:
        batch = tables.Batch(template="report", sender="s", family="transactional", state="uncertain", size=1)
        batch.not_before = datetime.now(UTC)
        session.add(batch)
        session.flush()
        attempt = tables.Attempt(batch_id=batch.id, number=1, template_version="v", size=1, outcome="unknown")
        attempt.started_at = datetime.now(UTC)
        session.add(attempt)
        session.flush()
        return batch.id, attempt.id


def test_a_report_settles_an_uncertain_batch(hooked: FlaskClient, signer: Signer, database: Database) -> None:
    """A receipt that names the attempt proves that SendGrid had taken it."""
    batch_id, attempt_id = uncertain_batch(database)
    body = events(attempt_id=str(attempt_id), event="processed")
    assert send(hooked, signer, body).status_code == 204
    with database.transaction() as session:
        assert session.scalar(select(tables.Batch.state).where(tables.Batch.id == batch_id)) == "accepted"


class Host:
    """A mail host that gives out the public key of its signer, which can change."""

    def __init__(self) -> None:
        self.signer = Signer()
        self.asked = 0
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked += 1
                body = json.dumps({"public_key": host.signer.public}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_a_new_key_is_fetched_when_the_old_one_fits_no_more() -> None:
    """A sandbox that was started afresh signs with a new key; forged reports don't make us ask for ever."""
    host, at, body = Host(), [100.0], events()
    try:
        check = WebhookCheck(None, host.address, "SG.x", clock=lambda: at[0])

        def genuine(signer: Signer) -> bool:
            headers = signer.headers(body)
            return check.is_signed(body, headers[SIGNATURE], headers[TIMESTAMP])

        assert genuine(host.signer)
        assert host.asked == 1
        host.signer = Signer()
        assert not genuine(host.signer)
        at[0] += PAUSE_S
        assert genuine(host.signer)
        assert host.asked == 2
        assert not any(genuine(Signer()) for _ in range(3))
        assert host.asked == 2
    finally:
        host.close()


def test_a_key_that_is_set_is_never_asked_for() -> None:
    """With a key of one's own, a forged report costs no request."""
    headers = Signer().headers(b"[]")
    check = WebhookCheck(Signer().public, "http://127.0.0.1:9", "SG.x")
    assert not check.is_signed(b"[]", headers[SIGNATURE], headers[TIMESTAMP])


def test_without_any_key_the_report_has_to_come_again(app: Flask, settings: Settings, signer: Signer) -> None:
    """While the mail host is away nothing can be checked: 503, so that SendGrid repeats it."""
    away = replace(settings, sendgrid_host="http://127.0.0.1:9", sendgrid_webhook_public_key=None)
    http = create_app(away, replace(app.extensions["waypoint"], settings=away)).test_client()
    response = post(http, b"[]", signer.headers(b"[]"))
    errors_of(response, 503)
    assert response.headers["Retry-After"]
    check = WebhookCheck(None, "http://127.0.0.1:9", "SG.x")
    headers = signer.headers(b"[]")
    with pytest.raises(KeyAway):
        check.is_signed(b"[]", headers[SIGNATURE], headers[TIMESTAMP])


def _no_p256(
    shape: serialization.PublicFormat = serialization.PublicFormat.SubjectPublicKeyInfo,
) -> list[str]:
    made = (ed25519.Ed25519PrivateKey.generate(), x25519.X25519PrivateKey.generate())
    return [
        base64.b64encode(one.public_key().public_bytes(serialization.Encoding.DER, shape)).decode()
        for one in made
    ]


@pytest.mark.parametrize(
    "key",
    ["x", "AAAA", "\u00e9", *_no_p256()],
    ids=["a letter", "too short", "no base64", "to sign with", "to exchange with"],
)
def test_a_key_of_no_use_fits_nothing(key: str) -> None:
    """A malformed key, or one of another kind, refuses every report and never falls over."""
    headers = Signer().headers(b"[]")
    check = WebhookCheck(key, "http://127.0.0.1:9", "SG.x")
    assert not check.is_signed(b"[]", headers[SIGNATURE], headers[TIMESTAMP])


@pytest.mark.parametrize(("hours", "recent"), [(-1, False), (0, True), (24, True), (25.1, False)])
def test_a_report_may_be_a_day_old(hours: float, recent: bool) -> None:
    """SendGrid repeats for a day, perhaps with its first signature; older ones are a stranger's replay."""
    now = datetime.now(UTC)
    assert is_recent(str(int(now.timestamp() - hours * 3600)), now=now) is recent
