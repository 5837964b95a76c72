"""/v1/clients/{id}/pause and /resume."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import count, errors_of, get, send
from tests.support.ledger import put_letter
from tests.support.underway import put_underway

DAY = timedelta(days=1)
NOTHING: dict[str, list[Any]] = {"skipped": [], "moved": [], "held": []}


@pytest.fixture
def path(http: FlaskClient, manage_key: str) -> str:
    """Where a client in New York is."""
    given = {"email": "bo@example.test", "time_zone": "America/New_York"}
    return f"/v1/clients/{send(http, manage_key, given, path='/v1/clients').get_json()['id']}"


def ask(http: FlaskClient, key: str, path: str, **body: object) -> dict[str, Any]:
    """Post and return the answer."""
    response = send(http, key, body, path=path)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def in_days(days: int) -> str:
    """Return an instant in the future, as programs write it."""
    return (datetime.now(UTC) + days * DAY).isoformat()


def test_a_pause_is_seen_with_the_client(http: FlaskClient, manage_key: str, path: str) -> None:
    """Since when, until when and what then; after resuming it is gone."""
    until = in_days(7)
    answer = ask(http, manage_key, f"{path}/pause", until=until, then="hold")
    assert answer["preview"] is False
    assert (answer["letters"], answer["milestones"]) == (NOTHING, [])
    assert answer["sentence"].startswith("Letters rest until ")
    pause = get(http, manage_key, path).get_json()["pause"]
    assert pause == answer["pause"]
    assert datetime.fromisoformat(pause["until"]) == datetime.fromisoformat(until)
    assert pause["then"] == "hold"
    assert get(http, manage_key, "/v1/clients").get_json()["items"][0]["pause"] == pause
    assert ask(http, manage_key, f"{path}/resume")["pause"] is None
    assert get(http, manage_key, path).get_json()["pause"] is None


def test_nothing_has_to_be_said(http: FlaskClient, manage_key: str, path: str) -> None:
    """Without an end it lasts until letters are resumed, and what falls due meanwhile is left out."""
    for body in ({}, {"until": None}):
        pause = ask(http, manage_key, f"{path}/pause", **body)["pause"]
        assert (pause["until"], pause["then"]) == (None, "skip")


def test_a_date_is_one_of_the_clients(http: FlaskClient, manage_key: str, path: str) -> None:
    """Letters may come again from midnight on where the client lives."""
    on = date.today() + 30 * DAY  # noqa: DTZ011 - any date in a month or so
    until = ask(http, manage_key, f"{path}/pause", until=on.isoformat())["pause"]["until"]
    at = datetime.fromisoformat(until).astimezone(UTC)
    assert (at.date(), at.hour in (4, 5)) == (on, True)


def test_a_preview_changes_nothing(
    http: FlaskClient, manage_key: str, database: Database, secrets: Secrets
) -> None:
    """It answers what pausing then does, letter by letter and date by date."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        ana = put_underway(session, secrets, now)
        step = ana.milestone(session, created_at=now - DAY)
        letter = put_letter(
            session,
            ana.client_id,
            now + DAY,
            slot_key="milestone:ahead",
            family="milestone",
            template="milestone-ahead",
            detail={"milestone": str(step)},
        ).id
    path = f"/v1/clients/{ana.client_id}"
    seen = ask(http, manage_key, f"{path}/pause", until=in_days(3), then="shift", preview=True)
    assert count(database, tables.Pause, tables.Event, tables.Audit) == 0
    assert get(http, manage_key, path).get_json()["pause"] is None
    assert [one["message_id"] for one in seen["letters"]["moved"]] == [str(letter)]
    assert set(seen["letters"]["moved"][0]) == {"message_id", "family", "template", "due_at", "moves_to"}
    (moved,) = seen["milestones"]
    assert (moved["id"], moved["title"]) == (str(step), "List 20 contacts")
    assert date.fromisoformat(moved["moves_to"]) == date.fromisoformat(moved["due_on"]) + 3 * DAY
    done = ask(http, manage_key, f"{path}/pause", until=in_days(3), then="shift")
    assert done["letters"] == seen["letters"]
    assert done["milestones"] == seen["milestones"]
    assert (seen["preview"], done["preview"]) == (True, False)
    before = count(database, tables.Event, tables.Audit)
    assert ask(http, manage_key, f"{path}/resume", preview=True)["pause"] is None
    assert count(database, tables.Event, tables.Audit) == before
    assert get(http, manage_key, path).get_json()["pause"] is not None


def test_resuming_what_is_not_paused_is_no_fault(
    http: FlaskClient, manage_key: str, database: Database, path: str
) -> None:
    """It says so, and nothing happens."""
    before = count(database, tables.Event, tables.Audit)
    for preview in (True, False):
        answer = ask(http, manage_key, f"{path}/resume", preview=preview)
        assert answer["sentence"] == "Letters to this client are not paused."
    assert count(database, tables.Event, tables.Audit) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("until", "tomorrow"),
        ("until", "2026-13-01"),
        ("until", "20261224"),
        ("until", "2026-12-24T09:00:00"),
        ("until", "2026-W52-4"),
        ("until", 1798000000),
        ("until", ["2026-12-24"]),
        ("until", "2020-01-01"),
        ("until", "2020-01-01T00:00:00Z"),
        ("until", "9999-12-31"),
        ("until", "9999-12-31T23:59:59-23:59"),
        ("until", "0001-01-01T00:00:00+23:59"),
        ("until", ""),
        ("then", "drop"),
        ("then", None),
        ("preview", "yes"),
        ("preview", None),
        ("days", 3),
    ],
)
def test_a_faulty_field_is_named(
    http: FlaskClient, manage_key: str, path: str, field: str, value: object
) -> None:
    """What can't be meant is refused by its name, and no pause begins."""
    assert field in errors_of(send(http, manage_key, {field: value}, path=f"{path}/pause"), 422)
    assert get(http, manage_key, path).get_json()["pause"] is None


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_an_unknown_client_is_not_found(http: FlaskClient, manage_key: str, what: str) -> None:
    """Also when only asking what would happen."""
    for body in ({}, {"preview": True}):
        errors_of(send(http, manage_key, body, path=f"/v1/clients/{uuid4()}/{what}"), 404)


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_an_intake_key_may_not(http: FlaskClient, intake_key: str, what: str) -> None:
    """Only the firm's own programs pause anybody."""
    errors_of(send(http, intake_key, {}, path=f"/v1/clients/{uuid4()}/{what}"), 403)


def test_a_repeat_gets_the_same_answer(
    http: FlaskClient, manage_key: str, database: Database, path: str
) -> None:
    """The same key and body pause once."""
    told = {"Idempotency-Key": "once"}
    first, again = (
        send(http, manage_key, {"then": "skip"}, path=f"{path}/pause", headers=told) for _ in range(2)
    )
    assert first.get_json() == again.get_json()
    with database.transaction() as session:
        paused = session.scalars(select(tables.Event).where(tables.Event.kind == "client_paused")).all()
    assert len(paused) == 1
