"""Sends a letter to the firm's own address, to be reported on: only then does silence about another tell."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.domain.ledger import TRANSACTIONAL
from coaching.domain.letters import PROBE, letter
from coaching.usecases.moves import messages
from coaching.usecases.moves.messages import Said

_RANK = 5
_WHY = "A batch waits for reports of the mail provider, and no other letter went out since."


def send_probe(session: Session, attempt_id: UUID, batch_id: UUID, *, sender: str, now: datetime) -> UUID:
    """Queue a probe for this attempt, about this batch; return the probe's own batch."""
    batch = tables.Batch(
        template=PROBE,
        sender=sender,
        family=TRANSACTIONAL,
        rank=_RANK,
        size=1,
        due_at=now,
        not_before=now,
        created_at=now,
    )
    session.add(batch)
    sent_before = session.scalar(
        select(func.count())
        .select_from(tables.Message)
        .where(tables.Message.recipient_kind == "firm", tables.Message.recipient_id == batch_id)
    )
    message = tables.Message(
        recipient_kind="firm",
        recipient_id=batch_id,
        family=TRANSACTIONAL,
        template=PROBE,
        slot_key=f"probe:{attempt_id}:{(sent_before or 0) + 1}",
        due_at=now,
        look_at=now,
        expires_at=now + letter(PROBE).expires_after,
        rank=_RANK,
        why=_WHY,
        created_at=now,
    )
    session.add(message)
    session.flush()
    messages.queue(session, [message.id], Said("A probe has no rules to meet."), batch.id, now=now)
    ring_after_commit(session, bell.DELIVER)
    return batch.id
