"""/v1/relationships: add, list, change, end; tell of contact and list it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.plan_words import FIND_A_MENTOR
from tests.api.api_calls import count, errors_of, get, send
from tests.support.ledger import put_client
from tests.support.underway import put_underway

PEER = {"kind": "peer", "name": "Bo Larsen", "cadence_days": 30}
SHAPE = {
    "id", "client_id", "kind", "name", "state", "cadence_days", "starts_on", "last_contact_on", "last_note",
    "not_before", "registered_on", "quiet_on", "created_at",
}  # fmt: skip
ON = "2026-11-20"


@pytest.fixture
def ana(database: Database, secrets: Secrets) -> str:
    """A client's id."""
    with database.transaction() as session:
        return str(put_client(session, secrets))


def add(http: FlaskClient, key: str, client_id: str, **given: Any) -> dict[str, Any]:
    """Add a relationship and return the answer."""
    response = send(http, key, {**PEER, **given}, path=f"/v1/clients/{client_id}/relationships")
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.get_json()
    return made


def listed(http: FlaskClient, key: str, path: str) -> list[dict[str, Any]]:
    """Return the items of a list."""
    items: list[dict[str, Any]] = get(http, key, path).get_json()["items"]
    return items


def test_one_comes_back_as_given(http: FlaskClient, manage_key: str, ana: str) -> None:
    """201 with the whole of it, and the list says the same."""
    made = add(http, manage_key, ana, starts_on="2026-12-01")
    assert set(made) == SHAPE
    assert {name: made[name] for name in PEER} == PEER
    assert (made["client_id"], made["state"], made["starts_on"]) == (ana, "active", "2026-12-01")
    assert get(http, manage_key, f"/v1/clients/{ana}/relationships").get_json() == {
        "items": [made],
        "next": None,
    }


def test_an_event(http: FlaskClient, manage_key: str, ana: str) -> None:
    """It takes its day and no rhythm."""
    path, event = f"/v1/clients/{ana}/relationships", {"kind": "event", "name": "Design meetup #4"}
    assert list(errors_of(send(http, manage_key, event, path=path), 422)) == ["starts_on"]
    event["starts_on"] = "2026-12-20"
    made = send(http, manage_key, event, path=path).get_json()
    assert (made["starts_on"], made["cadence_days"]) == ("2026-12-20", None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "friend"),
        ("kind", None),
        ("kind", "event"),
        ("name", ""),
        ("name", "Bo\nLarsen"),
        ("name", "a\0b"),
        ("name", "x" * 121),
        ("name", 7),
        ("cadence_days", 0),
        ("cadence_days", 731),
        ("cadence_days", "30"),
        ("cadence_days", 30.0),
        ("cadence_days", True),
        ("cadence_days", None),
        ("starts_on", "1999-12-31"),
        ("starts_on", "9999-12-31"),
        ("starts_on", "2026-02-30"),
        ("starts_on", None),
        ("state", "ended"),
        ("last_contact_on", ON),
        ("mood", "good"),
    ],
)
def test_a_faulty_field_is_named(  # noqa: PLR0917 - fixtures
    http: FlaskClient, manage_key: str, database: Database, ana: str, field: str, value: object
) -> None:
    """Adding and changing both say which, and store nothing."""
    blamed = "cadence_days" if (field, value) == ("kind", "event") else field
    body = {**PEER, "starts_on": "2026-12-01", field: value}
    refused = send(http, manage_key, body, path=f"/v1/clients/{ana}/relationships")
    assert list(errors_of(refused, 422)) == [blamed]
    assert count(database, tables.Relationship, tables.Event) == 0

    made = add(http, manage_key, ana)
    changed = send(http, manage_key, {field: value}, path=f"/v1/relationships/{made['id']}", method="PATCH")
    assert list(errors_of(changed, 422)) == [field]
    assert listed(http, manage_key, f"/v1/clients/{ana}/relationships") == [made]


@pytest.mark.parametrize("field", ["kind", "name", "cadence_days"])
def test_what_is_needed(http: FlaskClient, manage_key: str, ana: str, field: str) -> None:
    """A kind, a name, and a rhythm."""
    body = {name: value for name, value in PEER.items() if name != field}
    response = send(http, manage_key, body, path=f"/v1/clients/{ana}/relationships")
    assert list(errors_of(response, 422)) == [field]


