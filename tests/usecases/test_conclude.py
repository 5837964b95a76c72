"""When silence is a no: later letters were reported on and our webhook was there; else a person or a day."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.domain.addresses import mailbox_hash
from coaching.domain.allowlist import Allowlist
from coaching.domain.errors import Conflict, NotFound
from coaching.usecases.conclude import conclude
from coaching.usecases.deliver import deliver_next
from coaching.usecases.post_room import POSTING_DEADLINE
from coaching.usecases.settle import expire_leases, settle_from_receipts
from coaching.usecases.suppressions import suppress
from coaching.usecases.troubled_batches import Verdict, list_troubles, settle_by_hand
from tests.support.drain import SENDER, Firm, post_room
from tests.support.ledger_room import (
    all_batches,
    attempts,
    batch,
    beat_between,
    claim,
    hear,
    letters,
    post,
    queue,
)

WINDOW = timedelta(minutes=15)
CUT = PostResult("unknown", detail="ReadTimeoutError")


def settle(firm: Firm) -> int:
    """Conclude what can be concluded now."""
    with firm.database.transaction() as session:
        return conclude(session, sender=SENDER.address, window=WINDOW, now=firm.database.at)


def lose(firm: Firm) -> UUID:
    """Post a batch whose answer is lost, and return it."""
    lost = queue(firm)
    post(firm, CUT)
    return lost


def send_another(firm: Firm, *, heard: bool) -> None:
    """Send a later letter, which is reported on or not."""
    queue(firm, (f"other{len(all_batches(firm))}@example.test",))
    post(firm)
    if heard:
        hear(firm, attempts(firm)[-1].id)


def wait(firm: Firm, time: timedelta) -> None:
    """Let time pass, with the webhook well all the while."""
    beat_between(firm, firm.database.at, firm.database.at + time)
    firm.database.at += time


def test_silence_while_later_ones_are_heard_is_a_no(firm: Firm) -> None:
    """After deadline and window, with a later letter reported on, the batch goes again, as attempt two."""
    lost = lose(firm)
    wait(firm, POSTING_DEADLINE)
    send_another(firm, heard=True)
    wait(firm, WINDOW - timedelta(seconds=1))
    assert settle(firm) == 0
    wait(firm, timedelta(seconds=1))
    assert settle(firm) == 1
    assert batch(firm, lost).state == "ready"
    assert attempts(firm)[0].outcome == "refused"
    post(firm)
    assert batch(firm, lost).state == "accepted"


def test_a_later_letter_that_began_too_early_proves_nothing(firm: Firm) -> None:
    """One that began while the lost one might still have been under way is no witness: a probe is sent."""
    lost = lose(firm)
    send_another(firm, heard=True)
    wait(firm, POSTING_DEADLINE + WINDOW)
    assert settle(firm) == 0
    assert [one.template for one in all_batches(firm) if one.state == "ready"] == ["probe"]
    assert settle(firm) == 0
    assert len(all_batches(firm)) == 3
    post(firm)
    assert firm.mailer.letters[-1].address == SENDER.address
    assert str(lost) in firm.mailer.letters[-1].text
    assert settle(firm) == 0
    hear(firm, attempts(firm)[-1].id)
    assert settle(firm) == 1
    assert batch(firm, lost).state == "ready"


def test_a_probe_that_is_lost_itself_is_replaced(firm: Firm) -> None:
    """Nobody waits for a probe: an uncertain one is closed after its window, and a new one is sent."""
    lose(firm)
    wait(firm, POSTING_DEADLINE + WINDOW)
    settle(firm)
    post(firm, CUT)
    wait(firm, POSTING_DEADLINE + WINDOW)
    settle(firm)
    settle(firm)
    assert [one.state for one in all_batches(firm)] == ["uncertain", "closed", "ready"]
    post(firm)
    hear(firm, attempts(firm)[-1].id)
    assert settle(firm) == 1


@pytest.mark.parametrize("reason", ["not on the list", "bounced"])
def test_a_probe_that_cannot_be_sent_is_not_tried_every_second(firm: Firm, reason: str) -> None:
    """Where the firm's own address may not be written to, one probe a window is enough to find that out."""
    lose(firm)
    wait(firm, POSTING_DEADLINE + WINDOW)
    allowed = Allowlist.of(("ana@example.test",)) if reason == "not on the list" else Allowlist()
    with firm.database.transaction() as session:
        own = mailbox_hash(firm.secrets.pepper, SENDER.address)
        suppress(session, own, "all", reason="bounced", source="test", now=firm.database.at)
    for _ in range(5):
        wait(firm, timedelta(seconds=1))
        settle(firm)
        while deliver_next(firm.database, post_room(firm.mailer, firm.secrets, allowed)):
            pass
    assert [one.state for one in all_batches(firm)] == ["uncertain", "closed"]
    assert firm.mailer.letters == []
    wait(firm, WINDOW)
    settle(firm)
    assert len(all_batches(firm)) == 3


