"""The one brake for all sending: while it is on nothing leaves, and nothing is lost."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from coaching.adapters import bell, tables
from coaching.adapters.database import ring_after_commit
from coaching.usecases.senders import resume_after


def stop_mail(session: Session, *, actor: str, now: datetime) -> bool:
    """Pull the brake; False if it was on already. Once committed, no attempt begins any more."""
    row = _installation(session)
    if row.mail_stopped_at is not None:
        return False
    row.mail_stopped_at = now
    session.add(tables.Audit(actor=actor, action="mail_stopped", at=now))
    session.flush()
    return True


def let_mail_go(session: Session, *, actor: str, sender: str, now: datetime) -> bool:
    """Let go of the brake; False if it was off. What has waited long leaves at a pace."""
    row = _installation(session)
    if row.mail_stopped_at is None:
        return False
    resume_after(session, sender, row.mail_stopped_at, now=now)
    row.mail_stopped_at = None
    session.add(tables.Audit(actor=actor, action="mail_let_go", at=now))
    session.flush()
    ring_after_commit(session, bell.DELIVER)
    return True


def mail_stopped_at(session: Session, *, hold: bool = False) -> datetime | None:
    """Return since when the brake is on. `hold`: nobody can pull it until this transaction ends."""
    query = select(tables.Installation.mail_stopped_at)
    return session.scalar(query.with_for_update(read=True) if hold else query)


def _installation(session: Session) -> tables.Installation:
    session.execute(insert(tables.Installation).values(one=True).on_conflict_do_nothing())
    return session.scalars(
        select(tables.Installation).with_for_update().execution_options(populate_existing=True)
    ).one()
