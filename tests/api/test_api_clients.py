"""/v1/clients: list, create, read, change."""

from datetime import datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.usecases.coaches import add_coach
from tests.api.api_calls import count, errors_of, get, nothing_stored, send

WHOLE = {
    "email": "Bo@example.test",
    "name": "Bo",
    "time_zone": "America/New_York",
    "stage": "growing",
    "rhythm": "monthly",
    "hours": {"days": ["mon", "wed", "sun"], "from": "07:00", "to": "12:30"},
    "confirmed": True,
    "consent": {"profiling": True, "email": False, "text_version": "2026-11"},
    "tags": ["cohort-3", "tech"],
    "ref": "crm-17",
}


def create(http: FlaskClient, key: str, **given: object) -> dict[str, object]:
    """Add a client and return the answer."""
    response = send(http, key, given, path="/v1/clients")
    assert response.status_code == 201, response.text
    made: dict[str, object] = response.get_json()
    return made


def test_a_client_comes_back_as_given(http: FlaskClient, manage_key: str) -> None:
    """201 with the whole client, and GET says the same."""
    made = create(http, manage_key, **WHOLE)
    for name in ("name", "time_zone", "stage", "rhythm", "hours", "confirmed", "tags", "ref"):
        assert made[name] == WHOLE[name]
    assert made["consent"] == {"profiling": True, "email": False}
    assert get(http, manage_key, f"/v1/clients/{made['id']}").get_json() == made


def test_an_address_is_enough(http: FlaskClient, manage_key: str) -> None:
    """All else has defaults, and nothing is taken for said that wasn't."""
    made = create(http, manage_key, email="bo@example.test")
    assert (made["confirmed"], made["tags"], made["rhythm"]) == (False, [], "weekly")
    assert made["consent"] == {"profiling": None, "email": None}
    assert made["hours"] == {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:30", "to": "18:00"}
    assert made["pause"] is None


def test_a_known_address_answers_with_the_clients_id(
    http: FlaskClient, manage_key: str, database: Database
) -> None:
    """409 names who has the address already, however it is spelt."""
    made = create(http, manage_key, **WHOLE)
    response = send(http, manage_key, {"email": "BO@example.TEST"}, path="/v1/clients")
    errors_of(response, 409)
    assert response.get_json()["client_id"] == made["id"]
    assert count(database, tables.Client) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "bo@"),
        ("email", "bo@example.test\nBcc: x@example.test"),
        ("name", "{{ 7*7 }}"),
        ("name", "Bo\r\nTo: all@example.test"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("stage", "retired"),
        ("rhythm", None),
        ("hours", None),
        ("hours", {"days": ["mon"], "from": "08:30"}),
        ("hours", {"days": [], "from": "08:30", "to": "18:00"}),
        ("hours", {"days": ["monday"], "from": "08:30", "to": "18:00"}),
        ("hours", {"days": ["mon"], "from": "8:30", "to": "18:00"}),
        ("hours", {"days": ["mon"], "from": "08:30\n", "to": "18:00"}),
        ("hours", {"days": ["mon"], "from": "08:30", "to": "24:00"}),
        ("hours", {"days": ["mon"], "from": "18:00", "to": "08:30"}),
        ("hours", {"days": ["mon"], "from": "18:00", "to": "18:00"}),
        ("confirmed", "true"),
        ("consent", {"email": True}),
        ("consent", {"email": "no", "text_version": "2026-11"}),
        ("tags", "one"),
        ("tags", ["a\0b"]),
        ("tags", ["x"] * 51),
        ("coach", "nobody@example.test"),
        ("ref", ""),
        ("password", "secret"),
    ],
)
def test_a_faulty_field_is_named(
    http: FlaskClient, manage_key: str, database: Database, field: str, value: object
) -> None:
    """Creating and changing both name the field, and store nothing."""
    response = send(http, manage_key, {"email": "bo@example.test", field: value}, path="/v1/clients")
    assert any(name == field or name.startswith(f"{field}.") for name in errors_of(response, 422))
    assert nothing_stored(database)
    made = create(http, manage_key, email="ok@example.test")
    path = f"/v1/clients/{made['id']}"
    changed = send(http, manage_key, {field: value}, path=path, method="PATCH")
    assert any(name == field or name.startswith(f"{field}.") for name in errors_of(changed, 422))
    assert get(http, manage_key, path).get_json() == made


def test_a_change_leaves_the_rest(http: FlaskClient, manage_key: str) -> None:
    """Only what is given changes."""
    made = create(http, manage_key, **WHOLE)
    path = f"/v1/clients/{made['id']}"
    changed = send(http, manage_key, {"name": "Bodil", "stage": None}, path=path, method="PATCH").get_json()
    assert (changed["name"], changed["stage"]) == ("Bodil", None)
    assert changed | {"updated_at": 0} == made | {"name": "Bodil", "stage": None, "updated_at": 0}


