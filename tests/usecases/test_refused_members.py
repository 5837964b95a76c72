"""One bad address fails alone, and a receipt that came early still settles its batch."""

from datetime import timedelta

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases.settle import expire_leases, settle_from_receipts
from tests.support.drain import Firm
from tests.support.ledger_room import attempts, batch, letters, post, queue


def test_only_the_named_member_fails(firm: Firm) -> None:
    """A 400 that names one recipient fails that letter; the others go with the next attempt."""
    queue(firm, ("ana@example.test", "bo@example.test", "cy@example.test"))
    post(firm, PostResult("refused", 400, detail="bad address", members=(1,)))
    assert [one.state for one in letters(firm)] == ["queued", "failed", "queued"]
    assert batch(firm).state == "ready"
    assert post(firm) is not None
    assert batch(firm).state == "accepted"
    assert [one.size for one in attempts(firm)] == [3, 2]
    assert len(firm.mailer.letters) == 2


def test_a_batch_of_bad_members_closes(firm: Firm) -> None:
    """Where every member is named, nothing is left to send and the batch says so."""
    queue(firm)
    post(firm, PostResult("refused", 400, detail="bad address", members=(0,)))
    assert [one.state for one in letters(firm)] == ["failed"]
    assert batch(firm).state == "closed"


def test_a_place_beyond_the_batch_parks_it(firm: Firm) -> None:
    """A place that no member has names nobody: a person looks at it."""
    queue(firm)
    post(firm, PostResult("refused", 400, detail="bad address", members=(7,)))
    assert batch(firm).state == "parked"


def test_an_early_receipt_settles_what_is_called_uncertain_later(firm: Firm) -> None:
    """The receipt was stored while the worker was still thought to be posting."""
    queue(firm)
    post(firm, PostResult("unknown", detail="ReadTimeoutError"))
    (attempt,) = attempts(firm)
    with firm.database.transaction() as session:
        session.add(tables.Receipt(attempt_id=attempt.id, kind="delivered", at=firm.database.at))
    firm.database.at += timedelta(seconds=1)
    with firm.database.transaction() as session:
        expire_leases(session, now=firm.database.at)
        settle_from_receipts(session, now=firm.database.at)
    assert (batch(firm).state, attempts(firm)[0].outcome) == ("accepted", "accepted")
