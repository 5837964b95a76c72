"""What contact and wishes change is taken back exactly, unless something came later."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.domain.undo import Undo
from coaching.usecases.relationships import Contact, note_contact, restore_relationship, snooze
from tests.support.deeds import DAY, HOUR, TODAY, events, relationship
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

KEY = "key:test"


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def whole(session: Session, relationship_id: UUID) -> tuple[Any, ...]:
    """Return the row and its contacts, column by column."""
    table, lines = tables.Relationship.__table__, tables.Interaction.__table__.columns
    row = session.execute(select(*table.columns).where(table.columns.id == relationship_id)).one()
    told = select(*lines).where(lines.relationship_id == relationship_id).order_by(lines.id)
    return (*row, *session.execute(told).all())


def tell(session: Session, ana: Underway, about: UUID, days: int, note: str | None = None) -> Undo:
    """Note that they met so many days from today."""
    contact = Contact(TODAY + days * DAY, "met", note)
    return note_contact(session, about, contact, actor=KEY, now=ana.now)


def stands(session: Session, about: UUID) -> tuple[Any, ...]:
    """Return what contact changes."""
    row = relationship(session, about)
    return row.state, row.last_contact_on, row.last_note, row.shifted_days, row.not_before, row.quiet_on


STATES = some.fixed_dictionaries(
    {
        "state": some.sampled_from(("active", "quiet")),
        "last_contact_on": some.none() | some.integers(-60, 0).map(lambda days: TODAY + days * DAY),
        "last_note": some.none() | some.just("Kept from before"),
        "shifted_days": some.integers(0, 20),
        "not_before": some.none() | some.integers(-5, 20).map(lambda days: TODAY + days * DAY),
        "quiet_on": some.none() | some.integers(-5, 20).map(lambda days: TODAY + days * DAY),
    }
)
NOTES = some.none() | some.sampled_from(("One", "Two\nlines", "Three"))
AT_RANDOM = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@AT_RANDOM
@given(before=STATES, days=some.integers(-70, 1), note=NOTES)
def test_contact_is_taken_back_exactly(
    session: Session, underway: Underway, before: dict[str, Any], days: int, note: str | None
) -> None:
    """Every column is as it was and the contact is gone; a second undo finds nothing to take back."""
    mentor = underway.relationship(session, **before)
    stood = whole(session, mentor)
    undo = tell(session, underway, mentor, days, note)
    assert whole(session, mentor) != stood
    assert restore_relationship(session, mentor, undo, actor=KEY, now=underway.now + HOUR)
    assert whole(session, mentor) == stood
    assert events(session)[-1] == (
        EventKind.CONTACT_TAKEN_BACK,
        {"interaction": undo.after["interaction"]},
    )
    assert not restore_relationship(session, mentor, undo, actor=KEY, now=underway.now + HOUR)


@AT_RANDOM
@given(before=STATES, days=some.integers(1, 100))
def test_later_is_taken_back_exactly(
    session: Session, underway: Underway, before: dict[str, Any], days: int
) -> None:
    """Every column is as it was."""
    mentor = underway.relationship(session, **before)
    stood = whole(session, mentor)
    undo = snooze(session, mentor, TODAY + days * DAY, actor=KEY, now=underway.now)
    assert restore_relationship(session, mentor, undo, actor=KEY, now=underway.now + HOUR)
    assert whole(session, mentor) == stood


@AT_RANDOM
@given(data=some.data())
def test_any_order_of_telling(session: Session, underway: Underway, data: some.DataObject) -> None:
    """The same contacts of different days, told in any order, leave the same row."""
    days = some.tuples(some.integers(-60, 1), NOTES)
    told = data.draw(some.lists(days, min_size=1, max_size=5, unique_by=lambda one: one[0]))
    found = []
    for order in (told, data.draw(some.permutations(told))):
        mentor = underway.relationship(session, last_contact_on=None, shifted_days=3)
        for day, note in order:
            tell(session, underway, mentor, day, note)
        found.append(stands(session, mentor))
    last = max(told)[0]
    noted = [one for one in told if one[1] is not None]
    assert found[0] == found[1]
    assert found[0][1:3] == (TODAY + last * DAY, max(noted)[1] if noted else None)


@pytest.mark.parametrize("days", [1, -50])
def test_what_came_later_stands(session: Session, underway: Underway, days: int) -> None:
    """After another contact, newer or older, or a wish, the first can't be taken back."""
    mentor = underway.relationship(session)
    first = tell(session, underway, mentor, 0, "First")
    second = tell(session, underway, mentor, days)
    stood = whole(session, mentor)
    assert not restore_relationship(session, mentor, first, actor=KEY, now=underway.now)
    assert whole(session, mentor) == stood
    assert restore_relationship(session, mentor, second, actor=KEY, now=underway.now)
    later = snooze(session, mentor, TODAY + 9 * DAY, actor=KEY, now=underway.now)
    assert not restore_relationship(session, mentor, first, actor=KEY, now=underway.now)
    assert restore_relationship(session, mentor, later, actor=KEY, now=underway.now)
    assert restore_relationship(session, mentor, first, actor=KEY, now=underway.now)
    assert count(session, tables.Interaction) == 0


def test_a_new_name_is_no_obstacle(session: Session, underway: Underway) -> None:
    """What contact doesn't touch may have been changed meanwhile, and stays changed."""
    mentor = underway.relationship(session)
    undo = tell(session, underway, mentor, 0)
    relationship(session, mentor).name = "Bodil"
    session.flush()
    assert restore_relationship(session, mentor, undo, actor=KEY, now=underway.now)
    row = relationship(session, mentor)
    assert (row.name, row.last_contact_on) == ("Bodil", TODAY - 30 * DAY)
