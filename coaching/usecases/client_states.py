"""Loads what the engine may look at, for many clients with a handful of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.state import ClientState, LetterFacts, LocalIntent, SubmissionFacts

REMEMBERED = timedelta(days=60)
MayWriteTo = Callable[[str], bool]


def load_states(
    session: Session, client_ids: Collection[UUID], *, may_write_to: MayWriteTo, now: datetime
) -> dict[UUID, ClientState]:
    """Return the state of each client that exists, as of `now`."""
    clients = session.scalars(select(tables.Client).where(tables.Client.id.in_(client_ids))).all()
    agreed = _letters_agreed(session, client_ids)
    suppressed = _suppressed(session, clients)
    submissions = _submissions(session, client_ids)
    letters = _letters(session, client_ids, now)
    return {
        client.id: ClientState(
            client_id=client.id,
            time_zone=client.time_zone,
            confirmed_at=client.confirmed_at,
            letters_agreed=agreed.get(client.id, False),
            suppressed=frozenset(suppressed[client.address_hash]),
            address_allowed=may_write_to(client.email),
            submissions=tuple(submissions[client.id]),
            letters=tuple(letters[client.id]),
        )
        for client in clients
    }


def _letters_agreed(session: Session, client_ids: Collection[UUID]) -> dict[UUID, bool]:
    newest = (
        select(tables.Consent.client_id, tables.Consent.granted)
        .where(tables.Consent.client_id.in_(client_ids), tables.Consent.purpose == "letters")
        .order_by(tables.Consent.client_id, tables.Consent.at.desc(), tables.Consent.id.desc())
        .ext(distinct_on(tables.Consent.client_id))
    )
    return dict(session.execute(newest).all())


def _suppressed(session: Session, clients: Iterable[tables.Client]) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = defaultdict(set)
    standing = select(tables.Suppression.address_hash, tables.Suppression.scope).where(
        tables.Suppression.address_hash.in_([client.address_hash for client in clients]),
        tables.Suppression.lifted_at.is_(None),
    )
    for address_hash, scope in session.execute(standing):
        found[address_hash].add(scope)
    return found


def _submissions(session: Session, client_ids: Collection[UUID]) -> dict[UUID, list[SubmissionFacts]]:
    scored = select(tables.Score.id).where(tables.Score.submission_id == tables.Submission.id).exists()
    rows = session.execute(
        select(
            tables.Submission.client_id,
            tables.Submission.id,
            tables.Submission.at,
            tables.Submission.trust,
            tables.Submission.known_address,
            tables.Submission.letters_wanted,
            scored,
            tables.Submission.accepted_at.is_not(None),
            tables.Submission.disowned_at.is_not(None),
        )
        .where(tables.Submission.client_id.in_(client_ids))
        .order_by(tables.Submission.at)
    )
    found: dict[UUID, list[SubmissionFacts]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(SubmissionFacts(*row[1:]))
    return found


def _letters(session: Session, client_ids: Collection[UUID], now: datetime) -> dict[UUID, list[LetterFacts]]:
    rows: Sequence[tables.Message] = session.scalars(
        select(tables.Message)
        .where(
            tables.Message.recipient_kind == "client",
            tables.Message.recipient_id.in_(client_ids),
            or_(tables.Message.state == "planned", tables.Message.due_at > now - REMEMBERED),
        )
        .order_by(tables.Message.due_at)
    ).all()
    found: dict[UUID, list[LetterFacts]] = defaultdict(list)
    for row in rows:
        found[row.recipient_id].append(letter_facts(row))
    return found


def letter_facts(row: tables.Message) -> LetterFacts:
    """Return one message row as the rules see it."""
    intent = None
    if row.local_date is not None and row.local_time is not None and row.time_zone is not None:
        intent = LocalIntent(row.local_date, row.local_time, row.time_zone)
    return LetterFacts(
        id=row.id,
        slot_key=row.slot_key,
        family=row.family,
        template=row.template,
        state=row.state,
        due_at=row.due_at,
        expires_at=row.expires_at,
        rank=row.rank,
        intent=intent,
        queued_at=row.decided_at if row.state == "queued" else None,
        ignore_window=bool(row.detail.get("ignore_window")),
    )
