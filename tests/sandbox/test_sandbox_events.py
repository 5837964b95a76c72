"""Every address meets its fate, in SendGrid's words."""

import json

import pytest

from sandbox.events import Report, fate_of


def report(*addresses: str) -> Report:
    """The report on one request to these addresses."""
    recipients = [
        (position, address, {"message_id": f"m{position}", "email": "spoofed"})
        for position, address in enumerate(addresses)
    ]
    return Report("X1", 1_700_000_000, ["week"], json.dumps(recipients))


@pytest.mark.parametrize(
    ("address", "fate", "kinds"),
    [
        ("ana@example.test", None, ["processed", "delivered"]),
        ("bounce@example.test", "bounce", ["processed", "bounce"]),
        ("bounce+1@example.test", "bounce", ["processed", "bounce"]),
        ("Spam+a.b@example.test", "spam", ["processed", "delivered", "spamreport"]),
        ("drop@example.test", "drop", ["dropped"]),
        ("defer@example.test", "defer", ["processed", "deferred"]),
        ("bouncer@example.test", None, ["processed", "delivered"]),
        ("no-bounce@example.test", None, ["processed", "delivered"]),
    ],
)
def test_fates(address: str, fate: str | None, kinds: list[str]) -> None:
    """How an address begins decides what becomes of its letter."""
    assert fate_of(address) == fate
    assert [event["event"] for event in report(address).events()] == kinds


def test_events_have_sendgrids_fields() -> None:
    """Custom arguments stand at the top level, and never in the place of SendGrid's own fields."""
    event = next(report("a@example.test", "b@example.test").events())
    assert event == {
        "message_id": "m0",
        "email": "a@example.test",
        "timestamp": 1_700_000_000,
        "event": "processed",
        "smtp-id": "<X1.0@sandbox.invalid>",
        "sg_event_id": "processed-X1-0",
        "sg_message_id": "X1.sandbox.0",
        "category": ["week"],
    }


def test_every_event_has_an_id_of_its_own() -> None:
    """Ids differ over recipients and kinds; the message id begins with X-Message-Id."""
    events = list(report("a@example.test", "spam@example.test", "bounce@example.test").events())
    assert len({event["sg_event_id"] for event in events}) == len(events) == 7
    assert all(event["sg_message_id"].startswith("X1") for event in events)


def test_a_bounce_says_why() -> None:
    """A bounce carries reason, status and type, a drop its reason, a deferral the answer."""
    found = {
        event["event"]: event
        for event in report("bounce@example.test", "drop@example.test", "defer@example.test").events()
    }
    assert {"reason", "status", "type"} <= found["bounce"].keys()
    assert found["bounce"]["type"] == "bounce"
    assert "reason" in found["dropped"]
    assert "response" in found["deferred"]
