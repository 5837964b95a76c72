"""One decision: each rule by itself, then the strongest word of all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coaching.domain.engine.decide import after_queueing, decide
from coaching.domain.engine.rules import RULES
from coaching.domain.engine.standing_rules import STRANGER_LETTERS_A_DAY
from coaching.domain.engine.state import LetterFacts
from coaching.domain.ledger import TRANSACTIONAL
from tests.support.states import NOON, client, letter

REPORT: dict[str, Any] = {"family": TRANSACTIONAL, "template": "report"}
REMINDER: dict[str, Any] = {"family": TRANSACTIONAL, "template": "report-reminder"}
SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def sent_before(count: int, ago: timedelta = timedelta(hours=1), **changes: Any) -> tuple[LetterFacts, ...]:
    """Return letters that went to the same person a while ago."""
    facts = {**REPORT, "state": "queued", "queued_at": NOON - ago} | changes
    return tuple(letter(slot_key=f"report:{n}", **facts) for n in range(count))


@pytest.mark.parametrize(
    ("rule", "said", "about", "state"),
    [
        ("expiry", "pass", {"expires_at": NOON + timedelta(seconds=1)}, {}),
        ("expiry", "expire", {"expires_at": NOON}, {}),
        ("suppression", "pass", {}, {}),
        ("suppression", "skip", {}, {"suppressed": frozenset({"all"})}),
        ("suppression", "skip", REPORT, {"suppressed": frozenset({"all"})}),
        ("suppression", "skip", {}, {"suppressed": frozenset({"letters"})}),
        ("suppression", "pass", REPORT, {"suppressed": frozenset({"letters"})}),
        ("suppression", "skip", {}, {"suppressed": frozenset({"campaign"})}),
        ("suppression", "pass", {}, {"suppressed": frozenset({"mentoring"})}),
        ("allowlist", "pass", {}, {"address_allowed": True}),
        ("allowlist", "skip", {}, {"address_allowed": False}),
        ("allowlist", "skip", REPORT, {"address_allowed": False}),
        ("consent", "pass", {}, {}),
        ("consent", "skip", {}, {"letters_agreed": False}),
        ("consent", "pass", REPORT, {"letters_agreed": False}),
        ("confirmation", "pass", {}, {}),
        ("confirmation", "skip", {}, {"confirmed_at": None}),
        ("confirmation", "pass", REPORT, {"confirmed_at": None}),
        ("confirmation", "skip", REMINDER, {}),
        ("confirmation", "pass", REMINDER, {"confirmed_at": None}),
        ("daily_cap", "pass", REPORT, {"letters": sent_before(4)}),
        ("daily_cap", "skip", REPORT, {"letters": sent_before(5)}),
        ("daily_cap", "pass", {}, {"letters": sent_before(9)}),
        ("daily_cap", "pass", REPORT, {"letters": sent_before(9, timedelta(days=1))}),
        ("daily_cap", "pass", REPORT, {"letters": sent_before(9, state="skipped", queued_at=None)}),
        ("daily_cap", "pass", REPORT, {"letters": sent_before(9, family="drip", template="first-step")}),
        ("window", "pass", {}, {}),
        ("window", "wait", {}, {"time_zone": "Pacific/Auckland"}),
        ("window", "pass", REPORT, {"time_zone": "Pacific/Auckland"}),
    ],
)
def test_what_each_rule_says(rule: str, said: str, about: dict[str, Any], state: dict[str, Any]) -> None:
    """Every rule is looked at, and says what it says whatever the others say."""
    words = {one.rule: one.said for one in decide(letter(**about), client(**state), NOON).rules}
    assert words[rule] == said
    assert len(words) == len(RULES)


@pytest.mark.parametrize(
    ("about", "state", "outcome"),
    [
        ({}, {}, "send"),
        ({}, {"time_zone": "Pacific/Auckland"}, "wait"),
        ({}, {"time_zone": "Pacific/Auckland", "letters_agreed": False}, "skip"),
        ({"expires_at": NOON}, {"time_zone": "Pacific/Auckland", "letters_agreed": False}, "expire"),
        ({"expires_at": NOON}, {"suppressed": frozenset({"all"})}, "expire"),
    ],
)
def test_the_strongest_word_wins(about: dict[str, Any], state: dict[str, Any], outcome: str) -> None:
    """Expire before skip, skip before wait, wait before send."""
    assert decide(letter(**about), client(**state), NOON).outcome == outcome


def test_the_reason_is_the_word_of_the_rule_that_won() -> None:
    """A person reads what the deciding rule saw; the record names every rule and its word."""
    decision = decide(letter(), client(suppressed=frozenset({"all"}), confirmed_at=None), NOON)
    assert decision.reason == "This address must not be written to at all."
    assert "suppression:skip:all" in decision.rule_codes
    assert "confirmation:skip" in decision.rule_codes
    assert "expiry:pass" in decision.rule_codes


def test_waiting_names_the_next_time() -> None:
    """On a Sunday a letter waits for Monday half past eight in Paris, and goes then."""
    decision = decide(letter(expires_at=NOON + timedelta(days=7)), client(), SUNDAY)
    assert decision.outcome == "wait"
    assert decision.next_at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert decide(letter(), client(), decision.next_at).outcome == "send"


def test_five_letters_a_day_and_no_sixth() -> None:
    """Letters decided one after the other count each other; a day later there is room again."""
    asked = tuple(letter(slot_key=f"claim:{n}", **REPORT) for n in range(STRANGER_LETTERS_A_DAY + 1))
    state = client(letters=asked)
    outcomes = []
    for one in asked:
        decision = decide(one, state, NOON)
        outcomes.append(decision.outcome)
        if decision.outcome == "send":
            state = after_queueing(state, one, NOON)
    assert outcomes == ["send"] * 5 + ["skip"]
    assert decide(asked[-1], state, NOON + timedelta(days=1)).outcome == "send"


def test_a_letter_does_not_count_itself() -> None:
    """Looked at again in its batch, the fifth letter of a day still goes."""
    queued = sent_before(STRANGER_LETTERS_A_DAY)
    assert decide(queued[-1], client(letters=queued), NOON).outcome == "send"


@pytest.mark.parametrize(("state", "outcome"), [("failed", "skip"), ("queued", "send")])
def test_nobody_is_reminded_of_a_letter_that_never_went(state: str, outcome: str) -> None:
    """A report letter that failed takes its reminder with it; one that went does not."""
    report = letter(**REMINDER | {"template": "report", "slot_key": "report:7", "state": state})
    reminder = letter(**REMINDER, slot_key="report-reminder:7")
    person = client(confirmed_at=None, letters=(report, reminder))
    assert decide(reminder, person, NOON).outcome == outcome


def test_a_letter_that_waits_is_looked_at_before_its_end() -> None:
    """Waiting goes on until it may go, or until its time is over, whichever comes first."""
    sunday = letter(expires_at=SUNDAY + timedelta(hours=3))
    decision = decide(sunday, client(letters=(sunday,)), SUNDAY)
    assert (decision.outcome, decision.next_at) == ("wait", sunday.expires_at)
    longer = letter(expires_at=SUNDAY + timedelta(days=3))
    decision = decide(longer, client(letters=(longer,)), SUNDAY)
    assert (decision.outcome, decision.next_at) == ("wait", datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