def test_a_change_leaves_the_rest(http: FlaskClient, manage_key: str, ana: str) -> None:
    """Only what is given changes."""
    made = add(http, manage_key, ana)
    path = f"/v1/relationships/{made['id']}"
    changed = send(http, manage_key, {"name": "Bodil", "cadence_days": 14}, path=path, method="PATCH")
    assert changed.status_code == 200
    assert changed.get_json() == made | {"name": "Bodil", "cadence_days": 14}
    assert send(http, manage_key, {}, path=path, method="PATCH").get_json() == changed.get_json()


def test_ending(http: FlaskClient, manage_key: str, ana: str) -> None:
    """204, also a second time; it stays in the list with its contacts, and takes nothing more."""
    made = add(http, manage_key, ana)
    path = f"/v1/relationships/{made['id']}"
    told = {"on": ON, "kind": "met"}
    send(http, manage_key, told, path=f"{path}/interactions")
    for _ in range(2):
        response = send(http, manage_key, {}, path=path, method="DELETE")
        assert (response.status_code, response.data) == (204, b"")
    everything = listed(http, manage_key, f"/v1/clients/{ana}/relationships")
    assert [one["state"] for one in everything] == ["ended"]
    assert listed(http, manage_key, f"/v1/clients/{ana}/relationships?state=active") == []
    assert len(listed(http, manage_key, f"{path}/interactions")) == 1
    errors_of(send(http, manage_key, {"name": "Bodil"}, path=path, method="PATCH"), 409)
    errors_of(send(http, manage_key, told, path=f"{path}/interactions"), 409)


def test_contact(http: FlaskClient, manage_key: str, ana: str) -> None:
    """201 with the contact and the relationship as it stands now; the list has it too."""
    made = add(http, manage_key, ana)
    path = f"/v1/relationships/{made['id']}/interactions"
    body = {"on": ON, "kind": "called", "note": "Ask about the trial.\nAnd the book."}
    response = send(http, manage_key, body, path=path)
    assert response.status_code == 201
    told = response.get_json()
    stands = told.pop("relationship")
    assert stands == made | {"last_contact_on": ON, "last_note": body["note"]}
    assert {name: told[name] for name in body} == body
    assert told["relationship_id"] == made["id"]
    assert told["actor"].startswith("key:")
    assert listed(http, manage_key, path) == [told]


@pytest.mark.parametrize("note", [{}, {"note": None}, {"note": ""}, {"note": " \n "}])
def test_a_contact_needs_no_note(http: FlaskClient, manage_key: str, ana: str, note: dict[str, Any]) -> None:
    """Left out, null and empty are all no note."""
    made = add(http, manage_key, ana)
    path = f"/v1/relationships/{made['id']}/interactions"
    assert send(http, manage_key, {"on": ON, "kind": "met", **note}, path=path).get_json()["note"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on", None),
        ("on", "yesterday"),
        ("on", "1999-12-31"),
        ("on", "2999-12-31"),
        ("kind", "dreamt"),
        ("kind", None),
        ("note", "x" * 2001),
        ("note", "one\ttwo"),
        ("note", "one\x1b[2Jtwo"),
        ("note", "one\0two"),
        ("note", ["one"]),
        ("mood", "good"),
    ],
)
def test_a_faulty_contact_is_refused(  # noqa: PLR0917 - fixtures
    http: FlaskClient, manage_key: str, database: Database, ana: str, field: str, value: object
) -> None:
    """The field is named, and nothing is kept."""
    made = add(http, manage_key, ana)
    body = {"on": ON, "kind": "met", field: value}
    response = send(http, manage_key, body, path=f"/v1/relationships/{made['id']}/interactions")
    assert list(errors_of(response, 422)) == [field]
    assert count(database, tables.Interaction) == 0


def test_today_may_be_told(http: FlaskClient, manage_key: str, ana: str, database: Database) -> None:
    """The date of now and the next are taken, three days ahead is refused."""
    made = add(http, manage_key, ana)
    path = f"/v1/relationships/{made['id']}/interactions"
    with database.transaction() as session:
        today = database.now(session).date()
    for days, status in ((0, 201), (1, 201), (3, 422)):
        body = {"on": (today + timedelta(days=days)).isoformat(), "kind": "wrote"}
        assert send(http, manage_key, body, path=path).status_code == status


