"""What follows from what: the table is whole, and leads all the way from a form to a planned letter."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.events import Event, EventKind
from coaching.reactions import REACTIONS, Reactions
from coaching.usecases.facts import drain, record
from coaching.usecases.submit import submit_assessment
from tests.support.drain import everyone
from tests.support.forms import form
from tests.support.statements import statements
from tests.support.underway import put_underway


def test_every_kind_of_fact_has_its_line() -> None:
    """A new kind can't be forgotten: each stands in the table, if only with nothing behind it."""
    assert set(REACTIONS) == set(EventKind)


def test_a_fact_about_nobody_schedules_nothing(session: Session, content: Content, now: datetime) -> None:
    """A fact without a client is followed up without an error."""
    event = Event(uuid4(), EventKind.ADDRESS_SUPPRESSED, uuid4(), None, {}, now)
    Reactions(content, everyone)(session, [event], now)
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


def test_letters_of_many_clients_are_planned_at_once(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """Thirty facts about ten clients cost as many statements as one fact, and each client has the letters."""
    sent = []
    for number in (1, 10):
        clients = [
            put_underway(session, secrets, now, email=f"c{place}@of{number}.example.test")
            for place in range(number)
        ]
        for client in clients:
            client.milestone(session)
            for _ in range(3 if number > 1 else 1):
                record(
                    session, EventKind.CLIENT_RESUMED, client.client_id, client_id=client.client_id, now=now
                )
        sent.append(len(statements(session, lambda: drain(session, Reactions(content, everyone), now=now))))
        weeks = select(tables.Message.recipient_id).where(tables.Message.template == "week")
        assert {client.client_id for client in clients} <= set(session.scalars(weeks))
    assert sent[0] == sent[1]


def test_a_client_whose_letters_cannot_be_planned_holds_up_nobody(
    session: Session, content: Content, secrets: Secrets, now: datetime
) -> None:
    """Their fact is put off, and the letters of the others are planned."""
    ana, bo, cy = (put_underway(session, secrets, now, email=f"{one}@example.test") for one in "abc")
    session.execute(
        update(tables.Client).where(tables.Client.id == bo.client_id).values(hours="9 nine to five")
    )
    for one in (ana, bo, cy):
        one.milestone(session)
        record(session, EventKind.CLIENT_RESUMED, one.client_id, client_id=one.client_id, now=now)
    drain(session, Reactions(content, everyone), now=now)
    weeks = select(tables.Message.recipient_id).where(tables.Message.template == "week")
    assert set(session.scalars(weeks)) == {ana.client_id, cy.client_id}
    waiting = session.scalars(select(tables.Event).where(tables.Event.handled_at.is_(None))).one()
    assert (waiting.client_id, waiting.attempts) == (bo.client_id, 1)
