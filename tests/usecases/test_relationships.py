"""Relationships are added, changed and ended; finding a mentor is reached by one being there."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.find_mentor import settle_finding
from coaching.usecases.relationships import (
    Contact,
    add_relationship,
    change_relationship,
    end_relationship,
    list_relationships,
    note_contact,
    read_relationship,
    restore_relationship,
)
from tests.support.deeds import DAY, TODAY, events, milestone
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

KEY = "key:test"
PEER = {"kind": "peer", "name": "Bo Larsen", "cadence_days": 30}
MENTOR = {"kind": "mentor", "name": "Cy Okafor", "cadence_days": 28}


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def add(session: Session, content: Content, ana: Underway, **given: Any) -> UUID:
    """Add a relationship of Ana's."""
    return add_relationship(session, content, ana.client_id, given, actor=KEY, now=ana.now)


def audits(session: Session, subject_id: UUID) -> list[tuple[str, str]]:
    """Return who did what with it, in order."""
    query = select(tables.Audit.action, tables.Audit.actor).where(tables.Audit.subject_id == subject_id)
    return [(action, actor) for action, actor in session.execute(query.order_by(tables.Audit.id))]


def test_one_is_added(session: Session, content: Content, underway: Underway) -> None:
    """It is active and counts from the day that was given; the fact says of which kind it is, not who."""
    added = add(session, content, underway, **PEER, starts_on=TODAY - 5 * DAY)
    row = read_relationship(session, added)
    assert (row.kind, row.name, row.cadence_days, row.state) == ("peer", "Bo Larsen", 30, "active")
    assert (row.starts_on, row.last_contact_on, row.shifted_days) == (TODAY - 5 * DAY, None, 0)
    assert events(session) == [(EventKind.RELATIONSHIP_ADDED, {"relationship_kind": "peer"})]
    assert audits(session, added) == [("relationship_added", KEY)]


def test_it_begins_today_where_the_client_lives(
    session: Session, content: Content, underway: Underway
) -> None:
    """Late in the evening in UTC, Paris has the next day already."""
    late = underway.now.replace(hour=23, minute=30)
    added = add_relationship(session, content, underway.client_id, PEER, actor=KEY, now=late)
    assert read_relationship(session, added).starts_on == TODAY + DAY


def test_an_event_has_its_day(session: Session, content: Content, underway: Underway) -> None:
    """It has no rhythm, and without a day it is refused."""
    day = TODAY + 20 * DAY
    added = add(session, content, underway, kind="event", name="Meetup", starts_on=day)
    row = read_relationship(session, added)
    assert (row.starts_on, row.cadence_days) == (day, None)
    with pytest.raises(Refused) as refused:
        add(session, content, underway, kind="event", name="Meetup", cadence_days=7)
    assert set(refused.value.errors) == {"starts_on", "cadence_days"}
    assert count(session, tables.Relationship) == 1


def test_nobodys_relationships(session: Session, content: Content, now: datetime) -> None:
    """An unknown client or relationship is not found, whatever is asked."""
    nobody = uuid4()
    with pytest.raises(NotFound):
        add_relationship(session, content, nobody, PEER, actor=KEY, now=now)
    with pytest.raises(NotFound):
        change_relationship(session, content, nobody, {}, actor=KEY, now=now)
    with pytest.raises(NotFound):
        end_relationship(session, nobody, actor=KEY, now=now)
    with pytest.raises(NotFound):
        read_relationship(session, nobody)
    with pytest.raises(NotFound):
        list_relationships(session, nobody)


@pytest.mark.parametrize("state", ["active", "started"])
def test_a_mentor_is_found(session: Session, content: Content, underway: Underway, state: str) -> None:
    """The open step of finding one is reached; who told it is who added the mentor."""
    step = underway.milestone(session, kind=FIND_A_MENTOR, state=state)
    other = underway.milestone(session, kind="contacts-list", position=2)
    add(session, content, underway, **MENTOR)
    found = milestone(session, step)
    assert (found.state, found.reached_at) == ("reached", underway.now)
    assert milestone(session, other).state == "active"
    assert ("milestone_reached", KEY) in audits(session, step)


def test_only_an_open_step_of_a_running_plan_is_reached(
    session: Session, content: Content, underway: Underway
) -> None:
    """One that was dropped stays so, and one of a plan that is over; a second mentor changes nothing."""
    step = underway.milestone(session, kind=FIND_A_MENTOR, state="dropped", dropped_at=underway.now)
    add(session, content, underway, **MENTOR)
    assert milestone(session, step).state == "dropped"
    plan = session.get_one(tables.Plan, underway.plan_id)
    plan.state, plan.completed_at = "completed", underway.now
    left = underway.milestone(session, kind=FIND_A_MENTOR, position=2)
    add(session, content, underway, **MENTOR)
    assert milestone(session, left).state == "active"
    assert EventKind.MILESTONE_REACHED not in dict(events(session))


