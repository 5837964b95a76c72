"""What the sandbox's tests share: a plain request, a webhook that listens, a real server process."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.app import create_app
from sandbox.options import Options
from sandbox.store import AcceptedMail, accept

ROOT = Path(__file__).resolve().parents[2]
KEY = "SG.test"
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
PATIENCE_S = 20.0


def mail(to: str = "ana@example.test", **changes: Any) -> dict[str, Any]:
    """A request that SendGrid would accept, with some of its fields changed."""
    return {
        "personalizations": [{"to": [{"email": to}]}],
        "from": {"email": "coach@firm.example.test", "name": "The firm"},
        "subject": "Your week",
        "content": [
            {"type": "text/plain", "value": "Hello"},
            {"type": "text/html", "value": "<p>Hello</p>"},
        ],
        **changes,
    }


def many(count: int, **each: Any) -> dict[str, Any]:
    """A request to so many people, `c0@example.test` and so on, each with message_id `m0` and so on."""
    personalizations = [
        {"to": [{"email": f"c{n}@example.test"}], "custom_args": {"message_id": f"m{n}"}, **each}
        for n in range(count)
    ]
    return mail(personalizations=personalizations)


def accepted(mail_id: str, *addresses: str, size: int = 0) -> AcceptedMail:
    """A stored request to these addresses, each in a personalization of its own."""
    personalizations = [{"to": [{"email": address}]} for address in addresses]
    body = json.dumps(mail(personalizations=personalizations)).encode() + b" " * size
    recipients = list(enumerate(addresses))
    return accept(mail_id, body, recipients, [f"{mail_id}-{n}" for n, _ in recipients], at=NOW)


def new_app(**options: Any) -> Flask:
    """A sandbox app with a key and no webhook, unless told otherwise."""
    return create_app(Options(**{"api_key": KEY, **options}))


def post_mail(client: FlaskClient, body: Any, *, key: str = KEY) -> TestResponse:
    """Send as SendGrid's client does."""
    return client.post("/v3/mail/send", json=body, headers={"Authorization": f"Bearer {key}"})


@dataclass
class Received:
    """One post to the webhook, as its raw bytes."""

    body: bytes
    signature: str
    timestamp: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in it."""
        events: list[dict[str, Any]] = json.loads(self.body)
        return events


@dataclass
class Receiver:
    """A webhook that answers with `statuses` one by one, and with 204 when they are used up."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    posts: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event received so far, in order."""
        return [event for post in self.posts for event in post.events]

    def kinds(self, address: str) -> list[str]:
        """The kinds of events about an address, in order."""
        return [event["event"] for event in self.events if event["email"] == address]

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until the condition holds after some post."""
        with self.changed:
            assert self.changed.wait_for(condition, timeout=PATIENCE_S), self.events


@contextmanager
def receiver(*statuses: int) -> Iterator[Receiver]:
    """A webhook on a free port of this machine; its path is the one the sandbox posts to."""
    state = Receiver(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with state.changed:
                status = state.statuses.pop(0) if state.statuses else 204
                state.posts.append(
                    Received(
                        body,
                        self.headers["X-Twilio-Email-Event-Webhook-Signature"],
                        self.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
                    )
                )
                state.changed.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def until(condition: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """Look again and again until the condition holds."""
    end, pause = time.monotonic() + patience_s, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it never happened"
        pause.wait(0.02)


class Server:
    """A sandbox served by Granian in a process of its own."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = process
        self.http = urllib3.PoolManager(retries=False, timeout=30)

    def answers(self) -> bool:
        """Whether it is up."""
        assert self.process.poll() is None, "the sandbox ended"
        try:
            return self.http.request("GET", f"{self.url}/sandbox/stats").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def send(self, body: Any) -> urllib3.BaseHTTPResponse:
        """Post to mail send."""
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        return self.http.request("POST", f"{self.url}/v3/mail/send", body=json.dumps(body), headers=headers)

    def post(self, path: str, body: Any) -> urllib3.BaseHTTPResponse:
        """Post JSON to the sandbox's own paths."""
        return self.http.request("POST", f"{self.url}{path}", body=json.dumps(body))

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self.http.request("GET", f"{self.url}{path}").json()

    def stop(self) -> None:
        """SIGTERM to Granian, which ends its worker, then wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE_S)
        self.http.clear()


@contextmanager
def server(log: Path, **environ: str) -> Iterator[Server]:
    """A running sandbox with these variables set; killed with its worker if the test leaves it running."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
    command += ["--blocking-threads", "4", "--port", str(port), "sandbox.wsgi:app"]
    variables = {**os.environ, "SANDBOX_API_KEY": KEY, **environ}
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=out, stderr=out, start_new_session=True
        )
    running = Server(port, process)
    try:
        until(running.answers)
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        running.http.clear()
