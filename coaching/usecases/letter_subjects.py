"""Finds what a link in a letter is for: whose letter it is, and which milestone or people it is about."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links, local_time
from coaching.domain.deeds import CHECK_IN, DEEDS, LETTERS, OF_A_SEQUENCE, Subject, fits
from coaching.domain.errors import NotFound
from coaching.domain.links import BadLink, Purpose
from coaching.domain.plan_phrases import has_coach
from coaching.domain.relationships import EVENT
from coaching.usecases.plan_rows import lock_client
from coaching.usecases.stop_talks import may_end, talks_of

_DAY = timedelta(days=1)
NOWHERE = "this link does not open anything"


@dataclass(frozen=True)
class Behind:
    """A letter that reached a client, and what its link of this purpose may be used for.

    `today` is the date where the client lives; `coach`: the name of theirs, None where nobody is assigned.
    """

    purpose: Purpose
    message_id: UUID
    client_id: UUID
    today: date
    subjects: tuple[Subject, ...]
    coach: str | None = None


def purpose_of(secrets: Secrets, token: str) -> Purpose:
    """Return what a link is for. Raises NotFound where it isn't ours, or its key has been retired."""
    try:
        return links.read(secrets.keys, token)[0]
    except BadLink:
        raise NotFound(NOWHERE) from None


def letter_behind(
    session: Session, secrets: Secrets, token: str, purpose: Purpose, *, lock: bool = False
) -> tuple[tables.Message, tables.Client]:
    """Return the letter in which a link of this purpose stands, and whose it is. Raises NotFound."""
    try:
        message_id = links.read_as(secrets.keys, token, purpose)
    except BadLink:
        raise NotFound(NOWHERE) from None
    message = _letter(session, message_id)
    return message, find_client(session, message.recipient_id, lock=lock)


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
    message = _letter(session, message_id)
    client = find_client(session, message.recipient_id, lock=lock)
    about = tuple(one for one in _subjects(session, message, client) if fits(purpose, one))
    if not about:
        raise NotFound(NOWHERE)
    if about[0].sort == "milestone" and len(about) > 1:
        # The letter's one step comes before the people that it mentions. It has links of its own there; what
        # there is to say of the people is behind theirs.
        about = about[1:] if purpose is Purpose.ANSWER else about[:1]
    today = local_time.local(now, client.time_zone).date()
    return Behind(purpose, message_id, client.id, today, about, _coach(session, client))


def _letter(session: Session, message_id: UUID) -> tables.Message:
    message = session.get(tables.Message, message_id)
    if message is None or message.recipient_kind != "client":
        raise NotFound(NOWHERE)
    return message


def find_client(session: Session, client_id: UUID, *, lock: bool) -> tables.Client:
    """Return the client as they are now, locked until the commit if asked so. Raises NotFound."""
    if lock:
        return lock_client(session, client_id)
    client = session.get(tables.Client, client_id, populate_existing=True)
    if client is None:
        raise NotFound(NOWHERE)
    return client


def _coach(session: Session, client: tables.Client) -> str | None:
    name = session.scalar(select(tables.Coach.name).where(tables.Coach.id == client.coach_id))
    return name if has_coach(name) else None


def _subjects(session: Session, message: tables.Message, client: tables.Client) -> list[Subject]:
    detail = message.detail
    found: list[Subject] = []
    if "milestone" in detail:
        found += _milestone(session, client.id, UUID(detail["milestone"]))
    if "relationship" in detail:
        found += _people(session, client, [UUID(detail["relationship"])])
    elif detail.get("touches"):
        riding = _riding(session, message.id)
        found += _people(session, client, [UUID(one) for one in detail["touches"] if one not in riding])
    if "plan" in detail:
        found.append(_talks(session, UUID(detail["plan"])))
    if "enrollment" in detail:
        found.append(OF_A_SEQUENCE)
    if not detail:
        found.append(LETTERS)
    return found


def _riding(session: Session, message_id: UUID) -> Collection[str]:
    """Return whose own reminder rides in the letter: it has links of its own, and the week names them not."""
    letter = tables.Message
    rows = session.scalars(
        select(letter.detail["relationship"].astext).where(
            letter.merged_into == message_id, letter.state == "merged", letter.detail.has_key("relationship")
        )
    )
    return set(rows)


def _talks(session: Session, plan_id: UUID) -> Subject:
    plan = session.get(tables.Plan, plan_id, populate_existing=True)
    talks = talks_of(plan.cadences) if plan else []
    return replace(CHECK_IN, optional=may_end(talks))


def _milestone(session: Session, client_id: UUID, milestone_id: UUID) -> list[Subject]:
    rows = session.execute(
        select(tables.Milestone, tables.Plan.state)
        .join(tables.Plan, tables.Plan.id == tables.Milestone.plan_id)
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
            plan_over=plan_state == "completed",
        )
        for row, plan_state in rows
    ]


def _people(session: Session, client: tables.Client, wanted: Collection[UUID]) -> list[Subject]:
    rows = session.scalars(
        select(tables.Relationship)
        .where(tables.Relationship.id.in_(wanted), tables.Relationship.client_id == client.id)
        .order_by(tables.Relationship.name, tables.Relationship.id)
        .execution_options(populate_existing=True)
    )
    hours = local_time.Hours.of(client.hours)
    return [
        Subject(
            "relationship",
            id=row.id,
            kind=row.kind,
            name=row.name,
            state=row.state,
            on=row.starts_on if row.kind == EVENT else None,
            registered=row.registered_on is not None,
            rests_until=row.not_before,
            eve_on=hours.last_day(row.starts_on - _DAY) if row.kind == EVENT else None,
        )
        for row in rows
    ]
