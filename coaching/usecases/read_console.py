"""What a coach sees of their clients at a glance."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.domain.errors import NotFound

MOST_LINES = 100


@dataclass(frozen=True)
class ClientLine:
    """One client in a list; profile and certainty are those of the newest scored submission."""

    client_id: UUID
    name: str
    email: str
    stage: str | None
    profile: str | None
    certainty: str | None
    submitted_at: datetime | None
    confirmed: bool
    letters: bool


def clients_for_coach(session: Session, coach_id: UUID, *, now: datetime) -> list[ClientLine]:
    """Return up to 100 of a coach's clients, newest submission first; an admin sees everybody's.

    Raises NotFound if there is no such coach any more.
    """
    del now
    coach = session.get(tables.Coach, coach_id)
    if coach is None:
        raise NotFound("no such coach")
    newest = (
        select(tables.Submission.at, tables.Score.profile, tables.Score.certainty)
        .join(tables.Score, tables.Score.submission_id == tables.Submission.id)
        .where(
            tables.Submission.client_id == tables.Client.id,
            tables.Submission.disowned_at.is_(None),
            or_(tables.Submission.accepted_at.is_not(None), ~tables.Submission.known_address),
        )
        .order_by(tables.Submission.at.desc())
        .limit(1)
        .lateral()
    )
    stopped = (
        select(tables.Suppression.id)
        .where(
            tables.Suppression.address_hash == tables.Client.address_hash,
            tables.Suppression.lifted_at.is_(None),
            tables.Suppression.scope.in_(("all", "letters")),
        )
        .exists()
    )
    agreed = (
        select(tables.Consent.granted)
        .where(tables.Consent.client_id == tables.Client.id, tables.Consent.purpose == "letters")
        .order_by(tables.Consent.at.desc(), tables.Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(
        tables.Client,
        newest.c.at,
        newest.c.profile,
        newest.c.certainty,
        and_(func.coalesce(agreed, False), ~stopped),
    ).outerjoin(newest, newest.c.at.is_not(None))
    if not coach.admin:
        query = query.where(tables.Client.coach_id == coach_id)
    rows = session.execute(query.order_by(newest.c.at.desc().nulls_last()).limit(MOST_LINES))
    return [
        ClientLine(
            client.id,
            client.name,
            client.email,
            client.stage,
            profile,
            certainty,
            at,
            client.confirmed_at is not None,
            letters,
        )
        for client, at, profile, certainty, letters in rows
    ]