def test_hours_that_end_before_they_begin_are_told_so(http: FlaskClient, manage_key: str) -> None:
    """The fault stands at the end of the hours, in words that say what to do."""
    hours = {"days": ["mon"], "from": "18:00", "to": "08:30"}
    response = send(http, manage_key, {"email": "bo@example.test", "hours": hours}, path="/v1/clients")
    assert errors_of(response, 422) == {
        "hours.to": ["The hours have to end later on the day than they begin."]
    }


def test_a_new_address_has_to_be_confirmed_again(http: FlaskClient, manage_key: str) -> None:
    """What was known of the old mailbox isn't known of the new one."""
    path = f"/v1/clients/{create(http, manage_key, **WHOLE)['id']}"
    changed = send(http, manage_key, {"email": "bodil@example.test"}, path=path, method="PATCH").get_json()
    assert (changed["email"], changed["confirmed"]) == ("bodil@example.test", False)


def test_a_change_to_anothers_address_conflicts(http: FlaskClient, manage_key: str) -> None:
    """409 names the other client."""
    bo = create(http, manage_key, email="bo@example.test")
    ana = create(http, manage_key, email="ana@example.test")
    path = f"/v1/clients/{ana['id']}"
    response = send(http, manage_key, {"email": "bo@example.test"}, path=path, method="PATCH")
    errors_of(response, 409)
    assert response.get_json()["client_id"] == bo["id"]


def test_a_ref_belongs_to_one_client(http: FlaskClient, manage_key: str) -> None:
    """Two clients can't have the same ref, on creation or later."""
    create(http, manage_key, **WHOLE)
    response = send(http, manage_key, {"email": "x@example.test", "ref": "crm-17"}, path="/v1/clients")
    assert "ref" in errors_of(response, 422)
    path = f"/v1/clients/{create(http, manage_key, email='x@example.test')['id']}"
    assert "ref" in errors_of(send(http, manage_key, {"ref": "crm-17"}, path=path, method="PATCH"), 422)


def test_a_coach_is_named_by_address(
    http: FlaskClient, manage_key: str, database: Database, secrets: Secrets, now: datetime
) -> None:
    """A client can be given to a coach and taken back."""
    with database.transaction() as session:
        add_coach(session, secrets, email="jo@example.test", name="Jo", admin=False, now=now)
    made = create(http, manage_key, email="bo@example.test", coach="Jo@example.test")
    assert made["coach"] == "jo@example.test"
    path = f"/v1/clients/{made['id']}"
    assert send(http, manage_key, {"coach": None}, path=path, method="PATCH").get_json()["coach"] is None


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_client_is_not_found(http: FlaskClient, manage_key: str, method: str) -> None:
    """An id that was never given out answers 404, as does what is no id."""
    for name in (str(uuid4()), "no-id"):
        errors_of(send(http, manage_key, {}, path=f"/v1/clients/{name}", method=method), 404)


def test_pages_follow_the_cursor(http: FlaskClient, manage_key: str) -> None:
    """Walking the cursor shows every client once, in the order they were added."""
    made = [create(http, manage_key, email=f"c{place}@example.test")["id"] for place in range(7)]
    seen: list[object] = []
    cursor, sizes = "", []
    while True:
        page = get(http, manage_key, f"/v1/clients?limit=3{cursor}").get_json()
        sizes.append(len(page["items"]))
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&after={page['next']}"
    assert (seen, sizes) == (made, [3, 3, 1])


def test_a_full_last_page_has_no_next(http: FlaskClient, manage_key: str) -> None:
    """A page that just fits promises nothing more, and no clients give an empty list."""
    assert get(http, manage_key, "/v1/clients").get_json() == {"items": [], "next": None}
    create(http, manage_key, email="bo@example.test")
    assert get(http, manage_key, "/v1/clients?limit=1").get_json()["next"] is None


def test_clients_are_found_by_address_and_ref(http: FlaskClient, manage_key: str) -> None:
    """A program finds the client it knows by address, in any letter case, or by its own ref."""
    made = create(http, manage_key, **WHOLE)
    create(http, manage_key, email="ana@example.test")
    for query in ("email=BO@example.test", "ref=crm-17"):
        found = get(http, manage_key, f"/v1/clients?{query}").get_json()["items"]
        assert [one["id"] for one in found] == [made["id"]]
    assert get(http, manage_key, "/v1/clients?ref=other").get_json()["items"] == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
        ("ref=a%00b", "ref"),
        ("email=%ff%00", "email"),
        ("page=2", "page"),
    ],
)
def test_a_faulty_query_is_named(http: FlaskClient, manage_key: str, query: str, named: str) -> None:
    """What can't be asked is refused by the name of the parameter."""
    assert named in errors_of(get(http, manage_key, f"/v1/clients?{query}"), 422)
