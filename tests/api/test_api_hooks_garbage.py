"""Genuine posts with garbage in them: what can be read is recorded, and nothing falls over."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.settings import Settings
from tests.api.api_calls import count, errors_of
from tests.api.hook_calls import Signer, event, events, hooked_app, send

DEEP: Any = json.loads("[" * 400 + "]" * 400)
GARBAGE: list[object] = [
    0,
    -1.5,
    None,
    True,
    "delivered",
    [],
    [[event()]],
    {},
    DEEP,
    event(timestamp=10**300),
    event(timestamp=-(10**300)),
    event(timestamp=-62_135_596_800),
    event(timestamp="1790000000"),
    event(timestamp={"at": 1}),
    event(event=["delivered"]),
    event(event="deli\0vered"),
    event(event=""),
]
STRANGE: list[dict[str, Any]] = [
    event(message_id=7, attempt_id=None),
    event(event="deferred", message_id="\0", attempt_id=DEEP),
    event(email=None),
    event(email={"a": "b"}),
    event(email="\0" * 1000),
    event(event="click", url=DEEP),
    event(event="click", url="\ud800\0"),
    event(event="open", useragent=DEEP, sg_machine_open="yes"),
    event(event="bounce", type=DEEP, reason=["a"]),
    event(event="bounce", email=None, message_id=None, type="\0"),
    event(event="dropped", reason=10**3000),
    event(event="x" * 40, response="\ud800" * 10_000),
]


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The key pair of these tests."""
    return Signer()


@pytest.fixture
def hooked(app: Flask, settings: Settings, signer: Signer) -> FlaskClient:
    """A client of an application that knows the public key."""
    return hooked_app(app, settings, signer).test_client()


def test_garbage_holds_up_nothing(hooked: FlaskClient, signer: Signer, database: Database) -> None:
    """What cannot be read is passed over, the strange is kept as far as it can be, the rest is recorded."""
    body = json.dumps([*GARBAGE, *STRANGE, event(), *GARBAGE]).encode()
    assert send(hooked, signer, body).status_code == 204
    assert count(database, tables.Receipt) == len(STRANGE) + 1
    assert count(database, tables.Suppression) == 1  # the bounce that has an address


@pytest.mark.parametrize("body", [b"[" * 100_000, b'[{"timestamp": ' + b"9" * 5000 + b"}]", b"[1", b"\0"])
def test_what_is_no_json_is_refused(hooked: FlaskClient, signer: Signer, body: bytes) -> None:
    """Signed, and yet nothing that can be read: 400, never an error of ours."""
    errors_of(send(hooked, signer, body), 400)


def test_five_thousand_reports_fit_in_one_post(
    hooked: FlaskClient, signer: Signer, database: Database
) -> None:
    """However many come at once, each is recorded, with every other one closing an address."""
    many = [
        event(
            event=("bounce", "delivered")[number % 2], email=f"{number}@example.test", attempt_id=str(number)
        )
        for number in range(5000)
    ]
    assert send(hooked, signer, json.dumps(many).encode()).status_code == 204
    assert count(database, tables.Receipt) == 5000
    assert count(database, tables.Suppression) == 2500


def test_the_same_report_many_times_in_one_post_is_one(
    hooked: FlaskClient, signer: Signer, database: Database
) -> None:
    """Repeats inside a post are no more than one receipt."""
    assert send(hooked, signer, json.dumps([event(message_id=None)] * 300).encode()).status_code == 204
    assert count(database, tables.Receipt) == 1


def test_nothing_of_a_reader_is_stored(hooked: FlaskClient, signer: Signer, database: Database) -> None:
    """Neither address nor link nor network address is found in the receipt."""
    body = events(event="click", url="https://firm.test/act/secret", ip="192.0.2.7", useragent="Mozilla/5.0")
    assert send(hooked, signer, body).status_code == 204
    with database.transaction() as session:
        row = session.scalars(select(tables.Receipt)).one()
    kept = str(vars(row))
    assert row.detail == {"useragent": "Mozilla/5.0"}
    assert not any(word in kept for word in ("ana@", "secret", "192.0.2.7"))


def test_while_the_database_is_away_the_report_has_to_come_again(
    app: Flask, settings: Settings, signer: Signer, database: Database
) -> None:
    """503, so that SendGrid repeats it; a forged one is refused all the same."""
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    http = hooked_app(app, settings, signer, database=away).test_client()
    body = events()
    answer = send(http, signer, body)
    errors_of(answer, 503)
    assert answer.headers["Retry-After"]
    errors_of(send(http, Signer(), body), 401)
    away.close()
