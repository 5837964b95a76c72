"""Real contact moves the rhythm, a wish moves a reminder, and an event is signed up for."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
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
from tests.support.deeds import DAY, TODAY, acted_at, events, relationship
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

KEY = "key:test"
EVENT: dict[str, Any] = {"kind": "event", "name": "Meetup", "cadence_days": None, "last_contact_on": None}


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


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
    """People are not signed up for, an event is not put off nor signed up for late, nothing once ended."""
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
