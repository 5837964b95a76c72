"""Letters of a plan written as delivery writes them, from rows that a test put there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.filling import Values
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.letter_values import LetterValues
from coaching.domain.links import Purpose
from coaching.usecases.compose import Links, Reader
from coaching.usecases.compose_plan import Desk, plan_letter_values
from coaching.usecases.plan_matter import load_matter
from coaching.usecases.recheck_campaign import Member
from tests.support.drain import PUBLIC_URL
from tests.support.ledger import put_letter
from tests.support.underway import Underway


def put_report_link(session: Session, plan_id: UUID) -> UUID:
    """Add the link that shows the report of a plan."""
    plan = session.get_one(tables.Plan, plan_id)
    row = tables.AccessToken(
        purpose=Purpose.REPORT, client_id=plan.client_id, submission_id=plan.submission_id
    )
    session.add(row)
    session.flush()
    return row.id


def put_week(session: Session, underway: Underway, slot: str = "week:2026-W48", **detail: object) -> UUID:
    """Add a week, about what the engine would write into it."""
    about = {"week": slot.removeprefix("week:"), "touches": [], **detail}
    row = put_letter(
        session,
        underway.client_id,
        underway.now,
        template="week",
        family="milestone",
        slot_key=slot,
        detail=about,
    )
    return row.id


def let_ride(session: Session, rider: UUID, host: UUID, *, rank: int = 40) -> None:
    """Merge a letter into a host."""
    row = session.get_one(tables.Message, rider)
    row.state, row.merged_into, row.rank = "merged", host, rank
    session.flush()


def desk_of(
    session: Session, secrets: Secrets, message_id: UUID, now: datetime, coach_name: str | None = "Jo"
) -> Desk:
    """Return what is at hand when this letter is written."""
    matter = load_matter(session, [message_id], secrets, now=now)
    reader = Reader("ana@example.test", "Ana Silva", coach_name)
    to = Links(PUBLIC_URL, secrets, message_id)
    return Desk(matter.letters[message_id], reader, to, matter, "Northlight")


def values_of(session: Session, secrets: Secrets, message_id: UUID, now: datetime) -> LetterValues:
    """Return the values of a letter of a plan."""
    return plan_letter_values(desk_of(session, secrets, message_id, now))


def members_of(session: Session, message_ids: Sequence[UUID]) -> list[Member]:
    """Return these letters as a recheck hands them on."""
    rows = session.execute(
        select(tables.Message.id, tables.Client.email, tables.Client.address_hash, tables.Client.name)
        .join(tables.Client, tables.Client.id == tables.Message.recipient_id)
        .where(tables.Message.id.in_(message_ids))
        .order_by(tables.Message.id)
    )
    return [Member(*row, coach_name="Jo") for row in rows]


def acts(values: Values, secrets: Secrets) -> dict[Purpose, UUID]:
    """Return for each act link of a letter or section the letter that it is signed for."""
    said = values.as_mapping() if isinstance(values, LetterValues) else values
    start = f"{PUBLIC_URL}/act/"
    return dict(links.read(secrets.keys, url.removeprefix(start)) for url in said.values() if start in url)
