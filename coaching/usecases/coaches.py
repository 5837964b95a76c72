"""Coaches: added by the operator, signed in by a link that works once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.mailboxes import checked_address
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.addresses import mailbox_key
from coaching.domain.clients import name_fault
from coaching.domain.errors import NotFound, Refused
from coaching.domain.links import Purpose
from coaching.domain.local_time import is_zone
from coaching.domain.web_addresses import is_web_address
from coaching.usecases.tokens import open_token

SIGN_IN_WITHIN = timedelta(hours=24)


def add_coach(
    session: Session,
    secrets: Secrets,
    *,
    email: str,
    name: str,
    admin: bool,
    now: datetime,
    time_zone: str | None = None,
) -> str:
    """Add a coach, or take one up again by address, and return a sign-in token good for 24 hours, once.

    Without `time_zone` a new coach is in UTC, and one who is known stays where they are. Raises Refused.
    """
    address = _address(email)
    fault = name_fault(name) or (None if name.strip() else "Please give the coach's name.")
    if fault:
        raise Refused({"name": [fault]})
    if time_zone is not None and not is_zone(time_zone):
        raise Refused({"time_zone": ["There is no time zone of this name; one would be Europe/Paris."]})
    known = {"name": name.strip(), "admin": admin} | ({"time_zone": time_zone} if time_zone else {})
    coach_id = session.execute(
        insert(tables.Coach)
        .values(email=address, email_key=mailbox_key(address), **known)
        .on_conflict_do_update(index_elements=["email_key"], set_=known)
        .returning(tables.Coach.id)
    ).scalar_one()
    session.add(tables.Audit(actor="operator", action="coach_added", subject_id=coach_id, at=now))
    return _sign_in_token(session, secrets, coach_id, now)


def stop_list(session: Session, email: str, *, actor: str, now: datetime) -> bool:
    """Let no morning list go to this coach from now on; False if it was stopped already.

    Raises NotFound, Refused. One that is planned or in a batch is skipped when it is looked at next.
    """
    coach = _hold(session, email)
    if coach.list_stopped_at is not None:
        return False
    coach.list_stopped_at = now
    session.add(tables.Audit(actor=actor, action="coach_list_stopped", subject_id=coach.id, at=now))
    session.flush()
    return True


def let_list_go(session: Session, email: str, *, actor: str, now: datetime) -> bool:
    """Let this coach's morning list come again; False if it was not stopped. Raises NotFound, Refused."""
    coach = _hold(session, email)
    if coach.list_stopped_at is None:
        return False
    coach.list_stopped_at = None
    session.add(tables.Audit(actor=actor, action="coach_list_let_go", subject_id=coach.id, at=now))
    session.flush()
    return True


def set_booking(session: Session, email: str, url: str | None, *, actor: str, now: datetime) -> None:
    """Say where talks with this coach are booked, or that they are asked for. Raises NotFound, Refused."""
    address = url.strip() if url is not None else None
    if address is not None and not is_web_address(address):
        raise Refused({"url": ["Give a whole address that begins with https://, without spaces."]})
    coach = _hold(session, email)
    coach.booking_url = address
    session.add(tables.Audit(actor=actor, action="coach_booking_set", subject_id=coach.id, at=now))
    session.flush()


def _hold(session: Session, email: str) -> tables.Coach:
    """Lock the coach of this address until the commit. Raises NotFound, Refused."""
    coach = session.scalars(
        select(tables.Coach)
        .where(tables.Coach.email_key == mailbox_key(_address(email)))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if coach is None:
        raise NotFound("there is no coach of this address: waypoint coach add makes one")
    return coach


def _address(email: str) -> str:
    try:
        return checked_address(email)
    except ValueError as error:
        raise Refused({"email": [str(error)]}) from None


def first_admin_token(session: Session, secrets: Secrets, *, now: datetime) -> str | None:
    """Return a new sign-in token of the admin who was added first; None where there is no admin."""
    coach_id = session.scalar(
        select(tables.Coach.id).where(tables.Coach.admin).order_by(tables.Coach.id).limit(1)
    )
    return None if coach_id is None else _sign_in_token(session, secrets, coach_id, now)


def _sign_in_token(session: Session, secrets: Secrets, coach_id: UUID, now: datetime) -> str:
    token_id = session.execute(
        insert(tables.AccessToken)
        .values(purpose=Purpose.SIGN_IN, coach_id=coach_id, created_at=now, expires_at=now + SIGN_IN_WITHIN)
        .returning(tables.AccessToken.id)
    ).scalar_one()
    session.flush()
    return links.sign(secrets.keys, Purpose.SIGN_IN, token_id)


def look_at_sign_in(session: Session, secrets: Secrets, token: str, *, now: datetime) -> str:
    """Return the coach's name if the link still works; changes nothing. Raises NotFound."""
    row = open_token(session, secrets, token, Purpose.SIGN_IN, now=now)
    if row.used_at is not None:
        raise NotFound("this link does not open anything")
    return session.get_one(tables.Coach, row.coach_id).name


def sign_in(session: Session, secrets: Secrets, token: str, *, now: datetime) -> UUID:
    """Use a sign-in link up and return the coach's id. Raises NotFound if it was used or is too old."""
    row = open_token(session, secrets, token, Purpose.SIGN_IN, now=now)
    used: UUID | None = session.scalar(
        update(tables.AccessToken)
        .where(tables.AccessToken.id == row.id, tables.AccessToken.used_at.is_(None))
        .values(used_at=now)
        .returning(tables.AccessToken.coach_id)
    )
    if used is None:
        raise NotFound("this link does not open anything")
    session.add(tables.Audit(actor=f"coach:{used}", action="signed_in", subject_id=used, at=now))
    session.flush()
    return used


def coach_name(session: Session, coach_id: UUID) -> str:
    """Return a coach's name. Raises NotFound if there is no such coach any more."""
    name = session.scalar(select(tables.Coach.name).where(tables.Coach.id == coach_id))
    if name is None:
        raise NotFound("no such coach")
    return name
