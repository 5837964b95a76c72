"""Loads what the engine may look at, for many clients with a handful of queries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.engine.attention import ASK_AFTER, STILL_USEFUL
from coaching.domain.engine.state import (
    ClientState,
    EnrollmentFacts,
    LetterFacts,
    LocalIntent,
    Pause,
    RelationshipFacts,
    SubmissionFacts,
)
from coaching.domain.local_time import Hours
from coaching.usecases.about_facts import load_about, load_items_seen
from coaching.usecases.enrollment_facts import load_enrollments, load_life
from coaching.usecases.plan_facts import load_focus, load_milestones, load_plans, load_relationships

REMEMBERED = timedelta(days=60)
REMEMBERED_IF_WAITING = timedelta(days=2 * 366)
MayWriteTo = Callable[[str], bool]
# Letters of these about one milestone say the same again and again.
_SAYS_THE_SAME = frozenset({"milestone-ahead", "milestone-overdue", "find-a-mentor", "decision-day"})

_OF_A_LETTER = (
    tables.Message.id,
    tables.Message.recipient_id,
    tables.Message.slot_key,
    tables.Message.family,
    tables.Message.template,
    tables.Message.state,
    tables.Message.local_date,
    tables.Message.local_time,
    tables.Message.time_zone,
    tables.Message.due_at,
    tables.Message.expires_at,
    tables.Message.rank,
    tables.Message.decided_at,
    tables.Message.merged_into,
    tables.Message.detail,
)


def load_states(
    session: Session, client_ids: Collection[UUID], *, may_write_to: MayWriteTo, now: datetime
) -> dict[UUID, ClientState]:
    """Return the state of each client that exists, as of `now`."""
    clients = session.scalars(
        select(tables.Client)
        .where(tables.Client.id.in_(client_ids))
        .execution_options(populate_existing=True)
    ).all()
    agreed = _letters_agreed(session, client_ids)
    suppressed = _suppressed(session, clients)
    submissions = _submissions(session, client_ids)
    unanswered = _unanswered(session, client_ids)
    pauses = _pauses(session, client_ids, now)
    plans = load_plans(session, client_ids)
    milestones = load_milestones(session, [plan.id for plan in plans.values()])
    relationships = load_relationships(session, client_ids)
    letters = _letters(session, client_ids, now)
    enrollments = load_enrollments(session, client_ids)
    waiting = _waiting_long(clients, unanswered, relationships, enrollments, now)
    older = _older_letters(session, waiting, now)
    life = load_life(session, enrollments)
    about = load_about(session, clients, load_focus(session, plans.values()))
    items = load_items_seen(session, client_ids)
    return {
        client.id: ClientState(
            client_id=client.id,
            time_zone=client.time_zone,
            confirmed_at=client.confirmed_at,
            letters_agreed=agreed.get(client.id, False),
            hours=Hours.of(client.hours),
            rhythm=client.rhythm,
            suppressed=frozenset(suppressed[client.address_hash]),
            address_allowed=may_write_to(client.email),
            last_acted_at=client.last_acted_at,
            unanswered=unanswered.get(client.id, 0),
            pauses=tuple(pauses[client.id]),
            plan=plans.get(client.id),
            milestones=tuple(milestones[client.id]),
            relationships=tuple(relationships[client.id]),
            submissions=tuple(submissions[client.id]),
            letters=(*older[client.id], *letters[client.id]),
            about=about[client.id],
            enrollments=tuple(enrollments[client.id]),
            life=tuple(life[client.id]),
            items_seen=items.get(client.id, frozenset()),
        )
        for client in clients
    }


def letter_facts(
    row: tables.Message | Row[Any], slot_on: date | None = None, taken_at: datetime | None = None
) -> LetterFacts:
    """Return one letter as the rules see it, from its row or from `_OF_A_LETTER` of it.

    It took the attention of `slot_on` at `taken_at`.
    """
    intent = None
    if row.local_date is not None and row.local_time is not None and row.time_zone is not None:
        intent = LocalIntent(row.local_date, row.local_time, row.time_zone)
    about = row.detail.get("milestone")
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
        ignore_budget=bool(row.detail.get("ignore_budget")),
        slot_on=slot_on,
        taken_at=taken_at,
        merged_into=row.merged_into,
        content=f"{row.template}:{about}" if about and row.template in _SAYS_THE_SAME else "",
        ended_at=row.decided_at if row.state in ("skipped", "expired", "failed") else None,
    )


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
    # A look at the index for each; as EXISTS it would read the scores of all clients there are.
    scored = (
        select(literal(True))
        .where(tables.Score.submission_id == tables.Submission.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            tables.Submission.client_id,
            tables.Submission.id,
            tables.Submission.at,
            tables.Submission.trust,
            tables.Submission.known_address,
            tables.Submission.letters_wanted,
            func.coalesce(scored, False),
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
    # Columns, no entities: of a thousand clients there are ten thousand letters.
    rows = session.execute(
        select(*_OF_A_LETTER, tables.AttentionSlot.local_date.label("slot_on"), tables.AttentionSlot.taken_at)
        .outerjoin(tables.AttentionSlot, tables.AttentionSlot.message_id == tables.Message.id)
        .where(
            tables.Message.recipient_kind == "client",
            tables.Message.recipient_id.in_(client_ids),
            or_(tables.Message.state == "planned", tables.Message.due_at > now - REMEMBERED),
        )
        .order_by(tables.Message.due_at, tables.Message.id)
    ).all()
    found: dict[UUID, list[LetterFacts]] = defaultdict(list)
    for row in rows:
        found[row.recipient_id].append(letter_facts(row, row.slot_on, row.taken_at))
    return found


def _waiting_long(
    clients: Iterable[tables.Client],
    unanswered: Mapping[UUID, int],
    relationships: Mapping[UUID, Sequence[RelationshipFacts]],
    enrollments: Mapping[UUID, Sequence[EnrollmentFacts]],
    now: datetime,
) -> dict[UUID, set[str]]:
    """Return the clients about whom older letters count too, with what these are about.

    After a long pause reminders of before it still are the first of three, and the question was asked; and
    how far somebody has come in a sequence, its letters tell.
    """
    long_ago = now - REMEMBERED
    waiting: dict[UUID, set[str]] = defaultdict(set)
    for client in clients:
        for one in relationships.get(client.id, ()):
            since = one.last_contact_on or one.starts_on
            if one.state == "active" and one.cadence_days is not None and since < long_ago.date():
                waiting[client.id].add(str(one.id))
        for enrollment in enrollments.get(client.id, ()):
            if enrollment.state == "active" and enrollment.started_at < long_ago:
                waiting[client.id].add(str(enrollment.id))
        if unanswered.get(client.id, 0) >= ASK_AFTER:
            waiting[client.id] |= set()
    return waiting


def _older_letters(
    session: Session, waiting: Mapping[UUID, Collection[str]], now: datetime
) -> dict[UUID, list[LetterFacts]]:
    found: dict[UUID, list[LetterFacts]] = defaultdict(list)
    if not waiting:
        return found
    about = {one for ids in waiting.values() for one in ids}
    rows = session.execute(
        select(*_OF_A_LETTER)
        .where(
            tables.Message.recipient_kind == "client",
            tables.Message.recipient_id.in_(waiting),
            tables.Message.due_at <= now - REMEMBERED,
            tables.Message.due_at > now - REMEMBERED_IF_WAITING,
            tables.Message.state.not_in(("planned", "cancelled")),
            or_(
                tables.Message.template == STILL_USEFUL,
                tables.Message.detail["relationship"].astext.in_(about),
                tables.Message.detail["enrollment"].astext.in_(about),
            ),
        )
        .order_by(tables.Message.due_at, tables.Message.id)
    )
    for row in rows:
        found[row.recipient_id].append(letter_facts(row))
    return found


def _unanswered(session: Session, client_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the letters that took attention since the client's last act."""
    counted = (
        select(tables.AttentionSlot.client_id, func.count())
        .join(tables.Client, tables.Client.id == tables.AttentionSlot.client_id)
        .where(
            tables.AttentionSlot.client_id.in_(client_ids),
            or_(
                tables.Client.last_acted_at.is_(None),
                tables.AttentionSlot.taken_at > tables.Client.last_acted_at,
            ),
        )
        .group_by(tables.AttentionSlot.client_id)
    )
    return dict(session.execute(counted).all())


def _pauses(session: Session, client_ids: Collection[UUID], now: datetime) -> dict[UUID, list[Pause]]:
    rows = session.execute(
        select(
            tables.Pause.client_id,
            tables.Pause.began_at,
            tables.Pause.until_at,
            tables.Pause.ending,
            tables.Pause.ended_at,
        )
        .where(
            tables.Pause.client_id.in_(client_ids),
            or_(tables.Pause.ended_at.is_(None), tables.Pause.ended_at > now - 6 * REMEMBERED),
        )
        .order_by(tables.Pause.began_at, tables.Pause.id)
    )
    found: dict[UUID, list[Pause]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(Pause(*row[1:]))
    return found
