"""How the tests of the webhook sign and send reports, as SendGrid does."""

import base64
import json
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from coaching.adapters.webhook_check import SIGNATURE, TIMESTAMP
from coaching.settings import Settings

PATH = "/hooks/sendgrid/events"


class Signer:
    """Signs as SendGrid does."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """The public half as SendGrid hands it out."""
        shape = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(
            self._key.public_key().public_bytes(serialization.Encoding.DER, shape)
        ).decode()

    def headers(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Return the two headers that go with a body."""
        stamp = str(int(at if at is not None else time.time()))
        signed = self._key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signed).decode(), TIMESTAMP: stamp}


def hooked_app(app: Flask, settings: Settings, signer: Signer, **changes: Any) -> Flask:
    """Return an application that knows the public key; `changes` replace parts of its house."""
    known = replace(settings, sendgrid_webhook_public_key=signer.public)
    return create_app(known, replace(app.extensions["waypoint"], settings=known, **changes))


def event(**given: Any) -> dict[str, Any]:
    """Return a report of a delivered letter, but for what is given."""
    return {
        "email": "ana@example.test",
        "event": "delivered",
        "timestamp": 1_790_000_000,
        "message_id": str(uuid4()),
        "sg_event_id": str(uuid4()),
        **given,
    }


def events(**given: Any) -> bytes:
    """Return a body with one report."""
    return json.dumps([event(**given)]).encode()


def post(http: FlaskClient, body: bytes, headers: dict[str, str]) -> TestResponse:
    """Send a report."""
    return http.post(PATH, data=body, content_type="application/json", headers=headers)


def send(http: FlaskClient, signer: Signer, body: bytes) -> TestResponse:
    """Sign and send a report."""
    return post(http, body, signer.headers(body))
