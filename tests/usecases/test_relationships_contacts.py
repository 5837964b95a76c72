"""Real contact moves the rhythm, a wish to be reminded later moves a reminder, and each is taken back exactly."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.undo import Undo
from coaching.usecases.relationships import (
    Contact,
    list_contacts,
    note_contact,
    register_for_event,
    restore_relationship,
    snooze,
)
from tests.support.deeds import DAY, HOUR, TODAY, acted_at, events, relationship
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

KEY = "key:test"
EVENT: dict[str, Any] = {"kind": "event", "name": "Meetup", "cadence_days": None, "last_contact_on": None}


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


def test_contact_sets_the_rhythm_anew(session: Session, underway: Underway, now: datetime) -> None:
    """It counts from the contact alone, who was quiet is back, and the client has acted."""
    mentor = underway.relationship(
        session, state="quiet", shifted_days=9, not_before=TODAY + 3 * DAY, quiet_on=TODAY - DAY
    )
    undo = tell(session, underway, mentor, -2, "  Ask about the trial.\r\nAnd the book. ")
    note = "Ask about the trial.\nAnd the book."
    assert stands(session, mentor) == ("active", TODAY - 2 * DAY, note, 0, None, None)
    line = session.scalars(select(tables.Interaction)).one()
    assert (line.contact_on, line.kind, line.note, line.actor) == (TODAY - 2 * DAY, "met", note, KEY)
    assert undo.after["interaction"] == str(line.id)
    assert acted_at(session, underway.client_id) == now


def test_the_fact_says_nothing_personal(session: Session, underway: Underway) -> None:
    """It names the contact, its day and its kind; neither fact nor audit row has the note."""
    mentor = underway.relationship(session)
    tell(session, underway, mentor, 0, "Ask about the trial")
    line = session.scalars(select(tables.Interaction.id)).one()
    said = {"interaction": str(line), "on": TODAY.isoformat(), "contact_kind": "met"}
    assert events(session) == [(EventKind.CONTACT_MADE, said)]
    audit = session.scalars(select(tables.Audit)).one()
    assert (audit.actor, audit.action, audit.subject_id, audit.data) == (KEY, "contact_made", mentor, said)


def test_an_older_contact_told_late(session: Session, underway: Underway) -> None:
    """It is kept and moves nothing, though its note is the last where no later contact has one."""
    mentor = underway.relationship(
        session, state="quiet", shifted_days=9, not_before=TODAY + 3 * DAY, quiet_on=TODAY
    )
    rest = ("quiet", TODAY - 30 * DAY)
    tell(session, underway, mentor, -31)
    assert stands(session, mentor) == (*rest, None, 9, TODAY + 3 * DAY, TODAY)
    tell(session, underway, mentor, -40, "From long ago")
    assert stands(session, mentor)[:3] == (*rest, "From long ago")
    tell(session, underway, mentor, -41, "From longer ago")
    assert stands(session, mentor)[:3] == (*rest, "From long ago")
    assert count(session, tables.Interaction) == 3


def test_a_contact_without_a_note_keeps_the_last(session: Session, underway: Underway) -> None:
    """What to talk about stays until somebody notes something newer; of one day, what is told later."""
    mentor = underway.relationship(session, last_note="Kept from before")
    tell(session, underway, mentor, -3)
    assert relationship(session, mentor).last_note == "Kept from before"
    tell(session, underway, mentor, -2, "First")
    tell(session, underway, mentor, -2, "Second")
    tell(session, underway, mentor, -1)
    assert relationship(session, mentor).last_note == "Second"


def test_a_note_without_its_contact_is_the_last_contacts(session: Session, underway: Underway) -> None:
    """One that came with the relationship isn't overwritten by what is older than its last contact."""
    mentor = underway.relationship(session, last_note="Kept from before")
    tell(session, underway, mentor, -31, "Older")
    assert relationship(session, mentor).last_note == "Kept from before"


def test_today_is_the_clients(session: Session, underway: Underway, now: datetime) -> None:
    """Tomorrow there is the last day that may be told; what lies further ahead is refused and not kept."""
    mentor = underway.relationship(session)
    late = now.replace(hour=23, minute=30)  # Paris is a day ahead of UTC
    with pytest.raises(Refused) as refused:
        note_contact(session, mentor, Contact(TODAY + 3 * DAY, "met"), actor=KEY, now=late)
    assert list(refused.value.errors) == ["on"]
    assert count(session, tables.Interaction) == 0
    note_contact(session, mentor, Contact(TODAY + 2 * DAY, "met"), actor=KEY, now=late)
    assert relationship(session, mentor).last_contact_on == TODAY + 2 * DAY


