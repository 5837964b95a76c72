"""Which letters a submission calls for: each case of an address and of who vouches for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coaching.domain.engine.state import LocalIntent, Slot
from coaching.domain.engine.submission_slots import REMIND_AT
from coaching.domain.engine.wanted import wanted
from tests.support.states import NOON, client, submission

NEW: dict[str, Any] = {"confirmed_at": None}
BEFORE = NOON - timedelta(days=1)
AFTER = NOON + timedelta(hours=1)


def templates(state: dict[str, Any], **changes: Any) -> list[str]:
    """Return the letters that one submission calls for."""
    return [slot.template for slot in wanted(client(submissions=(submission(**changes),), **state), NOON)]


@pytest.mark.parametrize(
    ("state", "changes", "letters"),
    [
        (NEW, {}, ["report", "report-reminder"]),
        ({"confirmed_at": AFTER}, {"accepted": True}, ["report"]),
        ({"confirmed_at": BEFORE}, {"trust": "firm", "accepted": True}, ["report-known"]),
        ({"confirmed_at": NOON}, {"trust": "firm", "accepted": True}, ["report-known"]),
        (NEW, {"trust": "firm"}, ["report", "report-reminder"]),
        ({"confirmed_at": BEFORE}, {"known_address": True}, ["was-this-you"]),
        (NEW, {"known_address": True}, ["was-this-you"]),
        ({"confirmed_at": BEFORE}, {"trust": "firm", "known_address": True}, ["report-known"]),
        (NEW, {"scored": False}, []),
        (NEW, {"letters_wanted": False}, []),
        (NEW, {"disowned": True}, []),
        ({"confirmed_at": BEFORE}, {"known_address": True, "disowned": True}, []),
        ({**NEW, "suppressed": frozenset({"letters"})}, {}, ["report"]),
        ({**NEW, "suppressed": frozenset({"all"})}, {}, ["report"]),
        ({**NEW, "suppressed": frozenset({"campaign"})}, {}, ["report", "report-reminder"]),
    ],
    ids=[
        "new address",
        "confirmed since",
        "the firm's own client",
        "vouched for in the same moment",
        "new by the firm, not vouched for",
        "known address",
        "known but never confirmed",
        "known, by the firm",
        "not scored yet",
        "no letters wanted",
        "disowned",
        "known and disowned",
        "unsubscribed",
        "suppressed",
        "one family refused",
    ],
)
def test_what_one_submission_calls_for(
    state: dict[str, Any], changes: dict[str, Any], letters: list[str]
) -> None:
    """A stranger's word opens the report letter and one reminder; a known address is asked first."""
    assert templates(state, **changes) == letters


def test_was_this_you_says_nothing_of_a_report() -> None:
    """A known address gets a slot of its own kind, so that a later acceptance can't revive the report."""
    known = submission(known_address=True)
    (slot,) = wanted(client(submissions=(known,)), NOON)
    assert slot.key == f"claim:{known.id}"
    assert slot.detail == {"submission": str(known.id)}


def reminder(at: datetime, zone: str) -> Slot:
    """Return the reminder after a submission at that time by someone there."""
    slots = wanted(client(submissions=(submission(at=at),), time_zone=zone, **NEW), at)
    return next(slot for slot in slots if slot.template == "report-reminder")


@pytest.mark.parametrize(
    ("at", "zone", "due_at"),
    [
        ((2026, 11, 23, 12, 0), "Europe/Paris", (2026, 11, 26, 8, 30)),
        ((2026, 11, 23, 23, 30), "Europe/Paris", (2026, 11, 27, 8, 30)),  # the 24th already in Paris
        ((2026, 11, 23, 2, 0), "America/New_York", (2026, 11, 25, 14, 30)),  # the 22nd still in New York
        ((2026, 3, 27, 12, 0), "Europe/Paris", (2026, 3, 30, 7, 30)),  # over the change to summer time
        ((2026, 11, 23, 12, 0), "Asia/Kathmandu", (2026, 11, 26, 3, 45)),
    ],
)
def test_the_reminder_comes_at_half_past_nine_where_the_client_is(
    at: tuple[int, ...], zone: str, due_at: tuple[int, ...]
) -> None:
    """Three days later by the client's calendar, at 09:30 by the client's clock."""
    slot = reminder(datetime(*at, tzinfo=UTC), zone)  # type: ignore[misc, arg-type]
    assert slot.due_at == datetime(*due_at, tzinfo=UTC)  # type: ignore[misc, arg-type]
    assert isinstance(slot.intent, LocalIntent)
    assert (slot.intent.at, slot.intent.zone) == (REMIND_AT, zone)


def test_several_submissions_stand_in_the_order_of_their_due_times() -> None:
    """Each submission has slots of its own, the soonest first, and keys never meet."""
    both = (submission(at=NOON + timedelta(hours=2), known_address=True), submission())
    slots = wanted(client(submissions=both, **NEW), NOON)
    assert [slot.template for slot in slots] == ["report", "was-this-you", "report-reminder"]
    assert len({slot.key for slot in slots}) == 3


def test_every_slot_ends_and_says_why() -> None:
    """No letter waits for ever, and each has a reason that a person can read."""
    for slot in wanted(client(submissions=(submission(), submission(known_address=True)), **NEW), NOON):
        assert slot.expires_at > slot.due_at
        assert slot.why.endswith(".")
