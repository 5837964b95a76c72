"""/v1/audiences/count: how many, the first few, and what is wrong with a filter."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import count, errors_of, send
from tests.support.ledger import put_client

PATH = "/v1/audiences/count"


def ask(http: FlaskClient, key: str, audience: object) -> Any:
    """Count an audience."""
    response = send(http, key, {"audience": audience}, path=PATH)
    assert response.status_code == 200, response.text
    return response.get_json()


@pytest.fixture
def seven(database: Database, secrets: Secrets, now: datetime) -> list[str]:
    """Seven clients, the first four starting out, each added a day after the one before."""
    with database.transaction() as session:
        return [
            str(
                put_client(
                    session,
                    secrets,
                    f"c{number}@example.test",
                    name=f"Client {number}",
                    stage="starting" if number < 4 else None,
                    created_at=database.now(session) - timedelta(days=7 - number, hours=1),
                )
            )
            for number in range(7)
        ]


def test_an_empty_all_is_every_client(http: FlaskClient, manage_key: str, seven: list[str]) -> None:
    """How many there are, and the first five in the order in which they were added."""
    found = ask(http, manage_key, {"all": []})
    assert found["total"] == 7
    assert [one["client_id"] for one in found["first"]] == seven[:5]
    assert found["first"][0] == {"client_id": seven[0], "name": "Client 0", "stage": "starting"}
    assert found["first"][4]["stage"] is None


def test_only_those_are_counted_for_whom_it_holds(
    http: FlaskClient, manage_key: str, seven: list[str]
) -> None:
    """Conditions, and what stands around them."""
    assert ask(http, manage_key, {"field": "stage", "is": "starting"})["total"] == 4
    assert ask(http, manage_key, {"field": "stage", "is": None})["total"] == 3
    recent = {"field": "created", "within_days": 5}
    both = ask(http, manage_key, {"all": [{"field": "stage", "is": "starting"}, recent]})
    assert [one["client_id"] for one in both["first"]] == seven[3:4]
    assert ask(http, manage_key, {"not": recent})["total"] == 3
    assert ask(http, manage_key, {"any": []}) == {"total": 0, "first": []}


def test_counting_changes_nothing(
    http: FlaskClient, manage_key: str, database: Database, seven: list[str]
) -> None:
    """No fact and no trace in the audit log, and the answer is the same again."""
    first = ask(http, manage_key, {"field": "plan", "is": "none"})
    assert ask(http, manage_key, {"field": "plan", "is": "none"}) == first
    assert count(database, tables.Event, tables.Idempotency) == 0


@pytest.mark.parametrize(
    ("audience", "place", "said"),
    [
        ({}, "audience", "a filter has one of all, any, not and field, not nothing"),
        ([], "audience", "Not a valid mapping type."),
        (None, "audience", "Field may not be null."),
        ({"field": "shoe", "is": 44}, "audience.field", "there is no field 'shoe'; there are stage, "),
        ({"field": "stage", "is": "king"}, "audience.is", "stage has one of starting, "),
        (
            {"field": "stage", "above": 3},
            "audience",
            "stage takes one of is, not, in, not_in; here stands above",
        ),
        (
            {"all": [{"any": []}, {"not": {"field": "unanswered", "above": "x"}}]},
            "audience.all[1].not.above",
            "this is a number, not 'x'",
        ),
        ({"field": "score.charm", "above": 3}, "audience.field", "there is no dimension charm; there are "),
        (
            {"field": "focus", "has_any": ["skills", "charm"]},
            "audience.has_any[1]",
            "there is no dimension charm",
        ),
        ({"field": "tags", "has": "a\x00"}, "audience.has", "this contains characters that are never stored"),
    ],
)
def test_a_fault_is_named_with_its_place(
    http: FlaskClient, manage_key: str, audience: object, place: str, said: str
) -> None:
    """422 by place, with what is known there."""
    errors = errors_of(send(http, manage_key, {"audience": audience}, path=PATH), 422)
    assert list(errors) == [place]
    assert errors[place][0].startswith(said)


def test_every_fault_is_named_at_once(http: FlaskClient, manage_key: str) -> None:
    """Each in its own place."""
    wrong = {"all": [{"field": "stage", "is": 3}, {"field": "x"}, {"field": "created", "within_days": -1}]}
    errors = errors_of(send(http, manage_key, {"audience": wrong}, path=PATH), 422)
    assert set(errors) == {"audience.all[0].is", "audience.all[1].field", "audience.all[2].within_days"}


def test_a_publishable_key_may_not_count(http: FlaskClient, intake_key: str) -> None:
    """403: who the firm's clients are is nobody else's business."""
    errors_of(send(http, intake_key, {"audience": {"all": []}}, path=PATH), 403)
    errors_of(send(http, None, {"audience": {"all": []}}, path=PATH), 401)


def test_unknown_fields_are_refused(http: FlaskClient, manage_key: str) -> None:
    """As everywhere in the API."""
    errors = errors_of(send(http, manage_key, {"audience": {"all": []}, "limit": 3}, path=PATH), 422)
    assert set(errors) == {"limit"}
