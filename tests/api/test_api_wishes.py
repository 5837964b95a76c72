"""Contact requests, suggestions and replies by the API."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from tests.api.api_calls import get, send
from tests.support.ledger import put_client

HOUR = timedelta(hours=1)
REQUESTS, SUGGESTIONS = "/v1/contact-requests", "/v1/suggestions"


@pytest.fixture
def ana(database: Database, secrets: Secrets) -> UUID:
    """A client."""
    with database.transaction() as session:
        return put_client(session, secrets)


@pytest.fixture
def request_id(database: Database, ana: UUID, now: datetime) -> UUID:
    """A request of hers that waits."""
    with database.transaction() as session:
        row = tables.ContactRequest(client_id=ana, text="A raise", at=now)
        session.add(row)
        session.flush()
        return row.id


def test_who_asks_is_listed_until_answered(
    http: FlaskClient, manage_key: str, ana: UUID, request_id: UUID
) -> None:
    """Open, then answered, once and for all; each list has its own."""
    [line] = get(http, manage_key, f"{REQUESTS}?open=true").get_json()["items"]
    assert (line["id"], line["client_id"], line["text"]) == (str(request_id), str(ana), "A raise")
    assert (line["answered_at"], line["message_id"]) == (None, None)
    first = send(http, manage_key, {}, path=f"{REQUESTS}/{request_id}/answer")
    again = send(http, manage_key, {}, path=f"{REQUESTS}/{request_id}/answer")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json()["answered_at"] == again.get_json()["answered_at"] is not None
    assert get(http, manage_key, f"{REQUESTS}?open=true").get_json() == {"items": [], "next": None}
    assert len(get(http, manage_key, f"{REQUESTS}?open=false").get_json()["items"]) == 1
    assert len(get(http, manage_key, REQUESTS).get_json()["items"]) == 1


def test_wishes_are_listed_by_page(
    http: FlaskClient, manage_key: str, database: Database, ana: UUID, now: datetime
) -> None:
    """In the order in which they came in."""
    with database.transaction() as session:
        for text in "abc":
            session.add(tables.Suggestion(client_id=ana, topic="resume", text=text, at=now))
            session.flush()
    first = get(http, manage_key, f"{SUGGESTIONS}?limit=2").get_json()
    rest = get(http, manage_key, f"{SUGGESTIONS}?limit=2&after={first['next']}").get_json()
    assert [one["text"] for one in first["items"]] == ["a", "b"]
    assert [(one["topic"], one["text"]) for one in rest["items"]] == [("resume", "c")]
    assert rest["next"] is None


def test_a_reply(http: FlaskClient, manage_key: str, database: Database, ana: UUID) -> None:
    """202 with when it counts from; told again with the same key, it is one reply."""
    with database.transaction() as session:
        at = database.now(session) - HOUR
    body = {"at": at.isoformat()}
    key = {"Idempotency-Key": "reply-1"}
    answers = [send(http, manage_key, body, path=f"/v1/clients/{ana}/replies", headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].get_json() == answers[1].get_json()
    assert datetime.fromisoformat(answers[0].get_json()["at"]) == at
    assert send(http, manage_key, {}, path=f"/v1/clients/{ana}/replies").status_code == 202
    with database.transaction() as session:
        kinds = list(session.scalars(select(tables.Event.kind)))
    assert kinds == ["client_replied", "client_replied"]


def test_what_is_refused(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """Unknown ids and fields, times without a zone, replies that are still to come."""
    replies = f"/v1/clients/{ana}/replies"
    for path, body, status in (
        (f"{REQUESTS}/{uuid4()}/answer", {}, 404),
        (f"{REQUESTS}/{uuid4()}/answer", {"by": "Jo"}, 422),
        (f"/v1/clients/{uuid4()}/replies", {}, 404),
        (replies, {"text": "Thank you"}, 422),
        (replies, {"at": "2026-11-23T09:00:00"}, 422),
        (replies, {"at": "2999-01-01T00:00:00Z"}, 422),
    ):
        answer = send(http, manage_key, body, path=path)
        assert answer.status_code == status, (path, body)
        assert answer.mimetype == "application/problem+json"
    assert get(http, manage_key, f"{SUGGESTIONS}?open=true").status_code == 422
    assert get(http, manage_key, f"{REQUESTS}?open=maybe").status_code == 422


def test_only_who_manages_may(http: FlaskClient, intake_key: str, ana: UUID) -> None:
    """A key that may only submit learns nothing of them."""
    for path in (REQUESTS, SUGGESTIONS):
        assert get(http, intake_key, path).status_code == 403
    for path in (f"{REQUESTS}/{uuid4()}/answer", f"/v1/clients/{ana}/replies"):
        assert send(http, intake_key, {}, path=path).status_code == 403
