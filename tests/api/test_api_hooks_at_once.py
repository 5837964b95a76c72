"""The same reports in two posts at the same moment: both are answered 2xx, and each report is kept once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.settings import Settings
from tests.api.api_calls import count
from tests.api.hook_calls import Signer, event, hooked_app, send
from tests.support.ledger import put_client, put_letter

LETTERS = 150
ROUNDS = 6


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The key pair of these tests."""
    return Signer()


def letters(database: Database, secrets: Secrets) -> dict[UUID, str]:
    """Store letters to as many clients; return their ids and addresses."""
    with database.transaction() as session:
        now = database.now(session)
        stored = {}
        for number in range(LETTERS):
            address = f"reader-{number}@example.test"
            stored[put_letter(session, put_client(session, secrets, address), now).id] = address
    return stored


def reports(stored: dict[UUID, str], number: int) -> list[dict[str, Any]]:
    """Return what is told of these letters in one round: each is clicked, delivered and, later, bounces."""
    second = int(datetime.now(UTC).timestamp()) - 10_000 + number * 100
    kinds = (
        ("click", "delivered", "bounce", "unsubscribe") if number >= ROUNDS // 2 else ("click", "delivered")
    )
    return [
        event(event=kind, email=address, message_id=str(letter), timestamp=second + at, url="https://x.test/")
        for letter, address in stored.items()
        for at, kind in enumerate(kinds)
    ]


def test_two_posts_in_opposite_order_meet(
    app: Flask, settings: Settings, signer: Signer, database: Database, secrets: Secrets
) -> None:
    """Ordinary posts and such as close addresses wait for each other, and none ends in a deadlock."""
    web = hooked_app(app, settings, signer)
    stored = letters(database, secrets)
    together = Barrier(4)

    def deliver(body: bytes) -> int:
        http = web.test_client()
        together.wait()
        return send(http, signer, body).status_code

    expected = 0
    with ThreadPoolExecutor(4) as pool:
        for number in range(ROUNDS):
            told = reports(stored, number)
            expected += len(told)
            posts = [
                told,
                told[::-1],
                told[::2] + told[1::2],
                [one for one in told if one["event"] != "bounce"],
            ]
            answers = list(pool.map(deliver, [json.dumps(one).encode() for one in posts]))
            assert answers == [204] * 4
    assert count(database, tables.Receipt) == expected
    assert count(database, tables.Suppression) == 2 * LETTERS == count(database, tables.Event)
    with database.transaction() as session:
        fates = set(session.scalars(select(tables.Message.fate)))
        machines = set(session.scalars(select(tables.Receipt.machine).where(tables.Receipt.kind == "click")))
    assert fates == {"unsubscribed"}
    assert machines == {True, False}
