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
from coaching.usecases.deliver import POSTING_DEADLINE, back_off, deliver, ready_batches
from coaching.usecases.settle import expire_leases
from coaching.usecases.sweep import sweep
from coaching.usecases.unsubscribe import unsubscribe
from tests.support.drain import LEASE, SENDER, Firm, everyone, post_room
from tests.support.ledger import agree, put_client, put_letter


def queue(firm: Firm, addresses: tuple[str, ...] = ("ana@example.test",)) -> UUID:
    """Put one report letter for each address into one batch."""
    with firm.database.transaction() as session:
        for address in addresses:
            put_letter(session, put_client(session, firm.secrets, address), firm.database.at)
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=firm.database.at)
    with firm.database.transaction() as session:
        return session.scalars(select(tables.Batch.id)).one()


def post(firm: Firm, batch_id: UUID, *answers: PostResult) -> PostResult | None:
    """Deliver the batch once, with these answers from the other side."""
    firm.mailer.answers[:] = answers
    return deliver(firm.database, post_room(firm.mailer, firm.secrets), batch_id)


def batch(firm: Firm) -> tables.Batch:
    """Return the one batch as it stands."""
    with firm.database.transaction() as session:
        return session.scalars(select(tables.Batch)).one()


def attempts(firm: Firm) -> list[tables.Attempt]:
    """Return the attempts in order."""
    with firm.database.transaction() as session:
        return list(session.scalars(select(tables.Attempt).order_by(tables.Attempt.number)))


def letters(firm: Firm) -> list[tables.Message]:
    """Return all letters by their slots."""
    with firm.database.transaction() as session:
        return list(session.scalars(select(tables.Message).order_by(tables.Message.id)))


def test_an_accepted_batch_is_done(firm: Firm, now: datetime) -> None:
    """One request carries every letter with its ids and headers, and the ledger says when it went."""
    result = post(firm, batch_id := queue(firm, ("ana@example.test", "bo@example.test")))
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
    batch_id = queue(firm)
    post(firm, batch_id)
    assert post(firm, batch_id) is None
    assert len(firm.mailer.bodies) == 1


def test_try_later_waits_and_counts(firm: Firm, now: datetime) -> None:
    """A refusal in full is tried again after its back-off as a second attempt, and not before."""
    batch_id = queue(firm)
    post(firm, batch_id, PostResult("later", 503, detail="away"))
    waiting = batch(firm)
    assert (waiting.state, waiting.refusals) == ("ready", 1)
    assert waiting.not_before == now + timedelta(seconds=1)
    assert post(firm, batch_id) is None
    firm.database.at = waiting.not_before
    assert post(firm, batch_id, PostResult("later", 429, retry_after_s=17)) is not None
    assert batch(firm).not_before == firm.database.at + timedelta(seconds=17)
    firm.database.at = batch(firm).not_before
    post(firm, batch_id)
    assert batch(firm).state == "accepted"
    assert [one.outcome for one in attempts(firm)] == ["refused", "refused", "accepted"]


@pytest.mark.parametrize(
    ("refusals", "asked", "seconds"),
    [(0, None, 1), (1, None, 2), (5, None, 32), (20, None, 600), (0, 30.0, 30), (9, 0.0, 1)],
)
def test_back_off(refusals: int, asked: float | None, seconds: float) -> None:
    """What the other side asks for, or a second that doubles up to ten minutes."""
    assert back_off(refusals, asked) == timedelta(seconds=seconds)


def test_a_faulty_request_is_parked(firm: Firm) -> None:
    """A 400 is kept for a person with what was said, and not tried again by itself."""
    batch_id = queue(firm)
    post(firm, batch_id, PostResult("refused", 400, detail="bad template"))
    assert (batch(firm).state, batch(firm).reason) == ("parked", "bad template")
    firm.database.at += timedelta(days=1)
    assert post(firm, batch_id) is None


def test_an_unknown_outcome_is_not_resent(firm: Firm) -> None:
    """After a cut connection nobody knows: the batch stays uncertain and no sweep picks it up."""
    batch_id = queue(firm)
    post(firm, batch_id, PostResult("unknown", detail="ReadTimeoutError"))
    firm.database.at += timedelta(hours=1)
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        assert not ready_batches(session, at=firm.database.at)
    assert post(firm, batch_id) is None
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
    batch_id = queue(firm)

    def stall() -> None:
        firm.database.at += LEASE

    monkeypatch.setattr(firm.database, "now", Stalling(firm, stall))
    assert post(firm, batch_id) is None
    assert firm.mailer.bodies == []
    assert attempts(firm) == []
    assert batch(firm).state == "claimed"


