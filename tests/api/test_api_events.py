"""/v1/events: the log as programs read it."""

from datetime import datetime
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from coaching.adapters.database import Database
from coaching.usecases.event_log import number_events
from tests.api.api_calls import errors_of, get, send


@pytest.fixture
def numbered(http: FlaskClient, manage_key: str, database: Database) -> list[str]:
    """Three clients who were added and one who was changed; returns their ids."""
    ids = [
        send(http, manage_key, {"email": f"c{place}@example.test"}, path="/v1/clients").get_json()["id"]
        for place in range(3)
    ]
    change = {"name": "Bo", "consent": {"email": True, "text_version": "2026-11"}}
    send(http, manage_key, change, path=f"/v1/clients/{ids[0]}", method="PATCH")
    with database.transaction() as session:
        number_events(session)
    return ids


def test_the_log_tells_what_happened(http: FlaskClient, manage_key: str, numbered: list[str]) -> None:
    """Each fact has its number, id, kind, subject, client, time and data, in order."""
    told = get(http, manage_key, "/v1/events").get_json()
    assert told["next"] is None
    items = told["items"]
    assert [one["number"] for one in items] == [1, 2, 3, 4]
    assert [one["kind"] for one in items] == ["client_added"] * 3 + ["client_changed"]
    assert [one["client_id"] for one in items] == [*numbered, numbered[0]]
    last = items[-1]
    assert set(last) == {"number", "id", "kind", "subject_id", "client_id", "at", "data"}
    assert last["subject_id"] == numbered[0]
    assert last["data"] == {"changed": ["consent", "name"]}
    assert all(datetime.fromisoformat(one["at"]).tzinfo is not None for one in items)


def test_pages_go_on_from_the_last_number(
    http: FlaskClient, manage_key: str, database: Database, numbered: list[str]
) -> None:
    """`next` leads to the end of the log; polling from the last number then brings only what is new."""
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = get(http, manage_key, f"/v1/events?limit=3&after={after}").get_json()
        seen += [one["number"] for one in page["items"]]
        after = page["next"]
    assert seen == [1, 2, 3, 4]
    assert all(one < other for one, other in pairwise(seen))
    poll = f"/v1/events?after={seen[-1]}"
    assert get(http, manage_key, poll).get_json() == {"items": [], "next": None}
    send(http, manage_key, {"tags": ["x"]}, path=f"/v1/clients/{numbered[1]}", method="PATCH")
    assert get(http, manage_key, poll).get_json()["items"] == []
    with database.transaction() as session:
        number_events(session)
    assert [one["client_id"] for one in get(http, manage_key, poll).get_json()["items"]] == [numbered[1]]


def test_some_kinds_alone(http: FlaskClient, manage_key: str, numbered: list[str]) -> None:
    """`kind` may stand once or more; numbers stay what they are."""
    changed = get(http, manage_key, "/v1/events?kind=client_changed").get_json()["items"]
    assert [one["number"] for one in changed] == [4]
    both = get(http, manage_key, "/v1/events?kind=client_changed&kind=client_added").get_json()["items"]
    assert len(both) == 4


def test_nothing_personal_stands_in_it(http: FlaskClient, manage_key: str, numbered: list[str]) -> None:
    """Neither address nor name: ids only."""
    told = get(http, manage_key, "/v1/events").text
    assert "example.test" not in told
    assert "Bo" not in told


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("after=9223372036854775808", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("kind=born", "kind"),
        ("kind=", "kind"),
        ("page=2", "page"),
    ],
)
def test_a_faulty_query_is_named(http: FlaskClient, manage_key: str, query: str, named: str) -> None:
    """What can't be asked is refused by the name of the parameter."""
    errors = errors_of(get(http, manage_key, f"/v1/events?{query}"), 422)
    assert any(name.split(".")[0] == named for name in errors)


def test_the_log_is_for_manage_keys(http: FlaskClient, intake_key: str) -> None:
    """A publishable key reads nothing, and neither does nobody."""
    errors_of(get(http, intake_key, "/v1/events"), 403)
    errors_of(get(http, None, "/v1/events"), 401)
