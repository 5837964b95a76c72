"""/v1/rehearsals: the days ahead, what other rules would change, and what is refused."""

import json
import sys
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from ruamel.yaml import YAML
from sqlalchemy import func, select

from api.schemas import rehearsals as shapes
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.settings import CONTENT
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.schedule import schedule_client
from tests.api.api_calls import errors_of, send
from tests.support.plans import PlanRoom
from tests.support.underway import put_underway

PATH = "/v1/rehearsals"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def client_id(database: Database, secrets: Secrets, content: Content) -> str:
    """A client whose plan runs, with a step and a mentor, and the letters about them planned."""
    with database.transaction() as session:
        now = database.now(session)
        publish_first(session, content.sequences.values(), now=now)
        here = put_underway(session, secrets, now)
        here.milestone(session)
        here.relationship(session)
        schedule_client(session, here.client_id, may_write_to=Allowlist(), now=now)
        return str(here.client_id)


def ask(http: FlaskClient, key: str, **body: Any) -> Any:
    """Rehearse thirty days, or as asked."""
    response = send(http, key, {"days": 30, **body}, path=PATH)
    assert response.status_code == 200, response.text
    return response.get_json()


def test_it_tells_what_would_come_and_changes_nothing(
    http: FlaskClient, manage_key: str, client_id: str, database: Database
) -> None:
    """Letters with their reasons; in the tables stands what stood there before."""
    before = rows(database)
    found = ask(http, manage_key)
    assert {one["template"] for one in found["messages"]} >= {"week", "mentor-nudge"}
    assert {one["client_id"] for one in found["messages"]} == {client_id}
    assert found["assumption"]["name"] == "nobody"
    assert found["not_foreseen"]
    assert "differences" not in found
    assert rows(database) == before


def rows(database: Database) -> list[int]:
    """Return how many rows stand in the tables that a live run would write to."""
    with database.transaction() as session:
        return [
            session.scalar(select(func.count()).select_from(one)) or 0
            for one in (tables.Message, tables.Event, tables.Enrollment, tables.Audit)
        ]


def test_only_those_who_are_named(http: FlaskClient, manage_key: str, client_id: str) -> None:
    """One client by id; an id that nobody has is not found."""
    assert ask(http, manage_key, clients=[client_id], people="always")["totals"]["clients"] == 1
    unknown = "01930000-0000-7000-8000-00000000ffff"
    assert send(http, manage_key, {"days": 1, "clients": [unknown]}, path=PATH).status_code == 404


def test_a_sequence_is_held_against_the_live_rules(
    http: FlaskClient, manage_key: str, client_id: str, content: Content
) -> None:
    """As if it were live; what differs is told by client and letter."""
    document = dict(content.sequences["networks"].document)
    found = ask(http, manage_key, sequence=document, move=True, against="live")
    assert found["differences"] == []
    assert found["plan_changes"] == []


def test_faults_are_named_by_their_place(http: FlaskClient, manage_key: str, content: Content) -> None:
    """Fields of the question, and places inside the sequence."""
    refused = send(http, manage_key, {"days": 367, "people": "some", "clients": []}, path=PATH)
    assert errors_of(refused, 422).keys() == {"days", "people", "clients"}
    alone = send(http, manage_key, {"days": 3, "move": True, "against": "live"}, path=PATH)
    assert errors_of(alone, 422).keys() == {"move", "against"}
    document = dict(content.sequences["networks"].document)
    faulty = send(http, manage_key, {"days": 3, "sequence": {**document, "rank": 12}}, path=PATH)
    assert errors_of(faulty, 422).keys() == {"sequence.rank"}
    nothing = send(http, manage_key, {"days": 3, "sequence": {}}, path=PATH)
    assert all(place.startswith("sequence") for place in errors_of(nothing, 422))