def test_an_event_is_attended(session: Session, underway: Underway) -> None:
    """Nothing else is done with one; it stays signed up for."""
    event = underway.relationship(session, **EVENT, starts_on=TODAY, registered_on=TODAY - DAY)
    with pytest.raises(Refused) as refused:
        note_contact(session, event, Contact(TODAY, "met"), actor=KEY, now=underway.now)
    assert list(refused.value.errors) == ["kind"]
    note_contact(session, event, Contact(TODAY, "attended"), actor=KEY, now=underway.now)
    row = relationship(session, event)
    assert (row.last_contact_on, row.registered_on) == (TODAY, TODAY - DAY)


def test_later_before_anything_was_due(session: Session, underway: Underway) -> None:
    """Where the rhythm has days left, only the wish is kept."""
    mentor = underway.relationship(session, last_contact_on=TODAY - 10 * DAY)
    undo = snooze(session, mentor, TODAY + 7 * DAY, actor=KEY, now=underway.now)
    assert stands(session, mentor) == ("active", TODAY - 10 * DAY, None, 0, TODAY + 7 * DAY, None)
    assert undo.after["not_before"] == (TODAY + 7 * DAY).isoformat()
    assert events(session) == [(EventKind.RELATIONSHIP_CHANGED, {"changed": ["not_before"]})]


@pytest.mark.parametrize("state", [{"quiet_on": TODAY + 3 * DAY}, {"state": "quiet", "quiet_on": TODAY}])
def test_later_after_the_last_reminder(session: Session, underway: Underway, state: dict[str, Any]) -> None:
    """The round begins anew on that day, and it doesn't go quiet before; contact is not made up."""
    mentor = underway.relationship(session, last_contact_on=TODAY - 45 * DAY, **state)
    snooze(session, mentor, TODAY + 7 * DAY, actor=KEY, now=underway.now)
    assert stands(session, mentor) == ("active", TODAY - 45 * DAY, None, 24, TODAY + 7 * DAY, None)
    assert acted_at(session, underway.client_id) is None


@pytest.mark.parametrize("days", [0, -1, 1831])
def test_later_is_a_day_that_can_be(session: Session, underway: Underway, days: int) -> None:
    """From tomorrow on where the client lives, within five years."""
    mentor = underway.relationship(session)
    with pytest.raises(Refused) as refused:
        snooze(session, mentor, TODAY + days * DAY, actor=KEY, now=underway.now)
    assert list(refused.value.errors) == ["not_before"]


def test_signing_up(session: Session, underway: Underway, now: datetime) -> None:
    """The day is the client's; a second time changes nothing and leaves no trace."""
    event = underway.relationship(session, **EVENT, starts_on=TODAY + DAY)
    register_for_event(session, event, actor="client", now=now.replace(hour=23, minute=30))
    assert relationship(session, event).registered_on == TODAY + DAY
    again = register_for_event(session, event, actor="client", now=now)
    assert again.before == again.after
    assert len(events(session)) == 1
    assert restore_relationship(session, event, again, actor="client", now=now)
    assert len(events(session)) == 1


def test_what_cannot_be_asked_of_which(session: Session, underway: Underway, now: datetime) -> None:
    """People are not signed up for, events are not put off nor signed up for afterwards, nothing once ended."""
    mentor = underway.relationship(session)
    event = underway.relationship(session, **EVENT, starts_on=TODAY - DAY)
    ended = underway.relationship(session, state="ended")
    with pytest.raises(Conflict):
        register_for_event(session, mentor, actor=KEY, now=now)
    with pytest.raises(Conflict):
        register_for_event(session, event, actor=KEY, now=now)
    with pytest.raises(Conflict):
        snooze(session, event, TODAY + DAY, actor=KEY, now=now)
    with pytest.raises(Conflict):
        snooze(session, ended, TODAY + DAY, actor=KEY, now=now)
    with pytest.raises(NotFound):
        note_contact(session, uuid4(), Contact(TODAY, "met"), actor=KEY, now=now)
    assert events(session) == []


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
    """After another contact, newer or older, or a wish, the first can't be taken back, and nothing changes."""
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


def test_contacts_are_listed_as_they_were_told(session: Session, underway: Underway) -> None:
    """Page by page, those of this relationship only."""
    mentor, other = underway.relationship(session), underway.relationship(session)
    tell(session, underway, other, 0)
    for days in (-1, -5, 0):
        tell(session, underway, mentor, days)
    first, following = list_contacts(session, mentor, limit=2)
    rest, end = list_contacts(session, mentor, after=following, limit=2)
    seen: list[date] = [row.contact_on for row in (*first, *rest)]
    assert seen == [TODAY - DAY, TODAY - 5 * DAY, TODAY]
    assert end is None
    with pytest.raises(NotFound):
        list_contacts(session, uuid4())
