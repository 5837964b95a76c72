"""From batch to request: each outcome has its state, and nothing leaves twice or without a lease."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.domain import links
from coaching.domain.links import Purpose
from coaching.usecases.next_batch import anything_ready
from coaching.usecases.post_room import POSTING_DEADLINE
from coaching.usecases.settle import expire_leases
from coaching.usecases.sweep import sweep
from coaching.usecases.unsubscribe import unsubscribe
from tests.support.drain import LEASE, SENDER, Firm, everyone
from tests.support.ledger import agree, put_client, put_letter
from tests.support.ledger_room import attempts, batch, letters, post, queue


def test_an_accepted_batch_is_done(firm: Firm, now: datetime) -> None:
    """One request carries every letter with its ids and headers, and the ledger says when it went."""
    batch_id = queue(firm, ("ana@example.test", "bo@example.test"))
    result = post(firm)
    assert result is not None
    assert result.outcome == "accepted"
    done, (attempt,) = batch(firm), attempts(firm)
    assert (done.state, done.accepted_at, done.lease_token) == ("accepted", now, None)
    assert (attempt.outcome, attempt.status, attempt.provider_id) == ("accepted", 202, "provider-id")
    assert (attempt.number, attempt.size, attempt.batch_id) == (1, 2, batch_id)
    sent = firm.mailer.letters
    assert sorted(one.address for one in sent) == ["ana@example.test", "bo@example.test"]
    assert {one.message_id for one in sent} == {one.id for one in letters(firm)}
    assert {one.attempt_id for one in sent} == {attempt.id}
    assert all(one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" for one in sent)
    assert all("[%" not in one.subject + one.text for one in sent)


def test_an_accepted_batch_is_not_posted_again(firm: Firm) -> None:
    """A task that comes twice finds nothing to do."""
    queue(firm)
    post(firm)
    assert post(firm) is None
    assert len(firm.mailer.bodies) == 1


def test_try_later_waits_and_counts(firm: Firm, now: datetime) -> None:
    """A refusal in full is tried again after its back-off as a second attempt, and not before."""
    queue(firm)
    post(firm, PostResult("later", 503, detail="away"))
    waiting = batch(firm)
    assert (waiting.state, waiting.refusals) == ("ready", 1)
    assert now + timedelta(seconds=1) <= waiting.not_before <= now + timedelta(seconds=1.2)
    assert post(firm) is None
    firm.database.at = waiting.not_before
    assert post(firm, PostResult("later", 429, retry_after_s=17)) is not None
    wait = batch(firm).not_before - firm.database.at
    assert timedelta(seconds=17) <= wait <= timedelta(seconds=17 * 1.2)
    firm.database.at = batch(firm).not_before
    post(firm)
    assert batch(firm).state == "accepted"
    assert [one.outcome for one in attempts(firm)] == ["refused", "refused", "accepted"]


def test_a_faulty_request_is_parked(firm: Firm) -> None:
    """A 400 is kept for a person with what was said, and not tried again by itself."""
    queue(firm)
    post(firm, PostResult("refused", 400, detail="bad template"))
    assert (batch(firm).state, batch(firm).reason) == ("parked", "bad template")
    firm.database.at += timedelta(days=1)
    assert post(firm) is None


def test_an_unknown_outcome_is_not_resent(firm: Firm) -> None:
    """After a cut connection nobody knows: the batch stays uncertain and no sweep picks it up."""
    queue(firm)
    post(firm, PostResult("unknown", detail="ReadTimeoutError"))
    firm.database.at += timedelta(hours=1)
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        assert not anything_ready(session, now=firm.database.at)
    assert post(firm) is None
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("uncertain", "unknown")
    assert len(firm.mailer.bodies) == 1


class Stalling:
    """Stands in for the clock's reading and does something between claim and attempt."""

    def __init__(self, firm: Firm, meanwhile: Callable[[], None]) -> None:
        self.readings = 0
        self.firm = firm
        self.meanwhile = meanwhile

    def __call__(self, _session: Session) -> datetime:
        """Return the time; before the second reading, let the world move on."""
        self.readings += 1
        if self.readings == 2:
            self.meanwhile()
        return self.firm.database.at


