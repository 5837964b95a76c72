"""Claim a batch, look at its members again, write down the attempt, post once, record.

Three short transactions with the request between the second and the third: a crash before the attempt is
written has sent nothing; after it, the outcome is unknown and nothing is resent blindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.mail_body import Recipient, Sender, request_body
from coaching.adapters.mailer import Mailer, PostResult
from coaching.adapters.rendering import Stationery, substitutions
from coaching.adapters.secrets import Secrets
from coaching.domain.engine.decide import after_queueing, decide
from coaching.domain.letters import LetterError
from coaching.usecases.client_states import MayWriteTo, letter_facts, load_states
from coaching.usecases.compose import Links, letter_values, readers, report_tokens
from coaching.usecases.sweep import write_down

# Longer than connect and read time-outs together, so a live post is never taken for a dead one.
POSTING_DEADLINE = timedelta(seconds=20)
_FIRST_BACK_OFF = timedelta(seconds=1)
_LONGEST_BACK_OFF = timedelta(minutes=10)


@dataclass(frozen=True)
class PostRoom:
    """What delivering needs beside the database."""

    mailer: Mailer
    stationery: Stationery
    secrets: Secrets
    sender: Sender
    public_url: str
    may_write_to: MayWriteTo
    lease: timedelta


@dataclass(frozen=True)
class _Claim:
    batch_id: UUID
    token: UUID
    attempt_id: UUID
    template_version: str
    members: tuple[UUID, ...]
    body: dict[str, Any]


def ready_batches(session: Session, *, at: datetime, limit: int = 20) -> Sequence[UUID]:
    """Return batches that may be claimed, oldest first."""
    return session.scalars(
        select(tables.Batch.id)
        .where(tables.Batch.state == "ready", tables.Batch.not_before <= at)
        .order_by(tables.Batch.not_before, tables.Batch.id)
        .limit(limit)
    ).all()


def deliver(database: Database, room: PostRoom, batch_id: UUID) -> PostResult | None:
    """Send one batch; None if another worker has it, nothing was left in it, or the lease ran out."""
    with database.transaction() as session:
        claim = _claim(session, room, batch_id, database.now(session))
    if claim is None:
        return None
    with database.transaction() as session:
        may_post = _begin_attempt(session, claim, database.now(session))
    if not may_post:
        return None
    result = room.mailer.post(claim.body)
    with database.transaction() as session:
        _record(session, claim, result, database.now(session))
    return result


def _claim(session: Session, room: PostRoom, batch_id: UUID, at: datetime) -> _Claim | None:
    row = session.execute(
        update(tables.Batch)
        .where(tables.Batch.id == batch_id, tables.Batch.state == "ready", tables.Batch.not_before <= at)
        .values(state="claimed", lease_token=func.uuidv7(), lease_until=at + room.lease)
        .returning(tables.Batch.lease_token, tables.Batch.template, tables.Batch.family, func.uuidv7())
    ).one_or_none()
    if row is None:
        return None
    token, template, family, attempt_id = row
    members = _recheck(session, room, batch_id, at)
    recipients = _recipients(session, room, template, members)
    if not recipients:
        _close(session, batch_id, "Nothing was left to send when the batch was taken up.")
        return None
    compiled = room.stationery.compile_letter(template)
    body = request_body(compiled, room.sender, family, attempt_id, recipients)
    return _Claim(
        batch_id, token, attempt_id, compiled.version, tuple(one.message_id for one in recipients), body
    )


def _recheck(session: Session, room: PostRoom, batch_id: UUID, at: datetime) -> list[tables.Message]:
    """Decide every member again on today's state; those that no longer qualify leave the batch."""
    rows = session.scalars(
        select(tables.Message)
        .where(tables.Message.batch_id == batch_id, tables.Message.state == "queued")
        .order_by(tables.Message.id)
    ).all()
    states = load_states(session, {row.recipient_id for row in rows}, may_write_to=room.may_write_to, now=at)
    staying = []
    for row in rows:
        state = states.get(row.recipient_id)
        if state is None:
            row.state, row.outcome, row.batch_id = "cancelled", "The client is no longer here.", None
            continue
        decision = decide(letter_facts(row), state, at)
        if decision.outcome == "send":
            states[row.recipient_id] = after_queueing(state, letter_facts(row), at)
            staying.append(row)
        else:
            row.batch_id, row.state = None, "planned"
            write_down(row, decision, at)
    session.flush()
    return staying