def test_a_batch_taken_over_is_posted_by_the_new_holder_only(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one worker stalls, its lease runs out and another claims: the token tells them apart."""
    batch_id = queue(firm)
    other_token = UUID(int=5)

    def take_over() -> None:
        with firm.database.transaction() as session:
            session.execute(update(tables.Batch).values(lease_token=other_token))

    monkeypatch.setattr(firm.database, "now", Stalling(firm, take_over))
    assert post(firm, batch_id) is None
    assert firm.mailer.bodies == []
    assert batch(firm).lease_token == other_token


def test_leases_of_lost_workers_run_out(firm: Firm, now: datetime) -> None:
    """A claimed batch is ready again; one that was posting is uncertain, with its attempt."""
    batch_id = queue(firm)
    hold = {"state": "claimed", "lease_token": UUID(int=1), "lease_until": now + LEASE}
    with firm.database.transaction() as session:
        session.execute(update(tables.Batch).values(hold))
        assert expire_leases(session, now=now + LEASE - timedelta(seconds=1)) == 0
        assert expire_leases(session, now=now + LEASE) == 1
    assert (batch(firm).state, batch(firm).lease_token) == ("ready", None)
    with firm.database.transaction() as session:
        session.execute(
            update(tables.Batch).values({**hold, "state": "posting", "lease_until": now + POSTING_DEADLINE})
        )
        session.add(tables.Attempt(batch_id=batch_id, number=1, template_version="1", size=1, started_at=now))
    with firm.database.transaction() as session:
        assert expire_leases(session, now=now + POSTING_DEADLINE) == 1
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("uncertain", "unknown")


def drip(firm: Firm, at: datetime) -> UUID:
    """Put a drip letter to a confirmed client into a batch, and return the message."""
    with firm.database.transaction() as session:
        client = put_client(session, firm.secrets, confirmed_at=at)
        agree(session, client, at)
        row = put_letter(session, client, at, family="drip", template="report", slot_key="drip:1:1")
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=at)
    return row.id


def test_who_unsubscribes_while_queued_gets_nothing(firm: Firm, now: datetime) -> None:
    """At claim each letter is decided again: it leaves the batch, and the emptied batch is closed."""
    message_id = drip(firm, now)
    with firm.database.transaction() as session:
        token = links.sign(firm.secrets.keys, Purpose.UNSUBSCRIBE, message_id)
        unsubscribe(session, firm.secrets, token, now=now)
    assert post(firm, batch(firm).id) is None
    (row,) = letters(firm)
    assert (row.state, row.batch_id) == ("skipped", None)
    assert row.outcome == "The client has unsubscribed from these letters."
    assert batch(firm).state == "closed"
    assert firm.mailer.bodies == []


def test_a_window_that_closed_meanwhile_sends_a_letter_back(firm: Firm, now: datetime) -> None:
    """A letter that was queued before six and taken up at night waits for the morning."""
    drip(firm, now)
    firm.database.at = now + timedelta(hours=12)
    post(firm, batch(firm).id)
    (row,) = letters(firm)
    assert (row.state, row.batch_id) == ("planned", None)
    assert row.look_at == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def test_one_letter_leaving_does_not_hold_up_the_rest(firm: Firm, now: datetime) -> None:
    """When one of two clients is gone, the other's letter goes, and the attempt counts one."""
    queue(firm, ("ana@example.test", "bo@example.test"))
    with firm.database.transaction() as session:
        session.delete(session.scalars(select(tables.Client).filter_by(email="ana@example.test")).one())
    post(firm, batch(firm).id)
    assert [one.address for one in firm.mailer.letters] == ["bo@example.test"]
    assert sorted(one.state for one in letters(firm)) == ["cancelled", "queued"]
    assert (batch(firm).state, attempts(firm)[0].size) == ("accepted", 1)


def test_a_letter_that_cannot_be_written_fails_alone(firm: Firm, now: datetime) -> None:
    """A report letter to a known client without its report fails with a reason; the batch is closed."""
    with firm.database.transaction() as session:
        put_letter(session, put_client(session, firm.secrets), now, template="report-known")
        sweep(session, sender=SENDER.address, may_write_to=everyone, now=now)
    assert post(firm, batch(firm).id) is None
    (row,) = letters(firm)
    assert row.state == "failed"
    assert row.outcome is not None
    assert "could not be written" in row.outcome
    assert batch(firm).state == "closed"


def test_ready_batches_come_oldest_first(firm: Firm, now: datetime) -> None:
    """Batches whose time has come, in the order of that time, no more than asked for."""
    with firm.database.transaction() as session:
        for minutes in (3, 1, 2, -1):
            at = now - timedelta(minutes=minutes)
            session.add(
                tables.Batch(template="report", sender="a@b.test", family="campaign", size=1, not_before=at)
            )
    with firm.database.transaction() as session:
        found = ready_batches(session, at=now, limit=2)
        times = [session.get_one(tables.Batch, one).not_before for one in found]
    assert times == [now - timedelta(minutes=3), now - timedelta(minutes=2)]