def test_of_too_many_clients_some_have_to_be_named(
    http: FlaskClient, manage_key: str, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a call may ask for are refused, with what to do about it; those who are named go."""
    monkeypatch.setattr(sys.modules["api.rehearsals"], "MOST_CLIENTS", 0)
    refused = send(http, manage_key, {"days": 3}, path=PATH)
    assert "Name those to rehearse" in errors_of(refused, 422)["clients"][0]
    assert ask(http, manage_key, clients=[client_id])["totals"]["clients"] == 1
    many = nobodies(shapes.MOST_CLIENTS + 1)
    assert "clients" in errors_of(send(http, manage_key, {"days": 3, "clients": many}, path=PATH), 422)


def nobodies(number: int) -> list[str]:
    """Return so many ids that nobody has."""
    return [f"01930000-0000-7000-8000-{one:012x}" for one in range(number)]


def test_more_than_a_call_can_answer_in_seconds_is_refused(
    http: FlaskClient, manage_key: str, client_id: str, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients times days, counted twice where two futures are compared; it says what to do about it."""
    assert client_id
    asked = {"days": 300, "clients": nobodies(101)}
    said = errors_of(send(http, manage_key, asked, path=PATH), 422)["days"]
    assert said == [
        "101 clients times 300 days is more than 30,000, which one call may ask for. Ask for fewer days or "
        "clients, or use the command `waypoint rehearse`."
    ]
    fewer = {"days": 300, "clients": nobodies(100)}
    assert send(http, manage_key, fewer, path=PATH).status_code == 404
    sequence = dict(content.sequences["networks"].document)
    beside = {**fewer, "sequence": sequence, "against": "live"}
    assert "more than 15,000" in errors_of(send(http, manage_key, beside, path=PATH), 422)["days"][0]
    monkeypatch.setattr(sys.modules["api.rehearsals"], "MOST_CLIENT_DAYS", 29)
    everybody = errors_of(send(http, manage_key, {"days": 30}, path=PATH), 422)
    assert everybody["days"][0].startswith("1 clients times 30 days is more than 29")
    assert ask(http, manage_key, days=29)["totals"]["clients"] == 1


def test_a_time_has_the_offset_of_the_client(http: FlaskClient, manage_key: str, client_id: str) -> None:
    """When a letter goes is the same instant as by the client's clock, and says how far that is from UTC."""
    assert client_id
    times = [datetime.fromisoformat(one["local_at"]) for one in ask(http, manage_key)["messages"]]
    assert times
    assert all(one.utcoffset() == one.astimezone(PARIS).utcoffset() for one in times)


@pytest.fixture
def drafted(database: Database, secrets: Secrets, content: Content) -> str:
    """A client whose plan was drafted from answers and runs."""
    with database.transaction() as session:
        now = database.now(session)
        client_id = PlanRoom(session, content, secrets, now).running().client_id
        schedule_client(session, client_id, may_write_to=Allowlist(), now=now)
        return str(client_id)


def rules_as_json() -> dict[str, Any]:
    """Return the plan rules that are shipped as a caller sends them: keys are text."""
    document = YAML(typ="safe").load((CONTENT / "plans" / "job-career.yaml").read_text(encoding="utf-8"))
    return cast(dict[str, Any], json.loads(json.dumps(document)))


def test_plan_rules_are_held_against_those_that_run(http: FlaskClient, manage_key: str, drafted: str) -> None:
    """As they are shipped they change nothing; with one focus area they drop what the second one brought."""
    rules = rules_as_json()
    same = ask(http, manage_key, plan_rules=rules, against="live")
    assert (same["differences"], same["plan_changes"]) == ([], [])
    rules["focus_count"] = 1
    found = ask(http, manage_key, plan_rules=rules, against="live")
    assert "drop" in {one["change"] for one in found["plan_changes"]}
    assert {one["client_id"] for one in found["plan_changes"]} == {drafted}


def test_faults_of_plan_rules_are_named_by_their_place(http: FlaskClient, manage_key: str) -> None:
    """Shape and sense alike, below `plan_rules`; rules are named after an instrument that there is."""
    rules = rules_as_json()
    faulty = {**rules, "focus_count": 0}
    refused = send(http, manage_key, {"days": 3, "plan_rules": faulty}, path=PATH)
    assert errors_of(refused, 422).keys() == {"plan_rules.focus_count"}
    rules["why"]["importance"].pop("3")
    rules["milestones"][0]["dimension"] = "luck"
    refused = send(http, manage_key, {"days": 3, "plan_rules": rules}, path=PATH)
    assert errors_of(refused, 422).keys() >= {
        "plan_rules.why.importance",
        "plan_rules.milestones[0].dimension",
    }
    for nameless in ({}, {"name": "luck"}, {"name": ["job-career"]}):
        refused = send(http, manage_key, {"days": 3, "plan_rules": nameless}, path=PATH)
        assert errors_of(refused, 422).keys() == {"plan_rules.name"}


def test_a_key_of_another_kind_may_not(http: FlaskClient, intake_key: str) -> None:
    """What would be written to clients is for those who manage them."""
    assert send(http, intake_key, {"days": 3}, path=PATH).status_code == 403
