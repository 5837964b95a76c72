"""Finds what a link in a letter is for: whose letter it is, and which milestone or people it is about."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links, local_time
from coaching.domain.deeds import CHECK_IN, DEEDS, LETTERS, Subject, fits
from coaching.domain.errors import NotFound
from coaching.domain.links import BadLink, Purpose

NOWHERE = "this link does not open anything"


@dataclass(frozen=True)
class Behind:
    """A letter that reached a client, and what its link of this purpose may be used for.

    `today` is the date where the client lives.
    """

    purpose: Purpose
    message_id: UUID
    client_id: UUID
    today: date
    subjects: tuple[Subject, ...]


def purpose_of(secrets: Secrets, token: str) -> Purpose:
    """Return what a link is for. Raises NotFound where it isn't ours, or its key has been retired."""
    try:
        return links.read(secrets.keys, token)[0]
    except BadLink:
        raise NotFound(NOWHERE) from None


def behind_link(
    session: Session, secrets: Secrets, token: str, *, now: datetime, lock: bool = False
) -> Behind:
    """Return what stands behind the link of a deed; `lock`: the client stays so. Raises NotFound.

    A letter in any state counts: one that never left has no link out there.
    """
    try:
        purpose, message_id = links.read(secrets.keys, token)
    except BadLink:
        raise NotFound(NOWHERE) from None
    if purpose not in DEEDS:
        raise NotFound(NOWHERE)
    return behind_message(session, purpose, message_id, now=now, lock=lock)


def behind_message(
    session: Session, purpose: Purpose, message_id: UUID, *, now: datetime, lock: bool = False
) -> Behind:
    """Return what a link of this purpose in this letter is for. Raises NotFound."""
    message = session.get(tables.Message, message_id)
    if message is None or message.recipient_kind != "client":
        raise NotFound(NOWHERE)
    client = find_client(session, message.recipient_id, lock=lock)
    about = tuple(one for one in _subjects(session, message) if fits(purpose, one))
    if not about:
        raise NotFound(NOWHERE)
    if about[0].sort == "milestone":
        about = about[:1]  # the letter's one step comes before the people that it mentions
    return Behind(purpose, message_id, client.id, local_time.local(now, client.time_zone).date(), about)


def find_client(session: Session, client_id: UUID, *, lock: bool) -> tables.Client:
    """Return the client as they are now, locked until the commit if asked so. Raises NotFound."""
    query = select(tables.Client).where(tables.Client.id == client_id)
    if lock:
        query = query.with_for_update(key_share=True)
    client = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if client is None:
        raise NotFound(NOWHERE)
    return client


def _subjects(session: Session, message: tables.Message) -> list[Subject]:
    detail, client_id = message.detail, message.recipient_id
    found: list[Subject] = []
    if "milestone" in detail:
        found += _milestone(session, client_id, UUID(detail["milestone"]))
    people = [detail["relationship"]] if "relationship" in detail else detail.get("touches", [])
    found += _people(session, client_id, [UUID(one) for one in people])
    if "plan" in detail:
        found.append(CHECK_IN)
    if not detail:
        found.append(LETTERS)
    return found


def _milestone(session: Session, client_id: UUID, milestone_id: UUID) -> list[Subject]:
    rows = session.scalars(
        select(tables.Milestone)
        .where(tables.Milestone.id == milestone_id, tables.Milestone.client_id == client_id)
        .execution_options(populate_existing=True)
    )
    return [
        Subject(
            "milestone",
            id=row.id,
            kind=row.kind,
            name=row.title,
            state=row.state,
            on=row.due_on,
            decides=row.decides,
            decision=row.decision,
        )
        for row in rows
    ]


def _people(session: Session, client_id: UUID, wanted: Collection[UUID]) -> list[Subject]:
    rows = session.scalars(
        select(tables.Relationship)
        .where(tables.Relationship.id.in_(wanted), tables.Relationship.client_id == client_id)
        .order_by(tables.Relationship.name, tables.Relationship.id)
        .execution_options(populate_existing=True)
    )
    return [
        Subject(
            "relationship",
            id=row.id,
            kind=row.kind,
            name=row.name,
            state=row.state,
            on=row.starts_on if row.kind == "event" else None,
            registered=row.registered_on is not None,
            rests_until=row.not_before,
        )
        for row in rows
    ]
