"""/v1/sequences and enrollments: which drips there are, and who is let into one or taken out by hand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import count, errors_of, get, send
from tests.support.drips import NETWORKS, put_drip, put_enrollment, put_sequence
from tests.support.ledger import agree, put_client

PATH = "/v1/sequences"
BODY = {"sequence": "networks"}


@pytest.fixture
def ana(database: Database, secrets: Secrets) -> UUID:
    """Ana, whom letters may reach, and a sequence in two versions that she is not in."""
    with database.transaction() as session:
        now = database.now(session)
        client_id = put_client(session, secrets, confirmed_at=now)
        agree(session, client_id, now)
        put_sequence(session, now - timedelta(days=1))
        put_sequence(session, now, version=2, title="Networks, second version")
    return client_id


def of(client_id: object) -> str:
    """Return where a client's ways through sequences are."""
    return f"/v1/clients/{client_id}/enrollments"


def let_in(http: FlaskClient, key: str, client_id: object, **headers: str) -> Any:
    """Let a client in, and return the answer."""
    response = send(http, key, BODY, path=of(client_id), headers=headers)
    assert response.status_code == 201, response.text
    return response.get_json()


def end(http: FlaskClient, key: str | None, enrollment_id: object) -> Any:
    """End a way through a sequence."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return http.delete(f"/v1/enrollments/{enrollment_id}", headers=headers)


def test_sequences_are_listed(
    http: FlaskClient, database: Database, secrets: Secrets, manage_key: str, ana: UUID
) -> None:
    """By name, each in its newest version, with who is on their way through any."""
    with database.transaction() as session:
        now = database.now(session)
        put_sequence(session, now, name="ash", dimension=None).retired_at = now
        old = session.get_one(tables.SequenceVersion, ("networks", 1))
        put_enrollment(session, ana, old, now)
    found = get(http, manage_key, PATH).get_json()
    assert found["next"] is None
    ash, networks = found["items"]
    assert (ash["name"], ash["dimension"], ash["retired_at"] is None) == ("ash", None, False)
    assert networks.pop("published_at") > "2026"
    assert networks == {
        "name": "networks",
        "version": 2,
        "title": "Networks, second version",
        "about": NETWORKS["about"],
        "rank": 4,
        "dimension": "networks",
        "trigger": ["plan_approved"],
        "reentry": "yearly",
        "hold_out": 0,
        "versions": [1, 2],
        "retired_at": None,
        "enrollments": {"active": 1},
    }


def test_one_is_shown_with_all_that_its_file_says(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """The document is what was published."""
    found = get(http, manage_key, f"{PATH}/networks").get_json()
    assert (found["name"], found["version"]) == ("networks", 2)
    assert found["document"] == {**NETWORKS, "version": 2, "title": "Networks, second version"}


def test_a_client_is_let_in(http: FlaskClient, database: Database, manage_key: str, ana: UUID) -> None:
    """In the version that is live, as the one who holds the key; the list of their ways has it."""
    made = let_in(http, manage_key, ana)
    assert made["started_at"] > "2026"
    assert {name: made[name] for name in made if name not in {"id", "started_at"}} == {
        "client_id": str(ana),
        "sequence": "networks",
        "version": 2,
        "state": "active",
        "ended_at": None,
        "end_reason": None,
        "moves_to": None,
    }
    assert get(http, manage_key, of(ana)).get_json() == {"items": [made], "next": None}
    with database.transaction() as session:
        row = session.get_one(tables.Enrollment, UUID(made["id"]))
        assert row.actor.startswith("key:")
        assert session.scalars(select(tables.Audit.action)).all() == ["enrollment_added"]


def test_the_same_request_lets_in_once(
    http: FlaskClient, database: Database, manage_key: str, ana: UUID
) -> None:
    """The caller's key gets the same answer, with another body none; without a key it is a conflict."""
    once = {"Idempotency-Key": "ana-networks-1"}
    first = let_in(http, manage_key, ana, **once)
    assert let_in(http, manage_key, ana, **once) == first
    assert count(database, tables.Enrollment) == 1
    errors_of(send(http, manage_key, BODY, path=of(ana)), 409)
    other = send(http, manage_key, {"sequence": "ash"}, path=of(ana), headers=once)
    assert set(errors_of(other, 422)) == {"Idempotency-Key"}
    assert count(database, tables.Enrollment) == 1


