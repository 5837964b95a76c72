"""SendGrid that refuses, fails, answers too late, and cuts the line after it has accepted."""

import pytest
from sqlalchemy import text

from tests.faults.conftest import Note, pick
from tests.support.campaigns import Books, Campaign
from tests.support.system import until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(600)]

_DOUBTED = text("SELECT count(*) FROM attempt WHERE started_at >= :since AND detail LIKE 'no answer came%'")
# SendGrid's sandbox asks for one to two seconds' peace with every 429; nothing may begin within the first.
_TOO_SOON = text(
    """
    SELECT count(*) FROM attempt AS refused JOIN attempt AS later ON later.batch_id = refused.batch_id
    WHERE refused.started_at >= :since AND refused.status = 429 AND later.number = refused.number + 1
      AND later.started_at < refused.ended_at + interval '1 second'
    """
)


def _refuse(campaign: Campaign, status: int, times: int) -> None:
    """Refuse so many requests, and wait until that has been done."""
    ask = campaign.books.system.ask_mailbox
    ask("faults", {"status": status, "times": times})
    until(lambda: ask("faults")["status"] is None, f"{times} times {status}")


def _silence(campaign: Campaign) -> None:
    """Answer so late that nobody waits for it any more, until one request has met that."""
    books, since = campaign.books, campaign.began
    before = books.number(_DOUBTED, since=since)
    books.system.ask_mailbox("faults", {"delay_ms": 11_000})
    until(lambda: books.number(_DOUBTED, since=since) > before, "an answer that does not come")
    books.system.ask_mailbox("faults", {"delay_ms": 200})


def test_whatever_sendgrid_answers_each_letter_goes_once(house: Books, note: Note) -> None:
    """429, 500, 503, no answer in time, a cut line: every client gets exactly one letter."""
    campaign = Campaign(house, "troubled", clients=pick(2_000, 20_000), most=pick(25, 50))
    house.system.ask_mailbox("faults", {"delay_ms": 200})
    campaign.launch()
    rounds, times = pick(1, 3), pick(2, 4)
    for number in range(1, rounds + 1):
        campaign.reach((number - 0.8) / rounds)
        for status in pick((429, 503), (500, 429, 503)):
            _refuse(campaign, status, times)
        house.system.ask_mailbox("faults", {"drop_after_accept": times})
        _silence(campaign)
    house.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon(help_out=True)
    assert house.number(_TOO_SOON, since=campaign.began) == 0
    note("SendGrid in trouble", rounds * (pick(3, 4) * times + 1), reckoning)
