"""Events reach the webhook signed, in batches, again and again until it takes them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sendgrid.helpers.eventwebhook import EventWebhook

from sandbox import webhook
from sandbox.events import Report
from sandbox.faults import Faults
from sandbox.signing import SigningKey
from sandbox.webhook import Courier
from tests.sandbox.sandbox_support import Receiver, receiver, until

KEY = SigningKey()


@contextmanager
def courier(to: Receiver, faults: Faults, **options: Any) -> Iterator[Courier]:
    """A courier to this webhook that doesn't linger, ended with the test."""
    carrier = Courier(to.url, KEY, faults, **{"linger_s": 0, **options})
    try:
        yield carrier
    finally:
        carrier.close()


def report(name: str, *addresses: str, size: int = 0) -> Report:
    """The report on one request."""
    recipients = [
        (position, address, {"message_id": f"{name}-{position}", "filler": "x" * size})
        for position, address in enumerate(addresses)
    ]
    return Report(name, 1_700_000_000, [], json.dumps(recipients))


def test_posts_are_signed() -> None:
    """SendGrid's own helper verifies each post over its raw bytes."""
    with receiver() as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: hook.posts)
        post = hook.posts[0]
        assert EventWebhook(KEY.public_key).verify_signature(
            post.body.decode(), post.signature, post.timestamp
        )
        assert hook.kinds("ana@example.test") == ["processed", "delivered"]


def test_many_events_travel_in_few_posts() -> None:
    """A full batch of a thousand letters comes in posts of 500 events, in order and none lost."""
    addresses = [f"c{n}@example.test" for n in range(1_000)]
    with receiver() as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", *addresses))
        hook.wait_for(lambda: len(hook.events) == 2_000)
        assert [len(post.events) for post in hook.posts] == [500] * 4
        assert [event["email"] for event in hook.events[::2]] == addresses


def test_a_post_stays_within_its_size() -> None:
    """Letters with large custom arguments make more posts, none beyond what SendGrid sends."""
    with receiver() as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", *(f"c{n}@example.test" for n in range(200)), size=9_000))
        hook.wait_for(lambda: len(hook.events) == 400)
        assert max(len(post.body) for post in hook.posts) < 768 * 1024


def test_repeats_until_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any answer but a 2xx brings the same events again."""
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 0.01)
    with receiver(500, 302, 404) as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: len(hook.posts) == 4)
        assert len({post.body for post in hook.posts}) == 1
        carrier.add(report("two", "bea@example.test"))
        hook.wait_for(lambda: hook.kinds("bea@example.test"))
        assert len(hook.posts) == 5


def test_one_refused_batch_does_not_hold_up_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the webhook can't take now waits, and later events go past it."""
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 3_600)
    monkeypatch.setattr(webhook, "LONGEST_PAUSE_S", 3_600)
    with receiver(500) as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: len(hook.posts) == 1)
        carrier.add(report("two", "bea@example.test"))
        hook.wait_for(lambda: len(hook.posts) == 2)
        assert {event["email"] for event in hook.posts[1].events} == {"bea@example.test"}


def test_tries_again_when_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A webhook that was down gets its events after its return, and the log speaks of it once."""
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 0.01)
    with receiver() as gone:
        pass
    with receiver() as hook, courier(gone, Faults()) as carrier:
        carrier.add(report("one", "ana@example.test"))
        until(lambda: carrier._batches and carrier._batches[0].tries > 2)
        carrier._url = hook.url
        hook.wait_for(lambda: len(hook.events) == 2)
        until(lambda: "takes events again" in caplog.text)
    assert caplog.text.count("trying again") == 1


def test_gives_up_after_a_day(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Events that nobody wants don't stay for ever."""
    monkeypatch.setattr(webhook, "GIVE_UP_S", -1)
    with receiver(500) as hook, courier(hook, Faults()) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: hook.posts)
        carrier.add(report("two", "bea@example.test"))
        hook.wait_for(lambda: hook.kinds("bea@example.test"))
        assert len(hook.posts) == 2
    assert "given up" in caplog.text


def test_forgets_the_oldest_beyond_its_memory(caplog: pytest.LogCaptureFixture) -> None:
    """While the webhook is off, events pile up only so far."""
    faults = Faults()
    faults.wish({"webhook": "off"})
    with receiver() as hook, courier(hook, faults, most_waiting_bytes=2_500) as carrier:
        for name in ("one", "two", "three"):
            carrier.add(report(name, f"{name}@example.test", size=1_000))
        faults.wish({})
        carrier.wake()
        hook.wait_for(lambda: len(hook.events) == 4)
        assert {event["email"] for event in hook.events} == {"two@example.test", "three@example.test"}
    assert "forgotten" in caplog.text


def test_off_holds_events_back() -> None:
    """Nothing is posted while the webhook is off; all of it is when it is on again."""
    faults = Faults()
    faults.wish({"webhook": "off"})
    with receiver() as hook, courier(hook, faults) as carrier:
        carrier.add(report("one", "ana@example.test"))
        carrier.wake()
        assert carrier._pause() is None
        assert not hook.posts
        faults.wish({"webhook": "on"})
        carrier.wake()
        hook.wait_for(lambda: hook.kinds("ana@example.test") == ["processed", "delivered"])


def test_duplicate_sends_everything_twice() -> None:
    """The same events come again, some of them under another sg_event_id."""
    faults = Faults()
    faults.wish({"webhook": "duplicate"})
    with receiver() as hook, courier(hook, faults) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: len(hook.events) == 4)
        assert hook.kinds("ana@example.test") == ["processed", "delivered"] * 2
        assert len({event["sg_event_id"] for event in hook.events}) == 3


def test_shuffle_brings_later_events_first() -> None:
    """A letter is reported as delivered before it is reported as processed, in another post."""
    faults = Faults()
    faults.wish({"webhook": "shuffle"})
    with receiver() as hook, courier(hook, faults) as carrier:
        carrier.add(report("one", "ana@example.test"))
        hook.wait_for(lambda: len(hook.posts) == 2)
        assert hook.kinds("ana@example.test") == ["delivered", "processed"]


def test_late_events_come_after_newer_ones() -> None:
    """Late events are put off; what comes on time passes them."""
    faults = Faults()
    faults.wish({"webhook": "late"})
    with receiver() as hook, courier(hook, faults, late_s=1) as carrier:
        carrier.add(report("one", "ana@example.test"))
        until(lambda: carrier._batches)
        faults.wish({"webhook": "on"})
        carrier.add(report("two", "bea@example.test"))
        hook.wait_for(lambda: len(hook.posts) == 2)
        assert [event["email"] for event in hook.events[::2]] == ["bea@example.test", "ana@example.test"]