def test_a_gap_of_the_webhook_takes_a_day(firm: Firm) -> None:
    """While the webhook was away reports may have been missed, and SendGrid repeats them for a day."""
    lost = lose(firm)
    wait(firm, POSTING_DEADLINE)
    firm.database.at += timedelta(minutes=5)
    gap_ended = firm.database.at
    wait(firm, WINDOW)
    send_another(firm, heard=True)
    assert settle(firm) == 0
    assert [one.template for one in all_batches(firm)] == ["report", "report"]
    wait(firm, gap_ended + timedelta(hours=24) - firm.database.at - timedelta(minutes=2))
    assert settle(firm) == 0
    wait(firm, timedelta(minutes=4))
    assert settle(firm) == 1
    assert batch(firm, lost).state == "ready"


def test_a_receipt_settles_at_any_time(firm: Firm) -> None:
    """Hours later a report names the attempt after all: accepted, and it never goes again."""
    lose(firm)
    wait(firm, timedelta(hours=3))
    hear(firm, attempts(firm)[0].id)
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        settle_from_receipts(session, now=firm.database.at)
    assert settle(firm) == 0
    assert batch(firm).state == "accepted"


@pytest.mark.parametrize(
    ("verdict", "state", "letter", "outcome"),
    [
        ("accepted", "accepted", "queued", "accepted"),
        ("resend", "ready", "queued", "refused"),
        ("giveup", "closed", "failed", "unknown"),
    ],
)
def test_a_person_settles_an_uncertain_batch(
    firm: Firm, verdict: Verdict, state: str, letter: str, outcome: str
) -> None:
    """Each verdict has its consequence, and stands in the audit with what it was before."""
    lost = lose(firm)
    by_hand(firm, lost, verdict)
    assert (batch(firm).state, letters(firm)[0].state) == (state, letter)
    assert attempts(firm)[0].outcome == outcome
    with firm.database.transaction() as session:
        (row,) = session.scalars(select(tables.Audit).filter_by(action="batch_settled"))
        assert (row.actor, row.data) == ("operator", {"was": "uncertain", "verdict": verdict})


def by_hand(firm: Firm, batch_id: UUID, verdict: Verdict) -> None:
    """Give a person's verdict."""
    with firm.database.transaction() as session:
        settle_by_hand(session, batch_id, verdict, actor="operator", now=firm.database.at)


def test_a_letter_that_was_given_up_is_never_sent_again(firm: Firm) -> None:
    """Its slot stays taken, since it may have arrived."""
    by_hand(firm, lose(firm), "giveup")
    assert post(firm) is None
    assert [one.slot_key for one in letters(firm) if one.state == "failed"] == ["report:1"]


def test_what_is_not_in_doubt_is_not_settled_by_hand(firm: Firm) -> None:
    """A batch that goes its way, an unknown id and a refused one said to be accepted are refused."""
    ready = queue(firm)
    with pytest.raises(Conflict, match="ready"):
        by_hand(firm, ready, "resend")
    with pytest.raises(NotFound):
        by_hand(firm, UUID(int=5), "resend")
    post(firm, PostResult("refused", 400, detail="bad"))
    with pytest.raises(Conflict, match="refused in full"):
        by_hand(firm, ready, "accepted")
    by_hand(firm, ready, "resend")
    post(firm)
    assert batch(firm).state == "accepted"


def test_troubles_are_listed(firm: Firm, now: datetime) -> None:
    """Uncertain and parked batches, held senders, and what merely waits."""
    with firm.database.transaction() as session:
        assert not list_troubles(session)
    lose(firm)
    queue(firm, ("bo@example.test",))
    post(firm, PostResult("refused", 400, detail="bad template"))
    queue(firm, ("cy@example.test",))
    post(firm, PostResult("later", 401, detail="no such key", trouble="key"))
    with firm.database.transaction() as session:
        found = list_troubles(session)
    assert [(one.state, one.letters, one.since) for one in found.batches] == [
        ("uncertain", 1, now),
        ("parked", 1, now),
    ]
    assert [(one.trouble, one.detail) for one in found.held] == [("key", "no such key")]
    assert (found.ready, found.mail_stopped_at) == (1, None)
    assert claim(firm) is None
