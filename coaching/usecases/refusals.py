"""What follows when SendGrid refuses a request for a fault in it: the faulty member fails, not the rest."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mailer import PostResult
from coaching.usecases.halves import fail_found, halve, other_half
from coaching.usecases.moves import batches, messages
from coaching.usecases.moves.messages import Said

_NAMED = Said("The mail provider refuses this address.")
_TOO_LARGE = 413


def settle_refusal(
    session: Session, batch: tables.Batch, members: Sequence[UUID], result: PostResult, *, now: datetime
) -> None:
    """Settle a batch that was refused; `members` in the order in which they stood in the request."""
    named = [members[place] for place in result.members if place < len(members)]
    if named:
        _fail_named(session, batch, named, left=len(members) - len(named), now=now)
    else:
        _look_for_the_fault(session, batch, members, result, now=now)


def _fail_named(
    session: Session, batch: tables.Batch, named: Sequence[UUID], *, left: int, now: datetime
) -> None:
    if left:
        batches.return_ready(session, batch.id, not_before=now, reason=None)
    else:
        batches.close(session, batch.id, reason="The mail provider refused every address in it.")
    messages.fail(session, named, _NAMED, now=now)


def _look_for_the_fault(
    session: Session, batch: tables.Batch, members: Sequence[UUID], result: PostResult, *, now: datetime
) -> None:
    """Nobody is named: try halves. If both halves are refused alike the fault is in what they share."""
    reason = result.detail or "refused without a word"
    other = other_half(session, batch)
    # A half whose other half was emptied, or lost those who were named, is as good as alone.
    alone = other is None or other.state == "closed" or result.status == _TOO_LARGE
    if len(members) > 1 and (alone or (other is not None and other.state == "accepted")):
        halve(session, batch, members, now=now)
    elif other is not None and other.state == "accepted":
        fail_found(session, batch, members, reason=reason, now=now)
    else:
        batches.park(session, batch.id, reason=reason)
