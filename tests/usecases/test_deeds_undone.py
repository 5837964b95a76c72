"""Undo puts back exactly what a link did, once, unless something has changed it since."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import DEEDS
from coaching.domain.errors import Conflict, NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose, sign
from coaching.usecases.acts import note_act
from coaching.usecases.milestones import Report, report_on
from coaching.usecases.read_deeds import look_at_deed
from coaching.usecases.relationships import Contact, note_contact
from coaching.usecases.undo_deed import look_at_undo, undo_deed
from tests.support.deeds import HOUR, TODAY, Hand, acted_at, events, letter_for
from tests.support.drain import everyone
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway


def plan_rows(session: Session) -> list[Any]:
    """Return every milestone, relationship and contact, whole."""
    session.expire_all()
    found: list[Any] = []
    for table in (tables.Milestone, tables.Relationship, tables.Interaction):
        columns = table.__table__.columns
        found.append(session.execute(select(*columns).order_by(columns.id)).all())
    return found


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


@pytest.fixture
def do(session: Session, content: Content, secrets: Secrets, now: datetime) -> Hand:
    """Ana's finger on the button."""
    return Hand(session, content, secrets, now)


@pytest.mark.parametrize("purpose", sorted(DEEDS))
def test_undo_puts_back_exactly(  # noqa: PLR0917 - fixtures
    session: Session, underway: Underway, do: Hand, secrets: Secrets, purpose: Purpose, now: datetime
) -> None:
    """Every column is as it was; a second undo changes nothing; the letter's link works again."""
    token = underway.token(purpose, letter_for(session, underway, purpose))
    before = plan_rows(session)
    undo = do(token, decision="shift", note="Ask about the trial").standing[0].undo_token
    assert look_at_undo(session, secrets, undo, now=now).state == "standing"

    view = undo_deed(session, secrets, undo, now=now + HOUR)
    assert (view.state, view.token, view.purpose) == ("undone", token, purpose)
    assert plan_rows(session) == before
    facts = events(session)
    assert undo_deed(session, secrets, undo, now=now + 2 * HOUR) == view
    assert events(session) == facts

    assert len(look_at_deed(session, secrets, token, may_write_to=everyone, now=now).open_to) == 1
    again = do(token, at=now + 3 * HOUR, decision="stay")
    assert len(again.standing) == 1
    assert again.standing[0].undo_token != undo
    assert look_at_undo(session, secrets, undo, now=now).state == "undone"
    assert count(session, tables.Deed) == 2


