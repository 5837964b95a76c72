"""/v1/milestones and /v1/milestone-events: add, read, report, match."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import count, errors_of, get, send
from tests.support.ledger import put_client
from tests.support.underway import Underway, put_underway

# The API asks the database what time it is.
TODAY = datetime.now(UTC).date()
EVENTS = "/v1/milestone-events"
ANA = {"email": "ana@example.test"}
DAY = timedelta(days=1)


@pytest.fixture
def underway(database: Database, secrets: Secrets) -> Underway:
    """Ana, whose plan is under way."""
    with database.transaction() as session:
        return put_underway(session, secrets, datetime.now(UTC), ref="crm-1")


@pytest.fixture
def step(database: Database, underway: Underway) -> UUID:
    """A milestone of hers, due in ten days."""
    with database.transaction() as session:
        return underway.milestone(session, ref="lms-7")


def new(**changes: Any) -> dict[str, Any]:
    """Return a milestone to add."""
    due_on = (TODAY + 20 * DAY).isoformat()
    return {"kind": "portfolio-site", "title": "A site of your own", "due_on": due_on, **changes}


def add(http: FlaskClient, key: str, client_id: UUID, **changes: Any) -> dict[str, Any]:
    """Add a milestone and return the answer."""
    response = send(http, key, new(**changes), path=f"/v1/clients/{client_id}/milestones")
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.get_json()
    return made


def tell(http: FlaskClient, key: str, step: UUID | str, **said: Any) -> Any:
    """Report on a milestone by its id."""
    return send(http, key, said, path=f"/v1/milestones/{step}/events")


def named(**changes: Any) -> dict[str, Any]:
    """Return a report by names."""
    return {"client": ANA, "milestone": {"ref": "lms-7"}, "kind": "reached", **changes}


def listed(http: FlaskClient, key: str, query: str = "unmatched=true") -> list[dict[str, Any]]:
    """Return the reports of the first page."""
    items: list[dict[str, Any]] = get(http, key, f"{EVENTS}?{query}").get_json()["items"]
    return items


def test_a_milestone_comes_back_as_given(http: FlaskClient, manage_key: str, underway: Underway) -> None:
    """201 with the whole of it, and GET says the same."""
    given = {"detail": "One page.", "ahead_days": 3, "ref": "x", "dimension": "identity"}
    more = {"service": ["search"], "why": "You asked for it.", "decides": True}
    made = add(http, manage_key, underway.client_id, **given, **more)
    assert {name: made[name] for name in (*given, *more)} == {**given, **more}
    assert (made["state"], made["overdue"]) == ("active", False)
    assert made["client_id"] == str(underway.client_id)
    assert get(http, manage_key, f"/v1/milestones/{made['id']}").get_json() == made


def test_a_client_without_a_plan(
    http: FlaskClient, manage_key: str, database: Database, secrets: Secrets
) -> None:
    """409 says how there will be one; an unknown client is not found."""
    with database.transaction() as session:
        client_id = put_client(session, secrets)
    response = send(http, manage_key, new(), path=f"/v1/clients/{client_id}/milestones")
    errors_of(response, 409)
    assert "/v1/assessments" in response.get_json()["detail"]
    errors_of(send(http, manage_key, new(), path=f"/v1/clients/{uuid4()}/milestones"), 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "Portfolio Site"),
        ("kind", "a\n"),
        ("kind", None),
        ("title", "two\nlines"),
        ("due_on", "2020-01-01"),
        ("due_on", "9999-12-31"),
        ("ahead_days", 5),
        ("ahead_days", "7"),
        ("service", ["magic"]),
        ("ref", ""),
        ("decides", "yes"),
        ("state", "active"),
    ],
)
def test_a_faulty_field_is_named(  # noqa: PLR0917 - fixtures
    http: FlaskClient, manage_key: str, database: Database, underway: Underway, field: str, value: object
) -> None:
    """The answer names it, and nothing is stored."""
    response = send(
        http, manage_key, new(**{field: value}), path=f"/v1/clients/{underway.client_id}/milestones"
    )
    assert any(name.startswith(field) for name in errors_of(response, 422))
    assert count(database, tables.Milestone, tables.Event, tables.PlanVersion) == 0


def test_adding_once(http: FlaskClient, manage_key: str, database: Database, underway: Underway) -> None:
    """The same Idempotency-Key adds one milestone and gets the same answer."""
    path, told = f"/v1/clients/{underway.client_id}/milestones", {"Idempotency-Key": "k1"}
    answers = [send(http, manage_key, new(), path=path, headers=told) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert count(database, tables.Milestone) == 1


def test_reporting(http: FlaskClient, manage_key: str, step: UUID) -> None:
    """202 with the milestone as it stands then; said again, the same."""
    at = (datetime.now(UTC) - DAY).isoformat()
    answers = [tell(http, manage_key, step, kind="started", at=at, note="Begun") for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 202, answer.text
        assert answer.get_json()["milestone"]["state"] == "started"
        assert answer.get_json()["milestone"]["started_at"] == at
    due_on = (TODAY + 30 * DAY).isoformat()
    moved = tell(http, manage_key, step, kind="postponed", due_on=due_on).get_json()["milestone"]
    assert (moved["state"], moved["due_on"]) == ("started", due_on)
    assert len(listed(http, manage_key, f"milestone={step}")) == 2


def test_what_cannot_be_names_the_state(
    http: FlaskClient, manage_key: str, database: Database, step: UUID
) -> None:
    """409 says in which state it is; an unknown milestone isn't found."""
    tell(http, manage_key, step, kind="reached")
    response = tell(http, manage_key, step, kind="started")
    errors_of(response, 409)
    assert "reached" in response.get_json()["detail"]
    assert count(database, tables.MilestoneReport) == 1
    for unknown in (uuid4(), "no-id"):
        errors_of(tell(http, manage_key, unknown, kind="started"), 404)
        errors_of(get(http, manage_key, f"/v1/milestones/{unknown}"), 404)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "finished"}, "kind"),
        ({}, "kind"),
        ({"kind": "postponed"}, "due_on"),
        ({"kind": "postponed", "due_on": "2020-01-01"}, "due_on"),
        ({"kind": "reached", "due_on": "2030-01-01"}, "due_on"),
        ({"kind": "reached", "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"kind": "reached", "at": "2001-01-01T00:00:00Z"}, "at"),
        ({"kind": "reached", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"kind": "reached", "at": "9999-12-31T23:59:59-14:00"}, "at"),
        ({"kind": "reached", "at": "2026-11-20T10:00:00"}, "at"),
        ({"kind": "reached", "decision": "stay"}, "decision"),
        ({"kind": "reached", "decision": "flee"}, "decision"),
        ({"kind": "reached", "note": "x" * 2001}, "note"),
        ({"kind": "reached", "state": "reached"}, "state"),
    ],
)
def test_a_faulty_report_is_named(  # noqa: PLR0917 - fixtures
    http: FlaskClient,
    manage_key: str,
    database: Database,
    step: UUID,
    said: dict[str, str],
    field: str,
) -> None:
    """By id and by name, the field is named, and nothing is kept."""
    assert field in errors_of(tell(http, manage_key, step, **said), 422)
    response = send(http, manage_key, {**said, "client": ANA, "milestone": {"ref": "lms-7"}}, path=EVENTS)
    assert field in errors_of(response, 422)
    assert count(database, tables.MilestoneReport, tables.Event) == 0


