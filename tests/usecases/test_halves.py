"""A request that is refused without naming anybody: the fault is looked for by halves."""

from typing import Any

import pytest
from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases.deliver import deliver
from coaching.usecases.moves import batches
from coaching.usecases.settle import settle_attempts
from coaching.usecases.troubled_batches import settle_by_hand
from tests.support.drain import Firm, post_room
from tests.support.ledger_room import all_batches, attempts, batch, claim, letters, post, queue
from tests.support.mailers import RecordingMailer

FOUR = tuple(f"{name}@example.test" for name in ("ana", "bo", "cy", "di"))
REFUSED = PostResult("refused", 400, detail="something is wrong")
TOO_LARGE = PostResult("refused", 413, detail="too large")


class Choosy(RecordingMailer):
    """Refuses whatever holds one address, without saying why."""

    def __init__(self, guilty: str, firm: Firm) -> None:
        super().__init__(clock=lambda: firm.database.at)
        self.guilty = guilty

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Refuse or take a request."""
        self.answers[:] = [REFUSED] if self.guilty in str(body) else []
        return super().post(body, not_after=not_after)


def states(firm: Firm) -> list[str]:
    """Return the states of all batches."""
    return [one.state for one in all_batches(firm)]


def test_a_refused_batch_is_split_in_two(firm: Firm) -> None:
    """The batch is closed, and each half waits as a batch of its own with its letters."""
    whole = queue(firm, FOUR)
    post(firm, REFUSED)
    first, left, right = all_batches(firm)
    assert (first.id, first.state) == (whole, "closed")
    assert [(one.state, one.size, one.split_from) for one in (left, right)] == [("ready", 2, whole)] * 2
    assert sorted(str(one.batch_id) for one in letters(firm)) == sorted(
        [str(left.id)] * 2 + [str(right.id)] * 2
    )


def test_halves_that_are_refused_alike_are_parked(firm: Firm) -> None:
    """The fault is in what all of them share: a person has to look, and nobody was written to."""
    queue(firm, FOUR)
    for _ in range(3):
        post(firm, REFUSED)
    assert states(firm) == ["closed", "parked", "parked"]
    assert post(firm) is None
    assert {one.state for one in letters(firm)} == {"queued"}


def test_the_fault_is_followed_into_its_half(firm: Firm) -> None:
    """One letter is at fault: it fails alone in the end, and the other three are sent."""
    queue(firm, FOUR)
    guilty = "cy@example.test"
    posted = 0
    while True:
        if not post_if_innocent(firm, guilty):
            break
        posted += 1
        assert posted < 20
    assert sorted(one.address for one in firm.mailer.letters) == [one for one in FOUR if one != guilty]
    assert sorted(one.state for one in letters(firm)) == ["failed", "queued", "queued", "queued"]
    assert "took those that went with it" in str(
        [one.outcome for one in letters(firm) if one.state == "failed"]
    )
    assert "parked" not in states(firm)


def post_if_innocent(firm: Firm, guilty: str) -> bool:
    """Deliver the next batch to a SendGrid that refuses whatever holds this address."""
    held = claim(firm)
    if held is None:
        return False
    mailer = Choosy(guilty, firm)
    deliver(firm.database, post_room(mailer, firm.secrets), held)
    firm.mailer.letters += mailer.letters
    return True


def test_a_half_that_was_parked_first_is_looked_at_again(firm: Firm) -> None:
    """The left half was refused before the right one was accepted: then the fault is the left one's own."""
    queue(firm, FOUR)
    post(firm, REFUSED)
    post(firm, REFUSED)
    assert states(firm) == ["closed", "parked", "ready"]
    post(firm)
    assert states(firm) == ["closed", "closed", "accepted", "ready", "ready"]


def test_one_letter_alone_is_parked(firm: Firm) -> None:
    """A batch of one has no halves."""
    queue(firm)
    post(firm, REFUSED)
    assert batch(firm).state == "parked"


def test_what_is_too_large_is_halved_until_it_fits(firm: Firm) -> None:
    """413 speaks of the size, so both halves may be refused and are halved again."""
    queue(firm, FOUR)
    for _ in range(3):
        post(firm, TOO_LARGE)
    assert states(firm) == ["closed"] * 3 + ["ready"] * 4
    while post(firm) is not None:
        pass
    assert len(firm.mailer.letters) == 4


@pytest.mark.parametrize("proof", ["receipt", "person"])
def test_a_half_that_is_accepted_late_frees_the_other_too(firm: Firm, proof: str) -> None:
    """One half was refused, the other's answer lost: once that is known to have gone, the fault is found."""
    queue(firm, FOUR[:2])
    for answer in (REFUSED, REFUSED, PostResult("unknown", detail="cut")):
        post(firm, answer)
    assert states(firm) == ["closed", "parked", "uncertain"]
    lost = all_batches(firm)[2].id
    with firm.database.transaction() as session:
        if proof == "receipt":
            settle_attempts(session, [attempts(firm)[-1].id], firm.database.at)
        else:
            settle_by_hand(session, lost, "accepted", actor="operator", now=firm.database.at)
    assert states(firm) == ["closed", "closed", "accepted"]
    assert sorted(one.state for one in letters(firm)) == ["failed", "queued"]


def test_halves_take_turns(firm: Firm) -> None:
    """Whoever settles a half holds what it was split from, so that neither decides by the other's past."""
    queue(firm, FOUR[:2])
    post(firm, REFUSED)
    whole, left, right = (one.id for one in all_batches(firm))
    with firm.database.transaction() as session:
        assert set(batches.lock(session, [left])) == {left}
        with firm.database.transaction() as other:
            free = select(tables.Batch.id).with_for_update(skip_locked=True)
            assert set(other.scalars(free)) == {right}
        assert whole not in batches.lock(session, [left])