def test_who_can_not_be_reached_is_not_let_in(
    http: FlaskClient, database: Database, secrets: Secrets, manage_key: str, ana: UUID
) -> None:
    """409 with words that say why."""
    with database.transaction() as session:
        other = put_client(session, secrets, "bo@example.test")
    refused = send(http, manage_key, BODY, path=of(other))
    errors_of(refused, 409)
    assert "can't reach the client" in refused.get_json()["detail"]
    assert count(database, tables.Enrollment) == 0


def test_a_way_is_ended(http: FlaskClient, database: Database, manage_key: str, ana: UUID) -> None:
    """204, once as often as one likes; it stands in the list with its reason, and they may come again."""
    made = let_in(http, manage_key, ana)
    for _ in range(2):
        answer = end(http, manage_key, made["id"])
        assert (answer.status_code, answer.data) == (204, b"")
    (found,) = get(http, manage_key, of(ana)).get_json()["items"]
    assert (found["id"], found["state"], found["end_reason"]) == (made["id"], "ended", "withdrawn")
    assert found["ended_at"] >= found["started_at"]
    with database.transaction() as session:
        kinds = session.scalars(select(tables.Event.kind).order_by(tables.Event.id)).all()
    assert kinds == ["sequence_started", "sequence_ended"]
    assert let_in(http, manage_key, ana)["id"] != made["id"]


def test_who_goes_on_in_a_newer_version_is_seen(
    http: FlaskClient, database: Database, manage_key: str, ana: UUID
) -> None:
    """Which version is meant for them stands beside the one in which they are."""
    with database.transaction() as session:
        old = session.get_one(tables.SequenceVersion, ("networks", 1))
        now = database.now(session)
        put_enrollment(session, ana, old, now).move_to = 2
        put_drip(session, ana, old, now)
    (found,) = get(http, manage_key, of(ana)).get_json()["items"]
    assert (found["version"], found["moves_to"]) == (1, 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sequence"),
        ({"sequence": ""}, "sequence"),
        ({"sequence": 7}, "sequence"),
        ({"sequence": "n" * 81}, "sequence"),
        ({"sequence": "networks", "version": 1}, "version"),
    ],
)
def test_a_body_that_is_wrong_is_told_by_field(
    http: FlaskClient, manage_key: str, ana: UUID, body: dict[str, Any], field: str
) -> None:
    """422, and nothing is written."""
    assert set(errors_of(send(http, manage_key, body, path=of(ana)), 422)) == {field}


def test_what_is_not_there_is_not_found(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """No such sequence, client or enrollment; what is no id is no place either."""
    errors_of(get(http, manage_key, f"{PATH}/ash"), 404)
    errors_of(get(http, manage_key, of(uuid4())), 404)
    errors_of(send(http, manage_key, BODY, path=of(uuid4())), 404)
    errors_of(send(http, manage_key, {"sequence": "ash"}, path=of(ana)), 404)
    errors_of(end(http, manage_key, uuid4()), 404)
    errors_of(end(http, manage_key, "networks"), 404)


def test_only_a_manage_key_opens_this(http: FlaskClient, intake_key: str, ana: UUID, now: datetime) -> None:
    """A publishable key is refused with 403, none with 401, wherever; nothing is written."""
    for key, status in ((intake_key, 403), (None, 401)):
        for path in (PATH, f"{PATH}/networks", of(ana)):
            errors_of(get(http, key, path), status)
        errors_of(send(http, key, BODY, path=of(ana)), status)
        errors_of(end(http, key, uuid4()), status)
