"""/v1/sequences/{name}/outcome: numbers, words, and who may ask."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import errors_of, get
from tests.support.outcomes import Study

PATH = "/v1/sequences/networks/outcome"


@pytest.fixture
def study(database: Database, secrets: Secrets) -> Study:
    """Forty clients let in and thirty left alone, of whom thirty and six reached the goal, in the tables."""
    with database.transaction() as session:
        study = Study(session, secrets, database.now(session))
        study.publish()
        for number in range(40):
            way = study.let_in()
            study.sent(way)
            if number < 30:
                study.happened(way)
        for number in range(30):
            way = study.leave_alone()
            if number < 6:
                study.happened(way)
        way = study.let_in(days_ago=3)
        study.did(way, study.sent(way))
    return study


def ask(http: FlaskClient, key: str, path: str = PATH) -> Any:
    """Ask for the outcome."""
    response = get(http, key, path)
    assert response.status_code == 200, response.text
    return response.get_json()


def test_the_whole_outcome_is_told(http: FlaskClient, manage_key: str, study: Study) -> None:
    """Ways, steps, both groups with their intervals, the difference, and what it says in words."""
    found = ask(http, manage_key)
    assert {key: found[key] for key in ("name", "version", "versions")} == {
        "name": "networks",
        "version": None,
        "versions": [1],
    }
    assert (found["entered"], found["by_hand"], found["held_out"], found["under_way"]) == (41, 0, 30, 41)
    assert found["steps"][0] == {
        "key": "see",
        "letter": "networks-see",
        "planned": 41,
        "to_come": 0,
        "sent": 41,
        "skipped": 0,
        "acted_on": 1,
    }
    goal = found["goal"]
    assert goal["facts"] == [{"event": "milestone_reached", "dimension": "networks"}]
    assert goal["within_days"] == 90
    assert {key: goal["entered"][key] for key in ("counted", "reached", "too_early", "rate")} == {
        "counted": 40,
        "reached": 30,
        "too_early": 1,
        "rate": 0.75,
    }
    assert goal["held_out"]["rate"] == 0.2
    assert 0.3 < goal["difference"]["low"] < 0.55 < goal["difference"]["high"] < 0.75
    assert found["change"]["difference"] is None
    assert found["said"][0].startswith("Likely more with the letters: 75.0% of 40 clients")
    assert found["said"][1] == "1 client is not counted yet: their 90 days aren't over."
    assert found["said"][2].startswith("Nothing can be said yet about the score of networks: 0 let in")
    assert datetime.fromisoformat(found["at"]).astimezone(UTC) >= study.now


def test_one_version_may_be_asked_for(http: FlaskClient, manage_key: str, study: Study) -> None:
    """Its number stands in the answer; another that doesn't exist is not found."""
    assert ask(http, manage_key, f"{PATH}?version=1")["version"] == 1
    errors_of(get(http, manage_key, f"{PATH}?version=2"), 404)


def test_nobody_is_named(http: FlaskClient, manage_key: str, study: Study) -> None:
    """The answer has numbers of clients, and no client."""
    assert "example.test" not in get(http, manage_key, PATH).text


@pytest.mark.parametrize("query", ["version=0", "version=-1", "version=new", "sort=rate"])
def test_what_is_no_version_is_refused(http: FlaskClient, manage_key: str, query: str) -> None:
    """Neither are fields that don't exist passed over."""
    assert list(errors_of(get(http, manage_key, f"{PATH}?{query}"), 422)) == [query.partition("=")[0]]


def test_an_unknown_sequence_is_not_found(http: FlaskClient, manage_key: str) -> None:
    """Whatever its name looks like."""
    for name in ("networks", "x%00y", "%F0%9F%8C%8D"):
        errors_of(get(http, manage_key, f"/v1/sequences/{name}/outcome"), 404)


def test_a_key_is_needed(http: FlaskClient, intake_key: str) -> None:
    """One that may manage."""
    errors_of(get(http, None, PATH), 401)
    errors_of(get(http, intake_key, PATH), 403)
