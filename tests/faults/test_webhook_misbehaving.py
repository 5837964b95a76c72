"""Reports that come twice, in disorder, late, or from somebody else."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import text

from cli.home import Home
from coaching.adapters.webhook_check import SIGNATURE, TIMESTAMP
from tests.faults.conftest import Note, pick
from tests.support.campaigns import Books, Campaign
from tests.support.system import until

pytestmark = [pytest.mark.process, pytest.mark.fault, pytest.mark.timeout(600)]

_FATES = text(
    """
    SELECT count(*) FROM message JOIN client ON client.id = message.recipient_id
    WHERE client.sample AND message.created_at >= :since AND message.fate IS DISTINCT FROM
        CASE split_part(client.email, '+', 1)
            WHEN 'bounce' THEN 'bounced' WHEN 'spam' THEN 'complained'
            WHEN 'drop' THEN 'dropped' WHEN 'defer' THEN 'deferred' ELSE 'delivered' END
    """
)
_STATE = text(
    """
    SELECT (SELECT count(*) FROM receipt), (SELECT count(*) FROM suppression), (SELECT count(*) FROM event),
           (SELECT count(*) FROM heartbeat WHERE NOT well),
           (SELECT string_agg(outcome || id, ',' ORDER BY id) FROM attempt WHERE outcome <> 'accepted'),
           (SELECT string_agg(fate || id, ',' ORDER BY id) FROM message WHERE fate <> 'delivered')
    """
)
_UNKNOWN = text("SELECT id FROM attempt WHERE outcome = 'unknown'")


def test_repeated_shuffled_and_late_reports_leave_the_right_states(house: Books, note: Note) -> None:
    """However reports come, each letter ends with its fate, and cut requests are settled by them."""
    campaign = Campaign(house, "reported", clients=pick(1_500, 10_000), most=pick(25, 50), fated=True)
    house.system.ask_mailbox("faults", {"delay_ms": 100})
    campaign.launch()
    modes, drops = ("duplicate", "shuffle", "late"), pick(1, 5)
    for number, mode in enumerate(modes):
        campaign.reach(number / len(modes))
        house.system.ask_mailbox("faults", {"webhook": mode, "drop_after_accept": drops})
    campaign.reach(0.95)
    house.system.ask_mailbox("faults", {})
    reckoning = campaign.reckon()
    until(lambda: house.number(_FATES, since=campaign.began) == 0, "every letter's fate")
    note("webhook repeats, shuffles, is late", 3 * drops, reckoning, "all fates right")


def _signed(key: ec.EllipticCurvePrivateKey, body: bytes, at: float) -> dict[str, str]:
    stamp = str(int(at))
    signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: stamp}


def _forgeries(books: Books, body: bytes) -> Iterable[tuple[dict[str, str], bytes]]:
    """Return what somebody could send: unsigned, another's key, another body, too old, garbage."""
    pem = base64.b64decode(Home(books.system.home).secrets().sandbox_webhook_private_key)
    own, other = load_pem_private_key(pem, password=None), ec.generate_private_key(ec.SECP256R1())
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    now = time.time()
    yield {}, body
    yield _signed(other, body, now), body
    yield _signed(own, b"[]", now), body
    yield {**_signed(own, body, now), TIMESTAMP: str(int(now) + 1)}, body
    yield {SIGNATURE: "not base64", TIMESTAMP: str(int(now))}, body
    yield {SIGNATURE: "", TIMESTAMP: ""}, body


def _post(books: Books, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(
        f"{books.system.url}/hooks/sendgrid/events",
        data=body,
        headers={"Content-Type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _lies(attempt_id: Any, one: dict[str, Any]) -> bytes:
    """Say that this letter was accepted in that attempt, bounced and was complained about."""
    about = {**one["custom_args"], "attempt_id": str(attempt_id), "email": one["to"]}
    kinds = ("processed", "bounce", "spamreport", "unsubscribe")
    events = [
        {**about, "event": kind, "timestamp": int(time.time()), "sg_event_id": str(uuid4())} for kind in kinds
    ]
    return json.dumps(events).encode()


def test_forged_reports_change_nothing(house: Books) -> None:
    """A request whose fate is unknown stays so, whatever is said of it without the right signature."""
    campaign = Campaign(house, "forged", clients=60, most=20)
    house.system.ask_mailbox("faults", {"webhook": "off", "drop_after_accept": 1})
    campaign.launch()
    unknown = until(lambda: house.ask(_UNKNOWN), "an attempt of unknown fate")[0].id
    until(lambda: campaign.accepted() == campaign.batches - 1, "the others")
    body = _lies(unknown, campaign.arrived()[0])
    before = house.ask(_STATE)
    assert [_post(house, headers, sent) for headers, sent in _forgeries(house, body)] == [401] * 6
    assert house.ask(_STATE) == before
    assert [row.id for row in house.ask(_UNKNOWN)] == [unknown]
    house.system.ask_mailbox("faults", {})
    assert not campaign.reckon().faults