def test_a_worker_that_lost_its_lease_posts_nothing(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stalls between claim and post for longer than its lease leaves everything as it is."""
    queue(firm)

    def stall() -> None:
        firm.database.at += LEASE

    monkeypatch.setattr(firm.database, "now", Stalling(firm, stall))
    assert post(firm) is None
    assert firm.mailer.bodies == []
    assert attempts(firm) == []
    assert batch(firm).state == "claimed"


def test_a_batch_taken_over_is_posted_by_the_new_holder_only(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one worker stalls, its lease runs out and another claims: the token tells them apart."""
    queue(firm)
    other_token = UUID(int=5)

    def take_over() -> None:
        with firm.database.transaction() as session:
            session.execute(update(tables.Batch).values(lease_token=other_token))

    monkeypatch.setattr(firm.database, "now", Stalling(firm, take_over))
    assert post(firm) is None
    assert firm.mailer.bodies == []
    assert batch(firm).lease_token == other_token


def test_leases_of_lost_workers_run_out(firm: Firm, now: datetime) -> None:
    """A claimed batch is ready again; one that was posting is uncertain, with its attempt."""
    queue(firm)
    hold = {"state": "claimed", "lease_token": UUID(int=1), "lease_until": now + LEASE}
    with firm.database.transaction() as session:
        session.execute(update(tables.Batch).values(hold))
        assert expire_leases(session, now=now + LEASE - timedelta(seconds=1)) == 0
        assert expire_leases(session, now=now + LEASE) == 1
    assert (batch(firm).state, batch(firm).lease_token) == ("ready", None)
    with firm.database.transaction() as session:
        session.execute(update(tables.Batch).values(hold))
        session.execute(update(tables.Batch).values(state="posting", lease_until=now + POSTING_DEADLINE))
        batch_id = session.scalars(select(tables.Batch.id)).one()
        session.add(tables.Attempt(batch_id=batch_id, number=1, template_version="1", size=1, started_at=now))
    with firm.database.transaction() as session:
        assert expire_leases(session, now=now + POSTING_DEADLINE) == 1
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("uncertain", "unknown")


def campaign_letter(firm: Firm, at: datetime) -> UUID:
    """Put a letter of a campaign to a confirmed client into a batch, and return the message."""
    with firm.database.transaction() as session:
        client = put_client(session, firm.secrets, confirmed_at=at)
        agree(session, client, at)
        row = put_letter(session, client, at, family="campaign", template="report", slot_key="campaign:1")
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=at)
    return row.id


def test_who_unsubscribes_while_queued_gets_nothing(firm: Firm, now: datetime) -> None:
    """At claim each letter is decided again: it leaves the batch, and the emptied batch is closed."""
    message_id = campaign_letter(firm, now)
    with firm.database.transaction() as session:
        token = links.sign(firm.secrets.keys, Purpose.UNSUBSCRIBE, message_id)
        unsubscribe(session, firm.secrets, token, now=now)
    assert post(firm) is None
    (row,) = letters(firm)
    assert (row.state, row.batch_id) == ("skipped", None)
    assert row.outcome == "The client has unsubscribed from these letters."
    assert batch(firm).state == "closed"
    assert firm.mailer.bodies == []


def test_a_window_that_closed_meanwhile_sends_a_letter_back(firm: Firm, now: datetime) -> None:
    """A letter that was queued before six and taken up at night waits for the morning."""
    campaign_letter(firm, now)
    firm.database.at = now + timedelta(hours=12)
    post(firm)
    (row,) = letters(firm)
    assert (row.state, row.batch_id) == ("planned", None)
    assert row.look_at == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def test_one_letter_leaving_does_not_hold_up_the_rest(firm: Firm, now: datetime) -> None:
    """When one of two clients is gone, the other's letter goes, and the attempt counts one."""
    queue(firm, ("ana@example.test", "bo@example.test"))
    with firm.database.transaction() as session:
        session.delete(session.scalars(select(tables.Client).filter_by(email="ana@example.test")).one())
    post(firm)
    assert [one.address for one in firm.mailer.letters] == ["bo@example.test"]
    assert sorted(one.state for one in letters(firm)) == ["cancelled", "queued"]
    assert (batch(firm).state, attempts(firm)[0].size) == ("accepted", 1)


def test_a_letter_that_cannot_be_written_fails_alone(firm: Firm, now: datetime) -> None:
    """A report letter to a known client without its report fails with a reason; the batch is closed."""
    with firm.database.transaction() as session:
        put_letter(session, put_client(session, firm.secrets), now, template="report-known")
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)
    assert post(firm) is None
    (row,) = letters(firm)
    assert row.state == "failed"
    assert row.outcome is not None
    assert "could not be written" in row.outcome
    assert batch(firm).state == "closed"
