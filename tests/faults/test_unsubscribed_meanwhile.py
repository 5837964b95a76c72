"""People who unsubscribe while a campaign goes out."""

import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from coaching.domain.links import Purpose, sign
from tests.faults.conftest import Note, pick
from tests.faults.harm import any_moment, chance, seed
from tests.faults.lines import Lines
from tests.support.campaigns import Books, Campaign

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(600)]

# Those whose letters are just leaving or next to leave, and some who have had theirs.
_SOMEBODY = text(
    """
    SELECT message.id, client.email
    FROM batch JOIN message ON message.batch_id = batch.id JOIN client ON client.id = message.recipient_id
    WHERE client.sample AND batch.id IN (
        SELECT id FROM batch WHERE family = 'campaign' AND created_at >= :since
        ORDER BY CASE state WHEN 'claimed' THEN 0 WHEN 'posting' THEN 1 WHEN 'ready' THEN 2 ELSE 3 END,
                 rank, not_before, id
        LIMIT :near
    )
    ORDER BY random() LIMIT 1
    """
)


def _one_click(books: Books, token: str) -> datetime:
    """Unsubscribe as a mail program does; return when the answer was there."""
    request = urllib.request.Request(
        f"{books.system.url}/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click", method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
        assert answer.status == 200
    return datetime.now(UTC)


class _Leavers:
    """Unsubscribes one person after another, whoever is nearest to being written to."""

    def __init__(self, campaign: Campaign, how_many: int) -> None:
        self.left: dict[str, datetime] = {}
        self._campaign = campaign
        self._how_many = how_many
        self._lock = threading.Lock()

    def run(self) -> None:
        """Go on until so many have left or the campaign is over."""
        books, campaign = self._campaign.books, self._campaign
        while len(self.left) < self._how_many and campaign.accepted() < campaign.batches:
            any_moment(0.1)
            found = books.ask(_SOMEBODY, since=campaign.began, near=chance.choice((2, 8, 40)))
            if found and self._first(found[0].email):
                token = sign(books.settings.secret_keys, Purpose.UNSUBSCRIBE, found[0].id)
                answered = _one_click(books, token)
                with self._lock:
                    self.left[found[0].email] = answered

    def _first(self, address: str) -> bool:
        with self._lock:
            new = address not in self.left
            self.left.setdefault(address, datetime.max.replace(tzinfo=UTC))
            return new


def test_nobody_who_has_unsubscribed_is_written_to(lines: Lines, house: Books, note: Note) -> None:
    """Once the answer to the unsubscribe is there, no letter for that person arrives any more."""
    campaign = Campaign(house, "leaving", clients=pick(1_500, 10_000), most=pick(25, 50))
    campaign.launch()
    leavers = _Leavers(campaign, pick(60, 400))
    lines.to_sandbox.lag_s = 0.15  # a letter that has left is not there yet
    try:
        with ThreadPoolExecutor(4) as hands:
            for done in [hands.submit(leavers.run) for _ in range(4)]:
                done.result(timeout=300)
    finally:
        lines.to_sandbox.lag_s = 0.0
    reckoning = campaign.reckon()
    arrived = {(one["to"], datetime.fromisoformat(one["at"])) for one in campaign.arrived()}
    too_late = [(who, at) for who, at in arrived if who in leavers.left and at > leavers.left[who]]
    spared = len(leavers.left.keys() - {who for who, _ in arrived})
    assert too_late == []
    assert 0 < spared < len(leavers.left), "they all came at the same time of the campaign"
    assert reckoning.ended.total() == spared
    seen = f"{seed()}; {spared} spared, {len(leavers.left) - spared} written to before"
    note("unsubscribed meanwhile", len(leavers.left), reckoning, seen)
