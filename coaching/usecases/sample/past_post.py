"""The post of the past: decided by the real rules at its own time, then written down as sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.rendering import Stationery
from coaching.adapters.secrets import Secrets
from coaching.domain.addresses import mailbox_hash
from coaching.domain.engine.decide import after_queueing, decide
from coaching.domain.ledger import batch_rank
from coaching.usecases.client_states import letter_facts, load_states
from coaching.usecases.moves import messages
from coaching.usecases.moves.decisions import Verdict, hold_back
from coaching.usecases.moves.messages import Said
from coaching.usecases.receipts import Report

_SWEPT_AFTER = timedelta(seconds=1)
_ANSWERED_AFTER = timedelta(milliseconds=240)
_DELIVERED_AFTER = timedelta(seconds=3)


def anyone(_address: str) -> bool:
    """Every address may be written to: the sandbox takes it all in."""
    return True


@dataclass(frozen=True)
class PastPost:
    """Sends as the workers would have sent; `reports` gathers what came back, to be taken in later.

    `bouncing`: addresses that nothing is delivered to; their bounces are reported by themselves.
    """

    session: Session
    stationery: Stationery
    secrets: Secrets
    sender: str
    bouncing: frozenset[str]
    reports: list[Report] = field(default_factory=list)

    def send_due(self, until: Mapping[UUID, datetime]) -> None:
        """Send the letters that fell due for each client before the moment given, each at its own time."""
        letters = self._due(until)
        if not letters:
            return
        oldest = letters[0].due_at
        states = load_states(
            self.session, {row.recipient_id for row in letters}, may_write_to=anyone, now=oldest
        )
        for row in letters:
            at, facts, state = row.due_at + _SWEPT_AFTER, letter_facts(row), states[row.recipient_id]
            decision = decide(facts, state, at)
            if decision.outcome == "send":
                states[row.recipient_id] = after_queueing(state, facts, at)
                self._write_down_as_sent(row, Said.of(decision), at)
            else:
                hold_back(self.session, [(row.id, Verdict.of(decision))], queued=False, now=at)

    def _due(self, until: Mapping[UUID, datetime]) -> Sequence[tables.Message]:
        planned = self.session.scalars(
            select(tables.Message)
            .where(tables.Message.state == "planned", tables.Message.recipient_id.in_(until))
            .order_by(tables.Message.due_at)
        ).all()
        return [row for row in planned if row.due_at < until[row.recipient_id]]

    def _write_down_as_sent(self, row: tables.Message, said: Said, at: datetime) -> None:
        """A batch of one, since hardly two of the forms came at the same time."""
        batch = tables.Batch(
            template=row.template,
            sender=self.sender,
            family=row.family,
            state="accepted",
            rank=batch_rank(row.family),
            size=1,
            due_at=row.due_at,
            not_before=at,
            created_at=at,
            accepted_at=at + _ANSWERED_AFTER,
        )
        self.session.add(batch)
        self.session.flush()
        attempt = tables.Attempt(
            batch_id=batch.id,
            number=1,
            template_version=self.stationery.version(row.template),
            size=1,
            outcome="accepted",
            status=202,
            provider_id=f"sample-{batch.id.hex[-12:]}",
            started_at=at,
            ended_at=batch.accepted_at,
        )
        self.session.add(attempt)
        self.session.flush()
        messages.queue(self.session, [row.id], said, batch.id, now=at)
        email = self.session.get_one(tables.Client, row.recipient_id).email
        kinds = ("processed",) if email in self.bouncing else ("processed", "delivered")
        self.reports.extend(self.report(kind, row.id, attempt.id, email, at) for kind in kinds)

    def report(
        self, kind: str, message_id: UUID, attempt_id: UUID | None, address: str, sent_at: datetime
    ) -> Report:
        """Return what SendGrid would have reported; its times are whole seconds."""
        taken = sent_at.replace(microsecond=0) + _SWEPT_AFTER
        return Report(
            message_id=message_id,
            attempt_id=attempt_id,
            address_hash=mailbox_hash(self.secrets.pepper, address),
            kind=kind,
            at=taken if kind == "processed" else taken + _DELIVERED_AFTER,
            detail=_DETAIL.get(kind, {}),
        )


_DETAIL = {
    "delivered": {"response": "250 OK"},
    "bounce": {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such mailbox here"},
}