def _recipients(
    session: Session, room: PostRoom, template: str, members: Sequence[tables.Message]
) -> list[Recipient]:
    people = readers(session, [row.recipient_id for row in members])
    about = {row.id: UUID(row.detail["submission"]) for row in members if "submission" in row.detail}
    tokens = report_tokens(session, list(about.values()), room.secrets)
    recipients = []
    for row in members:
        reader = people[row.recipient_id]
        to = Links(room.public_url, room.secrets, row.id)
        submission_id = about.get(row.id)
        token = tokens.get(submission_id) if submission_id else None
        try:
            values = letter_values(template, reader, to, firm_name=room.sender.name, report_token=token)
            filled = substitutions(template, values)
        except (LetterError, LookupError) as error:
            # One letter that can't be written must not hold up the others.
            row.state, row.outcome, row.batch_id = "failed", f"It could not be written: {error}", None
            continue
        recipients.append(Recipient(row.id, reader.address, filled, to.unsubscribe))
    session.flush()
    return recipients


def _close(session: Session, batch_id: UUID, reason: str) -> None:
    session.execute(
        update(tables.Batch)
        .where(tables.Batch.id == batch_id)
        .values(state="closed", reason=reason, lease_token=None, lease_until=None)
    )


def _begin_attempt(session: Session, claim: _Claim, at: datetime) -> bool:
    """Move claimed -> posting if the lease still holds, together with the attempt row."""
    moved = session.execute(
        update(tables.Batch)
        .where(
            tables.Batch.id == claim.batch_id,
            tables.Batch.state == "claimed",
            tables.Batch.lease_token == claim.token,
            tables.Batch.lease_until > at,
        )
        .values(state="posting", lease_until=at + POSTING_DEADLINE, size=len(claim.members))
        .returning(tables.Batch.id)
    ).one_or_none()
    if moved is None:
        return False
    number = session.scalar(
        select(func.count()).select_from(tables.Attempt).where(tables.Attempt.batch_id == claim.batch_id)
    )
    session.add(
        tables.Attempt(
            id=claim.attempt_id,
            batch_id=claim.batch_id,
            number=(number or 0) + 1,
            template_version=claim.template_version,
            size=len(claim.members),
            started_at=at,
        )
    )
    session.flush()
    return True


def _record(session: Session, claim: _Claim, result: PostResult, at: datetime) -> None:
    """Write down what became of the attempt, unless the sweep or a receipt has settled it meanwhile."""
    attempt_outcome = {"accepted": "accepted", "later": "refused", "refused": "refused", "unknown": "unknown"}
    session.execute(
        update(tables.Attempt)
        .where(tables.Attempt.id == claim.attempt_id, tables.Attempt.outcome.in_(("posting", "unknown")))
        .values(
            outcome=attempt_outcome[result.outcome],
            status=result.status,
            provider_id=result.provider_id,
            detail=result.detail,
            ended_at=at,
        )
    )
    batch = session.scalars(
        select(tables.Batch).where(tables.Batch.id == claim.batch_id).with_for_update()
    ).one()
    if batch.state == "uncertain" or (batch.state == "posting" and batch.lease_token == claim.token):
        _settle_batch(batch, result, at)
        if result.outcome == "refused" and result.members:
            _fail_members(session, batch, claim, result, at)
        session.flush()


def _fail_members(
    session: Session, batch: tables.Batch, claim: _Claim, result: PostResult, at: datetime
) -> None:
    """Those whom the refusal names fail; the rest of the batch may go."""
    named = [claim.members[place] for place in result.members if place < len(claim.members)]
    session.execute(
        update(tables.Message)
        .where(tables.Message.id.in_(named), tables.Message.batch_id == batch.id)
        .values(
            state="failed", batch_id=None, outcome="The mail provider refuses this address.", decided_at=at
        )
    )
    if named and len(named) < len(claim.members):
        batch.state, batch.reason, batch.not_before = "ready", None, at
    elif named:
        batch.state, batch.reason = "closed", "The mail provider refused every address in it."


def _settle_batch(batch: tables.Batch, result: PostResult, at: datetime) -> None:
    batch.lease_token = batch.lease_until = None
    batch.reason = result.detail
    match result.outcome:
        case "accepted":
            batch.state, batch.accepted_at, batch.reason = "accepted", at, None
        case "later":
            batch.state = "ready"
            batch.not_before = at + back_off(batch.refusals, result.retry_after_s)
            batch.refusals += 1
        case "refused":
            batch.state, batch.reason = "parked", result.detail or "refused without a word"
        case "unknown":
            batch.state = "uncertain"


def back_off(refusals: int, retry_after_s: float | None) -> timedelta:
    """Return how long to wait after one more refusal: what the other side asks, or 1 s doubling to 10 min."""
    if retry_after_s is not None:
        return timedelta(seconds=max(1.0, retry_after_s))
    doubled: timedelta = _FIRST_BACK_OFF * 2 ** min(refusals, 10)
    return min(doubled, _LONGEST_BACK_OFF)
