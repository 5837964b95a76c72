"""Receipts a second through the real web server, signatures checked, in posts of 500."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import urllib3
from sqlalchemy import text

from bench.stage import Stage, settle_down
from coaching.adapters.webhook_check import SIGNATURE, TIMESTAMP
from sandbox.signing import SigningKey

POST = 500
CONNECTIONS = 4
_SENT = text(
    """
    SELECT message.id, attempt.id, client.email FROM message
    JOIN attempt ON attempt.batch_id = message.batch_id
    JOIN client ON client.id = message.recipient_id
    WHERE message.state = 'queued' LIMIT :number
    """
)
_REFERENCE = text(
    """
    INSERT INTO receipt (message_id, attempt_id, address_hash, kind, at, detail)
    SELECT message.id, attempt.id, sha256(convert_to(message.id::text, 'UTF8')), kind, now(), '{}'
    FROM (SELECT id, batch_id FROM message WHERE state = 'queued' LIMIT :number) AS message
    JOIN attempt ON attempt.batch_id = message.batch_id
    CROSS JOIN unnest(ARRAY['processed', 'delivered']) AS kind
    """
)


@dataclass(frozen=True)
class Receipts:
    """Receipts a second, ours and of a plain INSERT ... SELECT of as many rows."""

    receipts: int
    rate: float
    reference_rate: float


def run(one: Stage, key: SigningKey, letters: int) -> Receipts:
    """Report 'processed' and 'delivered' of so many letters that a campaign has sent."""
    reference = _reference(one, letters)
    posts = list(_posts(one, letters))
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        http = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)
        began = time.perf_counter()
        answers = list(connections.map(lambda body: _post(http, one, key, body), posts))
        seconds = time.perf_counter() - began
    if set(answers) != {204}:
        raise AssertionError(f"the webhook answered {sorted(set(answers))}")
    with one.database.transaction() as session:
        recorded = session.scalar(text("SELECT count(*) FROM receipt")) or 0
    if recorded != 2 * letters:
        raise AssertionError(f"{2 * letters} receipts were reported, {recorded} are there")
    return Receipts(recorded, recorded / seconds, reference)


def _reference(one: Stage, letters: int) -> float:
    with one.database.transaction() as session:
        began = time.perf_counter()
        session.execute(_REFERENCE, {"number": letters})
        seconds = time.perf_counter() - began
    with one.database.transaction() as session:
        session.execute(text("TRUNCATE receipt"))
    settle_down(one)
    return 2 * letters / seconds


def _posts(one: Stage, letters: int) -> Iterator[bytes]:
    with one.database.transaction() as session:
        rows = session.execute(_SENT, {"number": letters}).all()
    events = [
        {
            "event": kind,
            "timestamp": int(time.time()),
            "email": email,
            "message_id": str(message_id),
            "attempt_id": str(attempt_id),
            "sg_event_id": f"{kind}-{message_id}",
            "sg_message_id": f"bench-{message_id}",
            "smtp-id": f"<{message_id}@bench>",
            "category": ["campaign"],
            **({"response": "250 OK"} if kind == "delivered" else {}),
        }
        for message_id, attempt_id, email in rows
        for kind in ("processed", "delivered")
    ]
    for start in range(0, len(events), POST):
        yield json.dumps(events[start : start + POST]).encode()


def _post(http: urllib3.PoolManager, one: Stage, key: SigningKey, body: bytes) -> int:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: key.sign(timestamp, body),
        TIMESTAMP: timestamp,
    }
    answer = http.request("POST", f"{one.web}/hooks/sendgrid/events", body=body, headers=headers)
    return answer.status
