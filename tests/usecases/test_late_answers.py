"""Answers that come late, receipts that come early, and a database that is away at the wrong moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases import deliver as delivering
from coaching.usecases.deliver import deliver
from coaching.usecases.fill_batch import fill_batch
from coaching.usecases.post_room import POSTING_DEADLINE
from coaching.usecases.record_answer import record_answer
from coaching.usecases.settle import expire_leases, settle_attempts, settle_from_receipts
from coaching.usecases.suppressions import close_fence, suppress
from tests.support.drain import LEASE, Firm, post_room
from tests.support.ledger_room import attempts, batch, claim, hear, letters, post, queue
from tests.support.mailers import RecordingMailer

ACCEPTED = PostResult("accepted", 202, "provider-id")


class SlowMailer(RecordingMailer):
    """Lets something happen while the request is under way."""

    def __init__(self, firm: Firm, meanwhile: Callable[[], None], answer: PostResult) -> None:
        super().__init__(answer, clock=lambda: firm.database.at)
        self.meanwhile = meanwhile

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Take the request, and answer after something has happened."""
        self.meanwhile()
        return super().post(body, not_after=not_after)


def deliver_slowly(firm: Firm, meanwhile: Callable[[], None], answer: PostResult) -> None:
    """Claim the next batch and deliver it through a mailer that takes its time."""
    held = claim(firm)
    assert held is not None
    deliver(firm.database, post_room(SlowMailer(firm, meanwhile, answer), firm.secrets), held)


def conclude_wrongly(firm: Firm) -> UUID:
    """Take silence about the first attempt for a no, and let its batch go again; return the attempt."""
    first = attempts(firm)[0].id
    with firm.database.transaction() as session:
        session.get_one(tables.Attempt, first).outcome = "refused"
        session.get_one(tables.Batch, batch(firm).id).state = "ready"
    return first


def pass_deadline(firm: Firm) -> None:
    """Let the posting deadline pass, and the sweep notice it."""
    firm.database.at += POSTING_DEADLINE
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        settle_from_receipts(session, now=firm.database.at)


@pytest.mark.parametrize(
    ("answer", "state", "outcome"),
    [
        (ACCEPTED, "accepted", "accepted"),
        (PostResult("later", 503), "ready", "refused"),
        (PostResult("refused", 400, detail="bad"), "parked", "refused"),
        (PostResult("unknown", 500), "uncertain", "unknown"),
    ],
)
def test_an_answer_after_the_deadline_still_tells(
    firm: Firm, answer: PostResult, state: str, outcome: str
) -> None:
    """The batch is uncertain already; the answer of its newest attempt settles it."""
    queue(firm)
    deliver_slowly(firm, lambda: pass_deadline(firm), answer)
    assert (batch(firm).state, attempts(firm)[0].outcome) == (state, outcome)


def test_a_late_no_of_an_old_attempt_changes_nothing(firm: Firm) -> None:
    """The batch was resent by hand and accepted; then the first worker's refusal comes."""
    queue(firm)

    def resent_meanwhile() -> None:
        pass_deadline(firm)
        conclude_wrongly(firm)
        post(firm)

    deliver_slowly(firm, resent_meanwhile, PostResult("later", 503))
    assert [one.outcome for one in attempts(firm)] == ["refused", "accepted"]
    assert batch(firm).state == "accepted"


def test_a_late_yes_is_believed_whatever_was_concluded(firm: Firm) -> None:
    """Silence was taken for a no, wrongly; the batch waits to go again when the yes comes: it doesn't go."""
    queue(firm)

    def concluded_meanwhile() -> None:
        pass_deadline(firm)
        conclude_wrongly(firm)

    deliver_slowly(firm, concluded_meanwhile, ACCEPTED)
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("accepted", "accepted")
    assert post(firm) is None


def test_a_receipt_takes_the_batch_out_of_a_workers_hands(firm: Firm, now: datetime) -> None:
    """A batch was made ready and claimed again when a receipt proves its first attempt: no second post."""
    queue(firm)
    post(firm, PostResult("unknown"))
    conclude_wrongly(firm)
    held = claim(firm)
    assert held is not None
    with firm.database.transaction() as session:
        settle_attempts(session, [attempts(firm)[0].id], now)
    assert deliver(firm.database, post_room(firm.mailer, firm.secrets), held) is None
    assert (batch(firm).state, len(firm.mailer.bodies)) == ("accepted", 1)


def test_an_older_attempt_proven_while_a_newer_one_is_posted_counts(firm: Firm) -> None:
    """Silence was taken for a no; the receipt comes while attempt two is refused: no third one goes."""
    queue(firm)
    post(firm, PostResult("unknown"))
    first = conclude_wrongly(firm)

    def proven_meanwhile() -> None:
        with firm.database.transaction() as session:
            settle_attempts(session, [first], firm.database.at)

    deliver_slowly(firm, proven_meanwhile, PostResult("later", 429, retry_after_s=1.0))
    assert [one.outcome for one in attempts(firm)] == ["accepted", "refused"]
    assert batch(firm).state == "accepted"


def test_an_older_attempt_proven_while_a_worker_is_lost_counts(firm: Firm) -> None:
    """The second attempt's worker dies: the batch is accepted, by the receipt of the first."""
    queue(firm)
    post(firm, PostResult("unknown"))
    first = conclude_wrongly(firm)

    def die() -> None:
        with firm.database.transaction() as session:
            settle_attempts(session, [first], firm.database.at)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_slowly(firm, die, ACCEPTED)
    pass_deadline(firm)
    assert batch(firm).state == "accepted"


