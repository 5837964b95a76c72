"""Idempotency-Key: a request that is sent twice happens once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coaching.adapters import tables
from coaching.adapters.database import Database
from tests.api.api_calls import count, errors_of, form, nothing_stored, send

ONCE = {"Idempotency-Key": "form-1"}
THREADS = 50


def test_a_repeat_gets_the_first_answer(http: FlaskClient, intake_key: str, database: Database) -> None:
    """The same key and body answer alike, and only one form is stored."""
    first = send(http, intake_key, form(), headers=ONCE)
    again = send(http, intake_key, form(), headers=ONCE)
    assert (again.status_code, again.get_json()) == (202, first.get_json())
    assert count(database, tables.Submission) == 1


def test_a_repeat_with_another_body_is_refused(
    http: FlaskClient, intake_key: str, database: Database
) -> None:
    """The same key with another body is a mistake that is told, not guessed about."""
    send(http, intake_key, form(), headers=ONCE)
    errors = errors_of(send(http, intake_key, form("answers.H1", 1), headers=ONCE), 422)
    assert "Idempotency-Key" in errors
    assert count(database, tables.Submission) == 1


def test_a_refused_request_leaves_its_key_free(http: FlaskClient, intake_key: str) -> None:
    """Whoever mends a refused form may send it with the same key."""
    assert send(http, intake_key, form("answers.H1", 9), headers=ONCE).status_code == 422
    assert send(http, intake_key, form(), headers=ONCE).status_code == 202


def test_keys_of_two_programs_do_not_meet(
    http: FlaskClient, intake_key: str, manage_key: str, database: Database
) -> None:
    """The key is the caller's own: another API key may use the same words."""
    one = send(http, intake_key, form(), headers=ONCE).get_json()
    two = send(http, manage_key, form(), headers=ONCE).get_json()
    assert one["id"] != two["id"]
    assert count(database, tables.Submission) == 2


def test_a_request_under_way_is_not_started_twice(
    http: FlaskClient, intake_key: str, database: Database
) -> None:
    """While the first is under way the second gets 409 at once, and nothing is stored by it."""
    with database.transaction() as session:
        key_id = session.scalar(select(tables.ApiKey.id).where(tables.ApiKey.prefix == intake_key[:11]))
        name = func.hashtextextended(f"{key_id}:form-1", 0)
        assert session.scalar(select(func.pg_try_advisory_xact_lock(name)))
        errors_of(send(http, intake_key, form(), headers=ONCE), 409)
        assert nothing_stored(database)
    assert send(http, intake_key, form(), headers=ONCE).status_code == 202


@pytest.mark.parametrize("key", ["", "k" * 256, "schl\xfcssel", "a\tb"])
def test_a_strange_key_is_refused(http: FlaskClient, intake_key: str, database: Database, key: str) -> None:
    """A key that can't be kept whole is refused by name."""
    errors = errors_of(send(http, intake_key, form(), headers={"Idempotency-Key": key}), 422)
    assert "Idempotency-Key" in errors
    assert nothing_stored(database)


def test_a_new_client_is_added_once(http: FlaskClient, manage_key: str, database: Database) -> None:
    """Creating a client twice with one key gives the same client, not a conflict."""
    body = {"email": "bo@example.test", "name": "Bo"}
    first = send(http, manage_key, body, path="/v1/clients", headers=ONCE)
    again = send(http, manage_key, body, path="/v1/clients", headers=ONCE)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()
    assert count(database, tables.Client) == 1


def all_at_once(app: Flask, key: str, headers: dict[str, str]) -> list[tuple[int, str | None]]:
    """Send the same form from many threads; return status and id of each answer."""

    def one(_: int) -> tuple[int, str | None]:
        response = send(app.test_client(), key, form(), headers=headers)
        return response.status_code, (response.get_json() or {}).get("id")

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(THREADS)))


def test_fifty_at_once_are_one(app: Flask, intake_key: str, database: Database) -> None:
    """Fifty threads with one key make one submission: each gets its answer, or 409 to try again."""
    answers = all_at_once(app, intake_key, ONCE)
    statuses = Counter(status for status, _ in answers)
    assert set(statuses) <= {202, 409}
    assert statuses[202] >= 1
    assert len({found for status, found in answers if status == 202}) == 1
    assert count(database, tables.Submission) == 1
    assert count(database, tables.Client) == 1


def test_fifty_at_once_without_a_key_are_one_client(app: Flask, intake_key: str, database: Database) -> None:
    """Without a key each form is stored, for one and the same client, and nothing falls over."""
    answers = all_at_once(app, intake_key, {})
    assert {status for status, _ in answers} == {202}
    assert count(database, tables.Submission) == THREADS
    assert count(database, tables.Client) == 1