def test_undo_is_a_fact(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """The log says what was taken back and about what; the letters are thought over again."""
    step = underway.milestone(session)
    view = do(underway.token(Purpose.DONE, underway.letter(session, "milestone-ahead", milestone=step)))
    undo_deed(session, secrets, view.standing[0].undo_token, now=now + HOUR)
    undone = {"what": "undone", "undone": "done", "about": str(step)}
    assert (EventKind.CLIENT_ACTED, undone) in events(session)
    assert acted_at(session, underway.client_id) == now + HOUR


def test_a_step_that_was_changed_since(  # noqa: PLR0917 - fixtures
    session: Session, content: Content, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """The coach moved it after the client did: the coach's day stands, and undo says that it can't."""
    step = underway.milestone(session)
    view = do(underway.token(Purpose.POSTPONE, underway.letter(session, "milestone-ahead", milestone=step)))
    moved = Report("postponed", due_on=TODAY + timedelta(days=60))
    report_on(session, content, step, moved, actor="coach:1", now=now + HOUR)
    before, facts = plan_rows(session), events(session)
    with pytest.raises(Conflict):
        undo_deed(session, secrets, view.standing[0].undo_token, now=now + 2 * HOUR)
    assert (plan_rows(session), events(session)) == (before, facts)
    assert look_at_undo(session, secrets, view.standing[0].undo_token, now=now).state == "standing"


def test_a_contact_after_the_contact(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """A later contact is what counts now: the earlier one is not taken from under it."""
    mentor = underway.relationship(session)
    letter = underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    view = do(underway.token(Purpose.MET, letter))
    later = Contact(TODAY + timedelta(days=3), "called", "About the book")
    note_contact(session, mentor, later, actor="coach:1", now=now + timedelta(days=3))
    before = plan_rows(session)
    with pytest.raises(Conflict):
        undo_deed(session, secrets, view.standing[0].undo_token, now=now + timedelta(days=4))
    assert plan_rows(session) == before


@pytest.mark.parametrize("purpose", [Purpose.STILL_USEFUL, Purpose.MET])
@pytest.mark.parametrize("earlier", [True, False])
def test_an_act_taken_back(  # noqa: PLR0917 - fixtures
    session: Session,
    underway: Underway,
    do: Hand,
    secrets: Secrets,
    now: datetime,
    purpose: Purpose,
    earlier: bool,
) -> None:
    """Where all that was done was to act, the last act is the one before, or none."""
    before = now - timedelta(days=5) if earlier else None
    if before is not None:
        note_act(session, underway.client_id, now=before)
    letters = {
        Purpose.STILL_USEFUL: lambda: underway.letter(session, "still-useful"),
        Purpose.MET: lambda: underway.letter(session, "check-in", plan=underway.plan_id),
    }
    view = do(underway.token(purpose, letters[purpose]()))
    undo_deed(session, secrets, view.standing[0].undo_token, now=now + HOUR)
    assert acted_at(session, underway.client_id) == before


def test_a_later_act_is_kept(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """Who has acted since is not forgotten by taking the first act back."""
    view = do(underway.token(Purpose.STILL_USEFUL, underway.letter(session, "still-useful")))
    note_act(session, underway.client_id, now=now + HOUR)
    assert undo_deed(session, secrets, view.standing[0].undo_token, now=now + 2 * HOUR).state == "undone"
    assert acted_at(session, underway.client_id) == now + HOUR


def test_one_of_several_people(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """Taking back one name leaves the others as they are."""
    ids = [underway.relationship(session, kind="peer", name=name) for name in ("Bo", "Cy")]
    token = underway.token(Purpose.MET, underway.letter(session, "touches", touches=ids))
    for one in ids:
        view = do(token, about=one)
    undo = {one.subject.id: one.undo_token for one in view.standing}
    undo_deed(session, secrets, undo[ids[0]], now=now + HOUR)
    view = look_at_deed(session, secrets, token, may_write_to=everyone, now=now + HOUR)
    assert [one.name for one in view.open_to] == ["Bo"]
    assert [one.subject.name for one in view.standing] == ["Cy"]


def wrong_undo(session: Session, underway: Underway, deed_id: UUID) -> list[str]:
    """Return links that must undo nothing."""
    keys = underway.secrets.keys
    good = sign(keys, Purpose.UNDO, deed_id)
    return [
        sign(keys, Purpose.UNDO, uuid4()),
        sign(keys, Purpose.DONE, deed_id),
        sign(("a-key-that-was-retired-long-ago-000001",), Purpose.UNDO, deed_id),
        good[:-1],
        good[:30] + ("A" if good[30] != "A" else "B") + good[31:],
    ]


def test_links_that_undo_nothing(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """A wrong link isn't found and leaves what was done; nor is that of a step that is gone."""
    step = underway.milestone(session)
    view = do(underway.token(Purpose.DONE, underway.letter(session, "milestone-ahead", milestone=step)))
    deed_id = session.scalars(select(tables.Deed.id)).one()
    before = plan_rows(session)
    for token in wrong_undo(session, underway, deed_id):
        with pytest.raises(NotFound):
            look_at_undo(session, secrets, token, now=now)
        with pytest.raises(NotFound):
            undo_deed(session, secrets, token, now=now)
    assert plan_rows(session) == before

    session.delete(session.get_one(tables.Milestone, step))
    session.flush()
    with pytest.raises(NotFound):
        undo_deed(session, secrets, view.standing[0].undo_token, now=now)