def test_a_receipt_that_comes_before_the_answer_waits_for_it(firm: Firm) -> None:
    """While the worker is still posting, its own answer decides; a lost worker is settled by the receipt."""
    queue(firm)

    def heard_meanwhile() -> None:
        (attempt,) = attempts(firm)
        hear(firm, attempt.id)
        with firm.database.transaction() as session:
            settle_attempts(session, [attempt.id], firm.database.at)
        assert batch(firm).state == "posting"

    deliver_slowly(firm, heard_meanwhile, PostResult("unknown", detail="cut"))
    assert batch(firm).state == "uncertain"
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        settle_from_receipts(session, now=firm.database.at)
    assert batch(firm).state == "accepted"


def test_who_is_suppressed_after_the_recheck_is_not_posted_to(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suppression that commits between the recheck and the attempt sends the batch back to be rechecked."""
    queue(firm, ("ana@example.test", "bo@example.test"))
    held = claim(firm)
    assert held is not None
    fill = fill_batch

    def suppressed_afterwards(*given: Any) -> Any:
        parcel = fill(*given)
        with firm.database.transaction() as session:
            close_fence(session)
            ana = session.get_one(tables.Client, letters(firm)[0].recipient_id)
            suppress(session, ana.address_hash, "all", reason="bounced", source="test", now=firm.database.at)
        return parcel

    monkeypatch.setattr(delivering, "fill_batch", suppressed_afterwards)
    assert deliver(firm.database, post_room(firm.mailer, firm.secrets), held) is None
    assert (batch(firm).state, attempts(firm), firm.mailer.bodies) == ("ready", [], [])
    monkeypatch.undo()
    post(firm)
    assert [one.address for one in firm.mailer.letters] == ["bo@example.test"]


def test_a_no_that_does_not_concern_the_letter_does_not_hold_it_up(firm: Firm) -> None:
    """Who has just unsubscribed from letters still gets the report that they asked for, at once."""
    queue(firm)
    with firm.database.transaction() as session:
        close_fence(session)
        ana = session.get_one(tables.Client, letters(firm)[0].recipient_id)
        suppress(session, ana.address_hash, "letters", reason="test", source="test", now=firm.database.at)
    post(firm)
    assert batch(firm).state == "accepted"


def test_a_worker_that_stalls_before_posting_posts_nothing(firm: Firm) -> None:
    """The mailer refuses to send what is no longer fresh; the batch is ready at once, and nobody waits."""
    queue(firm)
    post(firm, PostResult("later", detail="it came too late to be posted", retry_after_s=0.0))
    done = batch(firm)
    assert (done.state, done.refusals, done.not_before) == ("ready", 0, firm.database.at)
    post(firm)
    assert batch(firm).state == "accepted"


def test_the_answer_is_written_down_when_the_database_is_back(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away when the answer comes: the worker keeps it and writes it down later."""
    queue(firm)
    tries: list[int] = []
    record = record_answer

    def away_at_first(*given: Any, **more: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))
        record(*given, **more)

    monkeypatch.setattr(delivering, "record_answer", away_at_first)
    post(firm)
    assert (batch(firm).state, len(tries)) == ("accepted", 2)


def test_an_attempt_whose_commit_was_lost_is_withdrawn(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt was committed but its worker was told otherwise and posted nothing: ready again at once."""
    queue(firm)
    held = claim(firm)
    assert held is not None
    begin = delivering.begin_attempt

    def commit_then_fail(session: Any, parcel: Any, now: datetime) -> bool:
        begin(session, parcel, now)
        session.commit()
        raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(delivering, "begin_attempt", commit_then_fail)
    with pytest.raises(OperationalError):
        deliver(firm.database, post_room(firm.mailer, firm.secrets), held)
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("ready", "refused")
    assert firm.mailer.bodies == []
    monkeypatch.undo()
    post(firm)
    assert batch(firm).state == "accepted"


def test_a_lease_is_renewed_when_the_letters_are_filled_in(firm: Firm) -> None:
    """The recheck of a large batch takes its time; the lease counts from its end."""
    queue(firm)
    held = claim(firm)
    assert held is not None
    firm.database.at += LEASE - timedelta(seconds=1)
    assert deliver(firm.database, post_room(firm.mailer, firm.secrets), held) is not None
    assert batch(firm).state == "accepted"


def test_a_batch_that_cannot_be_filled_in_holds_up_no_other(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in one batch is logged; it waits a minute, and the next batch goes."""
    queue(firm)
    fill = fill_batch

    def faulty(*given: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(delivering, "fill_batch", faulty)
    assert post(firm) is None
    monkeypatch.setattr(delivering, "fill_batch", fill)
    waiting = batch(firm)
    assert (waiting.state, waiting.not_before) == ("ready", firm.database.at + timedelta(minutes=1))
    queue(firm, ("bo@example.test",))
    post(firm)
    assert [one.address for one in firm.mailer.letters] == ["bo@example.test"]


def test_an_attempt_that_was_never_written_down_frees_its_batch(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away before the attempt was written: the batch needn't wait for its lease to end."""
    queue(firm)
    held = claim(firm)
    assert held is not None

    def fail(*_given: Any) -> bool:
        raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(delivering, "begin_attempt", fail)
    with pytest.raises(OperationalError):
        deliver(firm.database, post_room(firm.mailer, firm.secrets), held)
    assert (batch(firm).state, attempts(firm)) == ("ready", [])
