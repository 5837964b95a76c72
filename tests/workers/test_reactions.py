"""What follows from what: the table is whole, and leads all the way from a form to a planned letter."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.events import Event, EventKind
from coaching.reactions import REACTIONS, Reactions
from coaching.usecases.facts import drain
from coaching.usecases.submit import submit_assessment
from tests.support.drain import everyone
from tests.support.forms import form


def test_every_kind_of_fact_has_its_line() -> None:
    """A new kind can't be forgotten: each stands in the table, if only with nothing behind it."""
    assert set(REACTIONS) == set(EventKind)


def test_a_fact_about_nobody_schedules_nothing(session: Session, content: Content, now: datetime) -> None:
    """A fact without a client is followed up without an error."""
    event = Event(uuid4(), EventKind.ADDRESS_SUPPRESSED, uuid4(), None, {}, now)
    Reactions(content, everyone)(session, event, now)
    assert session.scalars(select(tables.Message)).all() == []


def test_from_form_to_planned_letter(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """Facts alone lead from the submission to score, draft and letters."""
    submit_assessment(session, content, secrets, form(content), now=now)
    while drain(session, Reactions(content, everyone), now=now):
        pass
    assert session.scalars(select(tables.Score)).one()
    assert session.scalars(select(tables.Plan)).one()
    assert sorted(session.scalars(select(tables.Message.template))) == ["report", "report-reminder"]
    assert session.scalars(select(tables.Event).where(tables.Event.handled_at.is_(None))).all() == []
