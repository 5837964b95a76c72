"""A sequence, a client's way through it, and its letters, put straight into the tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from tests.support.ledger import put_letter

NETWORKS: dict[str, Any] = {
    "name": "networks",
    "version": 1,
    "title": "Networks",
    "about": "Three letters for clients whose plan works on their network.",
    "why": "You get this because your plan works on your network.",
    "rank": 4,
    "dimension": "networks",
    "trigger": {"events": ["plan_approved"]},
    "reentry": "yearly",
    "exits": ["unsubscribed", "contact_request", "replied", "plan_completed", "outranked"],
    "steps": [
        {"key": "see", "letter": "networks-see", "after": {"days": 2}, "at": "09:00"},
        {"key": "try", "letter": "networks-try", "after": {"days": 7}, "at": "09:00"},
        {"key": "keep", "letter": "networks-keep", "after": {"days": 7}, "at": "09:00"},
    ],
}


def put_sequence(session: Session, now: datetime, **changes: Any) -> tables.SequenceVersion:
    """Publish the sequence on networks, with changes, unless that version is there."""
    content = {**NETWORKS, **changes}
    known = session.get(tables.SequenceVersion, (content["name"], content["version"]))
    if known is not None:
        return known
    row = tables.SequenceVersion(
        name=content["name"],
        version=content["version"],
        content=content,
        published_at=now,
        published_by="test",
    )
    session.add(row)
    session.flush()
    return row


def put_enrollment(
    session: Session, client_id: UUID, sequence: tables.SequenceVersion, now: datetime
) -> tables.Enrollment:
    """Let a client in."""
    row = tables.Enrollment(
        client_id=client_id,
        sequence=sequence.name,
        version=sequence.version,
        state="active",
        started_at=now,
        actor="test",
    )
    session.add(row)
    session.flush()
    return row


def put_drip(
    session: Session, client_id: UUID, sequence: tables.SequenceVersion, now: datetime, step: str = "see"
) -> UUID:
    """Add a letter of the sequence, and let the client in where they aren't yet."""
    standing = session.scalars(
        select(tables.Enrollment).where(
            tables.Enrollment.client_id == client_id,
            tables.Enrollment.sequence == sequence.name,
            tables.Enrollment.state == "active",
        )
    ).one_or_none()
    enrollment = standing or put_enrollment(session, client_id, sequence, now)
    detail = {
        "enrollment": str(enrollment.id),
        "sequence": sequence.name,
        "version": sequence.version,
        "step": step,
    }
    row = put_letter(
        session,
        client_id,
        now,
        template=f"networks-{step}",
        family="drip",
        slot_key=f"drip:{enrollment.id}:{step}",
        detail=detail,
        rank=74,
    )
    return row.id