def test_nobody_was_at_an_event_before_its_day(
    http: FlaskClient, manage_key: str, ana: str, database: Database
) -> None:
    """Told as attended 300 days before, the day is refused and named; on its day it is taken."""
    with database.transaction() as session:
        today = database.now(session).date()
    event = {"kind": "event", "name": "Meetup", "starts_on": today.isoformat()}
    made = send(http, manage_key, event, path=f"/v1/clients/{ana}/relationships").get_json()
    path = f"/v1/relationships/{made['id']}/interactions"
    before = {"on": (today - timedelta(days=300)).isoformat(), "kind": "attended"}
    assert today.isoformat() in str(errors_of(send(http, manage_key, before, path=path), 422)["on"])
    assert count(database, tables.Interaction) == 0
    assert send(http, manage_key, {**before, "on": today.isoformat()}, path=path).status_code == 201


def test_with_a_mentor_finding_one_is_reached(
    http: FlaskClient, manage_key: str, database: Database, secrets: Secrets, now: datetime
) -> None:
    """The plan's step is reached in the same call."""
    with database.transaction() as session:
        underway = put_underway(session, secrets, now)
        step = underway.milestone(session, kind=FIND_A_MENTOR)
    add(http, manage_key, str(underway.client_id), kind="mentor")
    assert get(http, manage_key, f"/v1/milestones/{step}").get_json()["state"] == "reached"


def test_the_same_request_is_done_once(
    http: FlaskClient, manage_key: str, database: Database, ana: str
) -> None:
    """With a key of its own, a repeated POST gives the first answer again."""
    path, headers = f"/v1/clients/{ana}/relationships", {"Idempotency-Key": "one"}
    first, second = (send(http, manage_key, PEER, path=path, headers=headers) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert count(database, tables.Relationship) == 1
    path, told = f"/v1/relationships/{first.get_json()['id']}/interactions", {"on": ON, "kind": "met"}
    headers = {"Idempotency-Key": "two"}
    first, second = (send(http, manage_key, told, path=path, headers=headers) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert count(database, tables.Interaction) == 1


def test_lists_come_in_pages(http: FlaskClient, manage_key: str, ana: str) -> None:
    """Both lists have a cursor, and refuse what they don't know."""
    made = [add(http, manage_key, ana, name=f"P{number}") for number in range(3)]
    for path, ids in (
        (f"/v1/clients/{ana}/relationships", [one["id"] for one in made]),
        (f"/v1/relationships/{made[0]['id']}/interactions", _told(http, manage_key, made[0]["id"])),
    ):
        first = get(http, manage_key, f"{path}?limit=2").get_json()
        rest = get(http, manage_key, f"{path}?limit=2&after={first['next']}").get_json()
        assert [one["id"] for one in (*first["items"], *rest["items"])] == ids
        assert (first["next"], rest["next"]) == (ids[1], None)
        assert list(errors_of(get(http, manage_key, f"{path}?page=2"), 422)) == ["page"]


def _told(http: FlaskClient, key: str, relationship_id: str) -> list[str]:
    path = f"/v1/relationships/{relationship_id}/interactions"
    days = ("2026-11-03", "2026-11-01", "2026-11-02")
    return [send(http, key, {"on": on, "kind": "met"}, path=path).get_json()["id"] for on in days]


def _calls(client_id: str, relationship_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    one = f"/v1/relationships/{relationship_id}"
    return [
        ("GET", f"/v1/clients/{client_id}/relationships", {}),
        ("POST", f"/v1/clients/{client_id}/relationships", PEER),
        ("PATCH", one, {"name": "Bodil"}),
        ("DELETE", one, {}),
        ("GET", f"{one}/interactions", {}),
        ("POST", f"{one}/interactions", {"on": ON, "kind": "met"}),
    ]


def test_what_is_not_there(http: FlaskClient, manage_key: str) -> None:
    """Each call answers 404 for an id that nobody has."""
    for method, path, body in _calls(str(uuid4()), str(uuid4())):
        errors_of(send(http, manage_key, body, path=path, method=method), 404)


def test_a_key_that_may_only_submit(http: FlaskClient, manage_key: str, intake_key: str, ana: str) -> None:
    """It may neither see nor change anything here; without a key it is the same."""
    made = add(http, manage_key, ana)
    for method, path, body in _calls(ana, made["id"]):
        errors_of(send(http, intake_key, body, path=path, method=method), 403)
        errors_of(send(http, None, body, path=path, method=method), 401)
    assert listed(http, manage_key, f"/v1/clients/{ana}/relationships") == [made]
