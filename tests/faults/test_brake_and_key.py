"""Mail that is stopped by hand, and a key that SendGrid refuses for a while."""

import pytest
from sqlalchemy import text

from tests.faults.conftest import Note, pick
from tests.faults.harm import FULL
from tests.support.campaigns import Books, Campaign
from tests.support.system import submission, until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(600)]

_UNDER_WAY = text("SELECT count(*) FROM batch WHERE state = 'posting'")
_WAITING = text(
    "SELECT count(*) FROM batch WHERE state = 'ready' AND template = 'report' AND created_at >= :since"
)
_BEGUN = text("SELECT count(*) FROM attempt WHERE started_at >= :since")
_HELD = text("SELECT count(*) FROM sender WHERE held_for = 'key'")
_TRY_NOW = text("UPDATE sender SET not_before = now() WHERE held_for IS NOT NULL RETURNING 1")
_REFUSALS = text("SELECT count(*) FROM attempt WHERE started_at >= :since AND status = 401")


def test_the_brake_holds_in_the_middle_of_a_campaign(house: Books, note: Note) -> None:
    """Once `waypoint mail stop` has returned no request begins, until `waypoint mail go`."""
    campaign = Campaign(house, "braked", clients=pick(2_000, 10_000), most=25)
    house.system.ask_mailbox("faults", {"delay_ms": 300})
    campaign.launch()
    key, times = house.system.run("keys", "create", "--scope", "intake"), pick(1, 5)
    for number in range(times):
        campaign.reach((number + 0.5) / (times + 1))
        _stop_and_go(house, key, f"braked-{number}@example.test")
    house.system.ask_mailbox("faults", {})
    note("mail stop, mail go", times, campaign.reckon())


def _stop_and_go(house: Books, key: str, address: str) -> None:
    """Pull the brake, see that nothing leaves although somebody waits for a letter, let it go."""
    house.system.run("mail", "stop")
    stopped = house.now()
    until(lambda: house.number(_UNDER_WAY) == 0, "what was under way")
    requests = house.system.ask_mailbox("stats")["requests"]
    # A letter of its own goes as far as it can: the workers are awake, and still nothing leaves.
    assert house.system.call("/v1/assessments", key, submission(address))[0] == 202
    until(lambda: house.number(_WAITING, since=stopped) == 1, "a letter that waits")
    assert house.number(_BEGUN, since=stopped) == 0
    assert house.system.ask_mailbox("stats")["requests"] == requests
    house.system.run("mail", "go")
    until(lambda: house.number(_WAITING, since=stopped) == 0, "that letter")


def test_a_refused_key_holds_the_sender_until_it_works(house: Books, note: Note) -> None:
    """401 for a while: everything waits, one try a minute, and by itself everything goes on."""
    campaign = Campaign(house, "keyless", clients=pick(1_000, 5_000), most=25)
    house.system.ask_mailbox("faults", {"delay_ms": 100})
    campaign.launch()
    campaign.reach(0.3)
    house.system.ask_mailbox("faults", {"status": 401, "times": 1_000_000})
    until(lambda: house.number(_HELD) == 1, "the sender to be held")
    until(lambda: house.number(_UNDER_WAY) == 0, "what was under way")
    refused = house.number(_REFUSALS, since=campaign.began)
    _let_it_try(house)
    until(lambda: house.number(_REFUSALS, since=campaign.began) == refused + 1, "a try", patience_s=90)
    house.system.ask_mailbox("faults", {})
    _let_it_try(house)
    until(lambda: house.number(_HELD) == 0, "the sender to be free", patience_s=90)
    note("key refused", refused + 1, campaign.reckon())


def _let_it_try(house: Books) -> None:
    """In the short form let the minute be over at once."""
    if not FULL:
        assert house.ask(_TRY_NOW)
