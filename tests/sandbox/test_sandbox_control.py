"""The sandbox's own JSON: what was sent, faults, events on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.sandbox.sandbox_support import Receiver, mail, many, new_app, post_mail, receiver

LETTER: dict[str, Any] = {
    "personalizations": [
        {
            "to": [{"email": "ana@example.test", "name": "Ana"}],
            "cc": [{"email": "cc@example.test"}],
            "headers": {"X-Own": "1", "X-Both": "own"},
            "substitutions": {"[%name%]": "Ana & Co", "[%name.h%]": "Ana &amp; Co", "[%coach%]": "mara"},
            "custom_args": {"message_id": "m1", "both": "own"},
        },
        {"to": [{"email": "bea@example.test"}], "subject": "Hello Bea"},
    ],
    "from": {"email": "coach@firm.example.test", "name": "The firm"},
    "reply_to": {"email": "[%coach%]@firm.example.test"},
    "headers": {"X-All": "a", "X-Both": "all"},
    "custom_args": {"run": "r1", "both": "all"},
    "subject": "Hello [%name%]",
    "content": [
        {"type": "text/plain", "value": "For [%name%]"},
        {"type": "text/html", "value": "<p>For [%name.h%]</p>"},
    ],
}


@pytest.fixture
def client() -> FlaskClient:
    """A sandbox of its own."""
    return new_app().test_client()


def listed(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    """The messages as JSON."""
    found: list[dict[str, Any]] = client.get(f"/sandbox/messages{query}").get_json()
    return found


def test_shows_letters_as_their_readers_get_them(client: FlaskClient) -> None:
    """One entry a recipient, tags replaced, headers and custom arguments of both levels merged."""
    letter = {**LETTER, "reply_to": {"email": "mara@firm.example.test"}}
    mail_id = post_mail(client, letter).headers["X-Message-Id"]
    bea, copy, ana = listed(client)
    assert ana.pop("at").endswith("+00:00")
    assert ana == {
        "id": f"{mail_id}.0",
        "to": "ana@example.test",
        "from": "coach@firm.example.test",
        "reply_to": "mara@firm.example.test",
        "subject": "Hello Ana & Co",
        "text": "For Ana & Co",
        "html": "<p>For Ana &amp; Co</p>",
        "headers": {"X-All": "a", "X-Own": "1", "X-Both": "own"},
        "custom_args": {"run": "r1", "message_id": "m1", "both": "own"},
    }
    assert (copy["to"], copy["subject"]) == ("cc@example.test", "Hello Ana & Co")
    assert (bea["subject"], bea["custom_args"]) == ("Hello Bea", {"run": "r1", "both": "all"})


def test_a_letter_without_html_or_reply_to(client: FlaskClient) -> None:
    """Absent parts are empty, an absent reply-to is null."""
    post_mail(client, mail(content=[{"type": "text/plain", "value": "Hello"}]))
    (letter,) = listed(client)
    assert (letter["html"], letter["reply_to"], letter["headers"], letter["custom_args"]) == (
        "",
        None,
        {},
        {},
    )


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["susana@example.test", "ana@example.test", "bea@example.test"]),
        ("?to=ana@example.test", ["ana@example.test"]),
        ("?to=ANA@example.test", ["ana@example.test"]),
        ("?to=ana", ["susana@example.test", "ana@example.test"]),
        ("?subject=WEEK", ["bea@example.test"]),
        ("?subject=your", ["susana@example.test", "ana@example.test", "bea@example.test"]),
        ("?to=ana&subject=report+2", ["susana@example.test"]),
        ("?limit=2", ["susana@example.test", "ana@example.test"]),
        ("?limit=0", []),
        ("?to=nobody", []),
    ],
)
def test_finds_letters(client: FlaskClient, query: str, wanted: list[str]) -> None:
    """By whole address, by part of one, by part of the subject, newest first, so many."""
    post_mail(client, mail("bea@example.test", subject="Your week"))
    post_mail(client, mail("ana@example.test", subject="Your report 1"))
    post_mail(client, mail("susana@example.test", subject="Your report 2"))
    assert [letter["to"] for letter in listed(client, query)] == wanted


def test_searches_subjects_as_they_are_read(client: FlaskClient) -> None:
    """The search sees the values, not the tags."""
    personalizations = [{"to": [{"email": "a@example.test"}], "substitutions": {"-n-": "Ana"}}]
    post_mail(client, mail(personalizations=personalizations, subject="Hello -n-"))
    assert (len(listed(client, "?subject=hello+ana")), listed(client, "?subject=-n-")) == (1, [])


def test_gives_only_some_fields_for_counting(client: FlaskClient) -> None:
    """Large mailboxes can be read without their letters."""
    post_mail(client, many(2))
    assert listed(client, "?fields=to,custom_args") == [
        {"to": "c1@example.test", "custom_args": {"message_id": "m1"}},
        {"to": "c0@example.test", "custom_args": {"message_id": "m0"}},
    ]


def test_refuses_a_limit_that_is_no_number(client: FlaskClient) -> None:
    """A mistyped limit is told, not guessed."""
    assert client.get("/sandbox/messages?limit=-1").status_code == 400


def test_clears_everything(client: FlaskClient) -> None:
    """After DELETE the mailbox is empty and counts from nothing."""
    post_mail(client, many(2))
    assert client.delete("/sandbox/messages").status_code == 204
    assert listed(client) == []
    assert set(client.get("/sandbox/stats").get_json().values()) == {0}


def test_tells_which_faults_are_in_force(client: FlaskClient) -> None:
    """Setting and asking give the same answer."""
    wanted = {"status": 500, "times": 2, "delay_ms": 0, "drop_after_accept": 0, "webhook": "on"}
    assert client.post("/sandbox/faults", json={"status": 500, "times": 2}).get_json() == wanted
    assert client.get("/sandbox/faults").get_json() == wanted
    more = client.post("/sandbox/faults", json={"status": 401, "quota": True, "refuse": "+bad"}).get_json()
    assert more == {**wanted, "status": 401, "times": 1, "quota": True, "refuse": "+bad"}
    assert client.post("/sandbox/faults", json={}).get_json()["status"] is None


@pytest.mark.parametrize("body", [b'{"stauts": 500}', b'{"status": 418}', b"no json", b""])
def test_refuses_faults_it_does_not_know(client: FlaskClient, body: bytes) -> None:
    """A wish that can't be met is 400 with a reason."""
    answer = client.post("/sandbox/faults", data=body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_refuses_pages_of_other_sites(client: FlaskClient) -> None:
    """A page elsewhere can't set faults or clear the mailbox through someone's browser."""
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert client.post("/sandbox/faults", json={"status": 500}, headers=elsewhere).status_code == 403
    assert client.delete("/sandbox/messages", headers=elsewhere).status_code == 403
    assert client.post("/clear", headers=elsewhere).status_code == 403
    assert client.post("/clear", headers={"Origin": "http://localhost"}).status_code == 303


@contextmanager
def reporting(hook: Receiver) -> Iterator[FlaskClient]:
    """A sandbox that reports to this webhook until the test ends."""
    app = new_app(webhook_url=hook.url)
    try:
        yield app.test_client()
    finally:
        app.extensions["sandbox"].courier.close()


def test_sends_events_on_request() -> None:
    """An open or a click goes through the webhook with the letter's arguments and an id of its own."""
    with receiver() as hook, reporting(hook) as client:
        mail_id = post_mail(client, {**many(2), "categories": ["week"]}).headers["X-Message-Id"]
        click = {"message_id": "m1", "event": "click", "url": "https://x.example.test/"}
        for wish in (click, click, {"message_id": "m0", "event": "unsubscribe"}):
            assert client.post("/sandbox/events", json=wish).status_code == 202
        hook.wait_for(lambda: len(hook.events) == 7)
        one, two, third = [event for event in hook.events if event["event"] in ("click", "unsubscribe")]
        assert (one["url"], one["message_id"], one["email"]) == (click["url"], "m1", "c1@example.test")
        assert one["sg_message_id"].startswith(mail_id)
        assert one["category"] == ["week"]
        assert len({one["sg_event_id"], two["sg_event_id"], third["sg_event_id"]}) == 3
        assert (third["event"], third["email"]) == ("unsubscribe", "c0@example.test")


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"message_id": "m0"}, 400),
        ({"event": "open"}, 400),
        ({"message_id": "m0", "event": "delivered"}, 400),
        ({"message_id": "m0", "event": "click"}, 400),
        ({"message_id": "m0", "event": "click", "url": 1}, 400),
        ({"message_id": "m0", "event": "open", "more": 1}, 400),
        ([], 400),
        ({"message_id": "unknown", "event": "open"}, 404),
    ],
)
def test_refuses_events_it_cannot_send(wish: Any, status: int) -> None:
    """A wish for an event that makes no sense is refused with a reason."""
    with receiver() as hook, reporting(hook) as client:
        post_mail(client, many(1))
        answer = client.post("/sandbox/events", json=wish)
        assert (answer.status_code, list(answer.get_json())) == (status, ["error"])


def test_events_need_somewhere_to_go(client: FlaskClient) -> None:
    """Without PUBLIC_URL no event can be sent."""
    post_mail(client, many(1))
    assert client.post("/sandbox/events", json={"message_id": "m0", "event": "open"}).status_code == 409