def test_a_decision_is_told(http: FlaskClient, manage_key: str, underway: Underway) -> None:
    """What was decided stands with the milestone."""
    made = add(http, manage_key, underway.client_id, kind="stay-shift-leave-decision", decides=True)
    told = tell(http, manage_key, made["id"], kind="reached", decision="shift").get_json()["milestone"]
    assert (told["state"], told["decision"]) == ("reached", "shift")


def test_reporting_by_name(http: FlaskClient, manage_key: str, step: UUID) -> None:
    """202, matched, with the milestone and the report; what is known already leaves no report."""
    answer = send(http, manage_key, named(), path=EVENTS)
    assert answer.status_code == 202, answer.text
    told = answer.get_json()
    assert (told["matched"], told["refused"]) == (True, None)
    assert (told["milestone"]["id"], told["milestone"]["state"]) == (str(step), "reached")
    assert told["report"]["milestone_id"] == str(step)
    again = send(http, manage_key, named(client={"ref": "crm-1"}), path=EVENTS).get_json()
    assert (again["matched"], again["refused"], again["report"]) == (True, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client", {}),
        ("client", {**ANA, "ref": "crm-1"}),
        ("client", {"email": "ana@"}),
        ("client", {"name": "Ana"}),
        ("client", None),
        ("milestone", {}),
        ("milestone", {"ref": "lms-7", "kind": "contacts-list"}),
        ("milestone", {"kind": "Contacts List"}),
        ("milestone", "lms-7"),
    ],
)
def test_names_are_one_of_a_pair(
    http: FlaskClient, manage_key: str, database: Database, field: str, value: object
) -> None:
    """Neither both nor none, and nothing else."""
    response = send(http, manage_key, named(**{field: value}), path=EVENTS)
    assert any(name.split(".")[0] == field for name in errors_of(response, 422))
    assert count(database, tables.MilestoneReport) == 0


