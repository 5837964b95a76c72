"""From a submission to its accepted letter, on a system that is idle otherwise."""

import json
import math
import statistics
import time
import urllib.request
from dataclasses import dataclass

from sqlalchemy import text

from bench.stage import Stage, until
from coaching.usecases.keys import create_key

ANSWERS = {f"{letter}{number}": 4 for letter in "HSMPAIN" for number in range(1, 5)}
_ACCEPTED = text(
    """
    SELECT extract(epoch FROM batch.accepted_at)::float FROM message
    JOIN batch ON batch.id = message.batch_id WHERE message.recipient_id =
        (SELECT id FROM client WHERE email_key = :email) AND batch.state = 'accepted'
    """
)


@dataclass(frozen=True)
class FirstLetter:
    """Seconds from the request to the acceptance."""

    tries: int
    median_s: float
    p99_s: float


def run(one: Stage, tries: int) -> FirstLetter:
    """Submit one form after another, each when the letter about the one before has been accepted."""
    with one.database.transaction() as session:
        key = create_key(session, scope="intake", now=one.database.now(session))
    times = sorted(_one(one, key, number) for number in range(tries))
    return FirstLetter(tries, statistics.median(times), times[math.ceil(tries * 0.99) - 1])


def _one(one: Stage, key: str, number: int) -> float:
    email = f"first{number}@example.test"
    body = {
        "instrument": "job-career",
        "client": {"email": email, "name": "Ana", "time_zone": "Europe/Paris"},
        "answers": ANSWERS,
        "consent": {"profiling": True, "email": True, "text_version": "2026-11"},
    }
    request = urllib.request.Request(
        f"{one.web}/v1/assessments",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    began = time.time()
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
    accepted: list[float] = []

    def has_come() -> bool:
        with one.database.transaction() as session:
            at = session.scalar(_ACCEPTED, {"email": email})
        if at is not None:
            accepted.append(at)
        return bool(accepted)

    until(has_come, "the letter")
    return accepted[0] - began