def test_a_mentor_from_before_the_plan_settles_the_step(
    session: Session, content: Content, underway: Underway
) -> None:
    """Who had a mentor when the plan began needs none to be found; who has none still does."""
    step = underway.milestone(session, kind=FIND_A_MENTOR, state="proposed")
    settle_finding(session, content, underway.client_id, now=underway.now)
    add(session, content, underway, **MENTOR)
    session.get_one(tables.Milestone, step).state = "active"
    session.flush()
    settle_finding(session, content, underway.client_id, now=underway.now)
    assert milestone(session, step).state == "reached"


def test_others_are_no_mentors(session: Session, content: Content, underway: Underway) -> None:
    """A peer leaves the step open; once the peer becomes the mentor, it is reached."""
    step = underway.milestone(session, kind=FIND_A_MENTOR)
    peer = add(session, content, underway, **PEER)
    assert milestone(session, step).state == "active"
    change_relationship(session, content, peer, {"kind": "mentor"}, actor=KEY, now=underway.now)
    assert milestone(session, step).state == "reached"


def test_a_change(session: Session, content: Content, underway: Underway) -> None:
    """What is given changes and the rest stays; the fact names the fields, not what is in them."""
    peer = add(session, content, underway, **PEER)
    given = {"name": "Bodil Larsen", "cadence_days": 14, "kind": "peer"}
    change_relationship(session, content, peer, given, actor=KEY, now=underway.now)
    row = read_relationship(session, peer)
    assert (row.name, row.cadence_days, row.starts_on) == ("Bodil Larsen", 14, TODAY)
    told = (EventKind.RELATIONSHIP_CHANGED, {"changed": ["cadence_days", "name"]})
    assert events(session)[1:] == [told]
    change_relationship(session, content, peer, given, actor=KEY, now=underway.now)
    assert events(session)[1:] == [told]


def test_a_change_that_cannot_be(session: Session, content: Content, underway: Underway) -> None:
    """It is refused by field and changes nothing."""
    peer = add(session, content, underway, **PEER)
    given = {"name": "Other", "cadence_days": None, "starts_on": date(1900, 1, 1)}
    with pytest.raises(Refused) as refused:
        change_relationship(session, content, peer, given, actor=KEY, now=underway.now)
    assert set(refused.value.errors) == {"cadence_days", "starts_on"}
    assert read_relationship(session, peer).name == "Bo Larsen"


def test_ending_keeps_the_history(session: Session, content: Content, underway: Underway) -> None:
    """The row and its contacts stay; a second time changes nothing; nothing more can be told of it."""
    peer = add(session, content, underway, **PEER)
    note_contact(session, peer, Contact(TODAY, "met", "Ask about it"), actor=KEY, now=underway.now)
    end_relationship(session, peer, actor=KEY, now=underway.now)
    end_relationship(session, peer, actor=KEY, now=underway.now)
    row = read_relationship(session, peer)
    assert (row.state, row.last_contact_on, row.last_note) == ("ended", TODAY, "Ask about it")
    assert count(session, tables.Interaction) == 1
    assert [kind for kind, _ in events(session)].count(EventKind.RELATIONSHIP_ENDED) == 1
    with pytest.raises(Conflict):
        change_relationship(session, content, peer, {"name": "Other"}, actor=KEY, now=underway.now)
    with pytest.raises(Conflict):
        note_contact(session, peer, Contact(TODAY, "met"), actor=KEY, now=underway.now)


def test_an_end_can_be_taken_back(session: Session, content: Content, underway: Underway) -> None:
    """It stands as it stood before, which is a change that the engine hears of."""
    peer = add(session, content, underway, **PEER)
    undo = end_relationship(session, peer, actor="client", now=underway.now)
    assert restore_relationship(session, peer, undo, actor="client", now=underway.now)
    assert read_relationship(session, peer).state == "active"
    assert events(session)[-1] == (EventKind.RELATIONSHIP_CHANGED, {"changed": ["state"]})


def test_the_list(session: Session, content: Content, secrets: Secrets, underway: Underway) -> None:
    """One client's, in the order in which they were added, page by page, of every state or of one."""
    ids = [add(session, content, underway, **{**PEER, "name": f"P{number}"}) for number in range(5)]
    other = put_underway(session, secrets, underway.now, email="bo@example.test")
    add(session, content, other, **PEER)
    end_relationship(session, ids[1], actor=KEY, now=underway.now)
    seen, after = [], None
    while True:
        page, after = list_relationships(session, underway.client_id, after=after, limit=2)
        seen += [row.id for row in page]
        if after is None:
            break
    assert seen == ids
    ended, _ = list_relationships(session, underway.client_id, state="ended")
    assert [row.id for row in ended] == [ids[1]]