def test_what_matches_nothing_is_shown(
    http: FlaskClient, manage_key: str, database: Database, underway: Underway
) -> None:
    """202, not matched; it stands in the list as it was given, and no fact or key holds the address."""
    stranger = {"email": "Bo@Example.test"}
    told = [send(http, manage_key, named(client=name), path=EVENTS).get_json() for name in (stranger, ANA)]
    assert [(one["matched"], one["milestone"]) for one in told] == [(False, None)] * 2
    items = listed(http, manage_key)
    assert items == [one["report"] for one in told]
    assert items[0]["given"]["client"] == {"email": "bo@example.test"}
    assert (items[0]["client_id"], items[1]["client_id"]) == (None, str(underway.client_id))
    first = get(http, manage_key, f"{EVENTS}?unmatched=true&limit=1").get_json()
    assert (first["items"], first["next"]) == ([items[0]], items[0]["id"])
    assert listed(http, manage_key, f"unmatched=true&after={first['next']}") == [items[1]]
    assert listed(http, manage_key, "unmatched=false") == []
    with database.transaction() as session:
        facts = session.scalars(select(tables.Event)).all()
        assert [one.kind for one in facts] == ["milestone_report_unmatched"] * 2
        assert not any("@" in str(one.data) for one in facts)


def test_what_the_state_does_not_allow_is_not_lost(http: FlaskClient, manage_key: str, step: UUID) -> None:
    """A program gets 202 with the reason, so that it stops sending; the report stands by the milestone."""
    tell(http, manage_key, step, kind="reached")
    told = send(http, manage_key, named(kind="started"), path=EVENTS)
    assert told.status_code == 202, told.text
    assert told.get_json()["matched"] is True
    assert "reached" in told.get_json()["refused"]
    assert told.get_json()["milestone"]["state"] == "reached"
    assert listed(http, manage_key, "refused=true") == [told.get_json()["report"]]


def test_a_person_matches(http: FlaskClient, manage_key: str, step: UUID) -> None:
    """202 with what it did; the list no longer shows it; other milestones and unknown ids are refused."""
    report = send(http, manage_key, named(milestone={"kind": "unheard-of"}), path=EVENTS).get_json()["report"]
    path = f"{EVENTS}/{report['id']}/match"
    errors_of(send(http, manage_key, {"milestone": str(uuid4())}, path=path), 404)
    assert "milestone" in errors_of(send(http, manage_key, {"milestone": "x"}, path=path), 422)
    for _ in range(2):
        told = send(http, manage_key, {"milestone": str(step)}, path=path)
        assert told.status_code == 202, told.text
        assert (told.get_json()["matched"], told.get_json()["milestone"]["state"]) == (True, "reached")
        assert told.get_json()["milestone"]["reached_at"] == report["at"]
    assert listed(http, manage_key) == []
    errors_of(send(http, manage_key, {"milestone": str(step)}, path=f"{EVENTS}/{uuid4()}/match"), 404)


def test_a_milestone_that_was_waited_for(http: FlaskClient, manage_key: str, underway: Underway) -> None:
    """Added later, it stands as was reported before."""
    send(http, manage_key, named(milestone={"ref": "lms-9"}), path=EVENTS)
    made = add(http, manage_key, underway.client_id, ref="lms-9")
    assert made["state"] == "reached"
    assert listed(http, manage_key) == []


def test_only_the_firm_may(http: FlaskClient, intake_key: str, step: UUID) -> None:
    """A publishable key reads and reports nothing."""
    for path in (f"/v1/milestones/{step}", EVENTS):
        errors_of(get(http, intake_key, path), 403)
    for path in (f"/v1/milestones/{step}/events", EVENTS, f"{EVENTS}/{uuid4()}/match"):
        errors_of(send(http, intake_key, named(), path=path), 403)
    errors_of(send(http, intake_key, new(), path=f"/v1/clients/{uuid4()}/milestones"), 403)


@pytest.mark.parametrize("query", ["unmatched=maybe", "unmatched=1", "limit=0", "after=x", "page=2"])
def test_a_faulty_query_is_named(http: FlaskClient, manage_key: str, query: str) -> None:
    """What can't be asked is refused by the name of the parameter."""
    assert query.partition("=")[0] in errors_of(get(http, manage_key, f"{EVENTS}?{query}"), 422)
