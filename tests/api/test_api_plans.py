"""/v1/clients/{id}/plan: read, changed, approved, completed."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coaching.adapters.content import Content
from coaching.adapters.house import House
from tests.api.api_calls import errors_of, get, send
from tests.support.plans import PlanRoom, leaning

SOON = (date.today() + timedelta(days=20)).isoformat()  # noqa: DTZ011 - the API asks the real clock
PAST = "2020-01-01"
NEW = {"milestones": [{"title": "A call", "due_on": SOON}]}


@pytest.fixture
def path(app: Flask) -> str:
    """Where the plan of a client with a fresh draft is."""
    return f"/v1/clients/{drafted(app)}/plan"


def drafted(app: Flask, **changes: Any) -> str:
    """Draft a plan by the real clock and return the client's id."""
    house: House = app.extensions["waypoint"]
    with house.database.transaction() as session:
        room = PlanRoom(session, house.content, house.secrets, house.database.now(session))
        return str(room.draft(**changes).client_id)


def approve(http: FlaskClient, key: str, path: str, **body: object) -> dict[str, Any]:
    """Approve and return the plan."""
    response = send(http, key, body, path=f"{path}/approve")
    assert response.status_code == 200, response.text
    plan: dict[str, Any] = response.get_json()
    return plan


def change(http: FlaskClient, key: str, path: str, body: object) -> dict[str, Any]:
    """Change and return the plan."""
    response = send(http, key, body, path=path, method="PUT")
    assert response.status_code == 200, response.text
    plan: dict[str, Any] = response.get_json()
    return plan


def test_a_draft_is_shown_whole(http: FlaskClient, manage_key: str, path: str) -> None:
    """State, rules, focus, rhythms and milestones, each with its why."""
    plan = get(http, manage_key, path).get_json()
    assert (plan["state"], plan["version"], plan["rules_version"]) == ("draft", 1, 2)
    assert (plan["approved_at"], plan["proposed"], plan["versions"]) == (None, None, [])
    assert len(plan["focus"]) == 3
    assert [one["kind"] for one in plan["cadences"]] == ["check_in", "mentor", "network"]
    for one in plan["milestones"]:
        assert (one["state"], one["overdue"], one["decision"]) == ("proposed", False, None)
        assert one["why"]
        assert one["ahead_days"] in {3, 7, 14}


def test_a_plan_goes_from_draft_to_completed(http: FlaskClient, manage_key: str, path: str) -> None:
    """Approved, read, changed, completed: each answer is the plan as it stands then."""
    plan = approve(http, manage_key, path)
    assert (plan["state"], [one["number"] for one in plan["versions"]]) == ("active", [1])
    assert plan["approved_by"].startswith("key:")
    assert plan.pop("laid_aside") == []
    assert get(http, manage_key, path).get_json() == plan
    changed = change(http, manage_key, path, {"if_version": 1, **NEW})
    assert (changed["version"], changed["milestones"][-1]["title"]) == (2, "A call")
    completed = send(http, manage_key, {}, path=f"{path}/complete")
    assert completed.get_json()["state"] == "completed"
    errors_of(send(http, manage_key, {}, path=f"{path}/complete"), 409)
    errors_of(send(http, manage_key, {}, path=path, method="PUT"), 409)
    errors_of(send(http, manage_key, {}, path=f"{path}/approve"), 409)


