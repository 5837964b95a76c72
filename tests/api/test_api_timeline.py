"""/v1/clients/{id}/timeline."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from api.schemas.timeline import TimelineQuerySchema, cursor_of
from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.usecases.timeline import Place
from tests.api.api_calls import errors_of, get
from tests.support.ledger import put_client, put_letter

DAY = timedelta(days=1)


@pytest.fixture
def ana(database: Database, secrets: Secrets, now: datetime) -> UUID:
    """A client in Nepal with five letters: one gone and opened, one left out, three to come."""
    with database.transaction() as session:
        client_id = put_client(session, secrets, time_zone="Asia/Kathmandu")
        batch = tables.Batch(
            template="report",
            sender="a@firm.example.test",
            family="transactional",
            size=1,
            not_before=now,
            state="accepted",
            accepted_at=now + timedelta(minutes=1),
        )
        session.add(batch)
        session.flush()
        codes = ["expiry:pass", "consent:pass:asked"]
        gone = {
            "batch_id": batch.id,
            "rule_codes": codes,
            "outcome": "Nothing stood against it.",
            "decided_at": now,
        }
        sent = put_letter(session, client_id, now, slot_key="0", state="queued", **gone)
        session.execute(
            insert(tables.Receipt).values(message_id=sent.id, kind="open", at=now + DAY, machine=True)
        )
        left_out = {"rule_codes": ["expiry:pass", "pause:skip"], "outcome": "Paused.", "decided_at": now}
        put_letter(session, client_id, now, slot_key="1", state="skipped", **left_out)
        for place in range(2, 5):
            put_letter(session, client_id, now + place * DAY, slot_key=str(place))
        return client_id


def test_a_timeline_has_the_shape_that_is_promised(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """Each letter with its state, its decision and its receipts; times by the client's clock beside UTC."""
    answer = get(http, manage_key, f"/v1/clients/{ana}/timeline").get_json()
    assert answer["next"] is None
    sent, left_out, *coming = answer["items"]
    assert set(sent) == {
        "message_id",
        "family",
        "template",
        "due_at",
        "local_at",
        "state",
        "sent_at",
        "decision",
        "receipts",
        "merged_into",
        "why",
    }
    assert (sent["family"], sent["template"], sent["state"]) == ("transactional", "report", "queued")
    assert (sent["due_at"], sent["sent_at"]) == ("2026-11-23T09:00:00+00:00", "2026-11-23T09:01:00+00:00")
    assert sent["local_at"] == "2026-11-23T14:46:00+05:45"
    assert sent["receipts"] == [{"kind": "open", "at": "2026-11-24T09:00:00+00:00", "machine": True}]
    assert sent["decision"] == {
        "outcome": "send",
        "reason": "Nothing stood against it.",
        "for_client": "You asked for it.",
        "for_coach": "It was asked for.",
        "rules": [
            {"rule": "expiry", "saw": "It still makes sense.", "said": "pass"},
            {"rule": "consent", "saw": "It was asked for.", "said": "pass"},
        ],
        "next_at": None,
    }
    assert (left_out["decision"]["outcome"], left_out["sent_at"]) == ("skip", None)
    assert left_out["local_at"] == "2026-11-23T14:45:00+05:45"
    assert left_out["decision"]["rules"][1]["said"] == "skip"
    assert left_out["decision"]["reason"] == left_out["decision"]["rules"][1]["saw"]
    assert [(one["decision"]["outcome"], one["decision"]["next_at"]) for one in coming] == [
        ("wait", one["due_at"]) for one in coming
    ]
    assert coming[0]["decision"]["for_client"].startswith("It comes on Wednesday 25 November at 14:45")
    assert {one["why"] for one in coming} == {"A test wants it."}


def test_pages_follow_the_cursor(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """Every letter once, in the order of the whole."""
    path = f"/v1/clients/{ana}/timeline"
    whole = [one["message_id"] for one in get(http, manage_key, path).get_json()["items"]]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = get(http, manage_key, f"{path}?limit=2{cursor}").get_json()
        seen += [one["message_id"] for one in page["items"]]
        cursor = page["next"] and f"&after={page['next']}"
    assert seen == whole


def test_a_cursor_names_its_place_exactly() -> None:
    """To the microsecond: a letter that is due a moment later is not passed over."""
    place = Place(datetime(2026, 11, 23, 9, 0, 0, 123457, tzinfo=UTC), uuid4())
    cursor = cursor_of(place)
    assert cursor is not None
    assert TimelineQuerySchema().load({"after": cursor})["after"] == place
    assert cursor_of(None) is None


def test_an_unknown_client_is_not_found(http: FlaskClient, manage_key: str) -> None:
    """An id that was never given out answers 404, as does what is no id."""
    for name in (str(uuid4()), "no-id"):
        errors_of(get(http, manage_key, f"/v1/clients/{name}/timeline"), 404)


def test_an_intake_key_may_not_read_it(http: FlaskClient, intake_key: str, ana: UUID) -> None:
    """Only the firm's own programs see what was written to whom."""
    errors_of(get(http, intake_key, f"/v1/clients/{ana}/timeline"), 403)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("after=", "after"),
        ("after=x", "after"),
        ("after=1-2", "after"),
        (f"after=-1-{'0' * 32}", "after"),
        (f"after=1-{'0' * 32}%0A", "after"),
        (f"after={'9' * 17}-{'0' * 32}", "after"),
        ("page=2", "page"),
    ],
)
def test_a_faulty_query_is_named(
    http: FlaskClient, manage_key: str, ana: UUID, query: str, named: str
) -> None:
    """What can't be asked is refused by the name of the parameter."""
    assert named in errors_of(get(http, manage_key, f"/v1/clients/{ana}/timeline?{query}"), 422)


def test_the_largest_cursor_is_after_everything(http: FlaskClient, manage_key: str, ana: UUID) -> None:
    """A place far in the future is one all the same."""
    answer = get(http, manage_key, f"/v1/clients/{ana}/timeline?after={'9' * 16}-{'f' * 32}").get_json()
    assert answer == {"items": [], "next": None}