def test_a_repeat_with_the_same_key_is_answered_alike(http: FlaskClient, manage_key: str, path: str) -> None:
    """A program that didn't hear the answer may ask again."""
    answers = [
        send(http, manage_key, {}, path=f"{path}/approve", headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()


def test_newer_answers_are_proposed_and_taken(
    app: Flask, http: FlaskClient, manage_key: str, path: str, content: Content
) -> None:
    """Each difference has a name, words and a why; those that are named are taken."""
    approve(http, manage_key, path)
    drafted(app, answers=leaning(content, 6))
    proposed = get(http, manage_key, path).get_json()["proposed"]
    assert {one["kind"] for one in proposed} == {"add", "drop", "cadence"}
    assert all(one["id"].startswith(f"{one['kind']}:") and one["words"] and one["why"] for one in proposed)
    refused = send(http, manage_key, {"differences": ["add:yearly-plan-b", "x"]}, path=f"{path}/approve")
    assert list(errors_of(refused, 422)) == ["differences.1"]
    plan = approve(http, manage_key, path, differences=["add:yearly-plan-b"])
    assert (plan["version"], plan["proposed"]) == (2, None)
    assert [one["id"] for one in plan["laid_aside"]] == [
        one["id"] for one in proposed if one["id"] != "add:yearly-plan-b"
    ]
    assert plan["milestones"][-1]["kind"] == "yearly-plan-b"


def test_a_version_is_shown_whole(http: FlaskClient, manage_key: str, path: str) -> None:
    """Its content, when and by whom; the plan lists the newest twenty and says how many there are."""
    title = approve(http, manage_key, path)["milestones"][0]["title"]
    for version in range(1, 23):
        plan = change(http, manage_key, path, {"if_version": version, **NEW})
    assert ([one["number"] for one in plan["versions"]], plan["version_count"]) == (list(range(4, 24)), 23)
    assert plan["score_rules"]
    first = get(http, manage_key, f"{path}/versions/1").get_json()
    assert (first["number"], first["milestones"][0]["title"]) == (1, title)
    assert (first["focus"], first["cadences"]) == (plan["focus"], plan["cadences"])
    assert len(first["milestones"]) == len(plan["milestones"]) - 22
    errors_of(get(http, manage_key, f"{path}/versions/{10**12}"), 404)
    missing = get(http, manage_key, f"{path}/versions/99")
    errors_of(missing, 404)
    assert "version 99" in missing.get_json()["detail"].lower()


def test_a_change_at_an_older_version_conflicts(http: FlaskClient, manage_key: str, path: str) -> None:
    """409 says at which version the plan is."""
    change(http, manage_key, path, {"if_version": 1, "milestones": [{"title": "A call", "due_on": SOON}]})
    response = send(http, manage_key, {"if_version": 1, "milestones": []}, path=path, method="PUT")
    errors_of(response, 409)
    assert "version 2" in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (NEW, "if_version"),
        ({"milestones": [{"title": "A call", "due_on": SOON, "ahead_days": 5}]}, "milestones.0.ahead_days"),
        (
            {"cadences": [{"kind": "network", "text": "x", "every_days": 7, "first_by_on": SOON}]},
            "cadences.0.first_by_on",
        ),
        ({"if_version": 1, "milestones": [{"title": "A call", "due_on": PAST}]}, "milestones.0.due_on"),
        ({"milestones": [{"title": "A call", "due_on": "soon"}]}, "milestones.0.due_on"),
        (
            {"if_version": 1, "milestones": [{"title": "A call", "due_on": "9999-12-31"}]},
            "milestones.0.due_on",
        ),
        ({"if_version": 1, "milestones": [{"due_on": SOON}]}, "milestones.0.title"),
        ({"milestones": [{"title": "x" * 121, "due_on": SOON}]}, "milestones.0.title"),
        ({"milestones": [{"id": str(uuid4()), "title": "A call"}]}, "milestones.0.id"),
        ({"milestones": [{"title": "A call", "due_on": SOON, "ahead_days": 0}]}, "milestones.0.ahead_days"),
        (
            {"milestones": [{"title": "A call", "due_on": SOON, "reached_at": SOON}]},
            "milestones.0.reached_at",
        ),
        ({"milestones": [{"title": "A call", "due_on": SOON, "kind": "A b"}]}, "milestones.0.kind"),
        ({"cadences": [{"kind": "yoga", "text": "Daily.", "every_days": 1}]}, "cadences.0.kind"),
        ({"cadences": [{"kind": "event", "text": "Go out."}]}, "cadences.0.every_days"),
        ({"cadences": [{"kind": "event", "text": "Go out.", "every_days": 0}]}, "cadences.0.every_days"),
        ({"if_version": 0}, "if_version"),
        ({"state": "active"}, "state"),
    ],
)
def test_a_faulty_place_is_named(
    http: FlaskClient, manage_key: str, path: str, body: object, named: str
) -> None:
    """The dotted place is said, and the plan stays as it is."""
    before = get(http, manage_key, path).get_json()
    assert list(errors_of(send(http, manage_key, body, path=path, method="PUT"), 422)) == [named]
    assert get(http, manage_key, path).get_json() == before


def test_who_has_no_plan_is_not_found(http: FlaskClient, manage_key: str) -> None:
    """Neither for an id that was never given out nor for a client without answers."""
    made = send(http, manage_key, {"email": "bo@example.test"}, path="/v1/clients").get_json()
    for client_id in (made["id"], uuid4(), "no-id"):
        errors_of(get(http, manage_key, f"/v1/clients/{client_id}/plan"), 404)
        errors_of(send(http, manage_key, {}, path=f"/v1/clients/{client_id}/plan", method="PUT"), 404)


def test_a_publishable_key_sees_no_plan(http: FlaskClient, intake_key: str, path: str) -> None:
    """Plans belong to the firm's own programs."""
    errors_of(get(http, intake_key, path), 403)
    for way, method in ((path, "PUT"), (f"{path}/approve", "POST"), (f"{path}/complete", "POST")):
        errors_of(send(http, intake_key, {}, path=way, method=method), 403)
