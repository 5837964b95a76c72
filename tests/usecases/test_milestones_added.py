"""Adding milestones to a plan by hand, and reading one."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.usecases.milestones import add_milestone, read_milestone
from tests.support.ledger import put_client
from tests.support.underway import Underway, put_underway
from tests.usecases.test_milestones import facts, milestone

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ACTOR = "key:1"
NEW = {"kind": "portfolio-site", "title": "A site of your own", "due_on": TODAY + 20 * DAY}


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def test_adding(session: Session, content: Content, underway: Underway, now: datetime) -> None:
    """It stands at the end of the running plan, active, a person's own, and the plan has a new version."""
    underway.milestone(session, position=3)
    added = add_milestone(session, content, underway.client_id, NEW, actor=ACTOR, now=now)
    row = milestone(session, added)
    assert (row.plan_id, row.position, row.state) == (underway.plan_id, 4, "active")
    assert (row.kind, row.title, row.due_on) == tuple(NEW.values())
    assert (row.detail, row.service, row.ref, row.dimension, row.decides) == ("", [], None, None, False)
    assert (row.ahead_days, row.touched_at) == (7, now)
    assert row.why == "This step was added to your plan for you."
    assert facts(session) == [
        (EventKind.MILESTONE_ADDED, added, {}),
        (EventKind.PLAN_CHANGED, underway.plan_id, {"version": 2}),
    ]
    first, version = session.scalars(select(tables.PlanVersion).order_by(tables.PlanVersion.version)).all()
    assert (first.version, len(first.content["milestones"])) == (1, 1)
    assert (version.version, version.actor) == (2, ACTOR)
    assert version.content["milestones"][-1]["id"] == str(added)
    assert session.scalars(select(tables.Audit.action)).all() == ["milestone_added"]


def test_adding_all_that_can_be_said(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """What is given stands as given."""
    given = {
        **NEW,
        "detail": "One page is enough.",
        "ahead_days": 14,
        "decides": True,
        "ref": "lms-7",
        "dimension": "identity",
        "service": ["search"],
        "why": "You asked for it.",
    }
    row = milestone(session, add_milestone(session, content, underway.client_id, given, actor=ACTOR, now=now))
    assert {name: getattr(row, name) for name in given} == given


@pytest.mark.parametrize(("days", "ahead"), [(0, 3), (14, 3), (15, 7), (45, 7), (46, 14)])
def test_the_usual_days_ahead(
    session: Session, content: Content, underway: Underway, days: int, ahead: int
) -> None:
    """Where nobody says, the reminder's lead grows with the time there is."""
    given = {**NEW, "due_on": TODAY + days * DAY}
    added = add_milestone(session, content, underway.client_id, given, actor=ACTOR, now=underway.now)
    row = milestone(session, added)
    assert row.ahead_days == ahead


def test_adding_to_a_draft(session: Session, content: Content, underway: Underway, now: datetime) -> None:
    """Until it is approved, it is proposed like everything there."""
    session.get_one(tables.Plan, underway.plan_id).state = "draft"
    session.flush()
    row = milestone(session, add_milestone(session, content, underway.client_id, NEW, actor=ACTOR, now=now))
    assert row.state == "proposed"


def test_adding_without_a_plan(
    session: Session, content: Content, underway: Underway, secrets: Secrets, now: datetime
) -> None:
    """The answer says how there will be one; or that the plan is completed."""
    stranger = put_client(session, secrets, "bo@example.test")
    with pytest.raises(Conflict, match="/v1/assessments"):
        add_milestone(session, content, stranger, NEW, actor=ACTOR, now=now)
    session.get_one(tables.Plan, underway.plan_id).state = "completed"
    session.flush()
    with pytest.raises(Conflict, match="completed"):
        add_milestone(session, content, underway.client_id, NEW, actor=ACTOR, now=now)
    with pytest.raises(NotFound):
        add_milestone(session, content, uuid4(), NEW, actor=ACTOR, now=now)


def test_a_ref_is_one_clients_only(
    session: Session, content: Content, underway: Underway, secrets: Secrets, now: datetime
) -> None:
    """A second milestone of the same client can't have it, another client's can."""
    named = {**NEW, "ref": "lms-7"}
    add_milestone(session, content, underway.client_id, named, actor=ACTOR, now=now)
    with pytest.raises(Refused, match="ref"):
        add_milestone(session, content, underway.client_id, named, actor=ACTOR, now=now)
    other = put_underway(session, secrets, now, email="bo@example.test")
    add_milestone(session, content, other.client_id, named, actor=ACTOR, now=now)


def test_every_fault_of_a_new_one_is_named(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """A day gone by, a title of two lines, a ref that is taken, an unknown dimension: in one answer."""
    add_milestone(session, content, underway.client_id, {**NEW, "ref": "lms-7"}, actor=ACTOR, now=now)
    faulty = {"kind": "x", "title": "a\nb", "due_on": TODAY - DAY, "ref": "lms-7"}
    faulty["dimension"] = "no-such"
    with pytest.raises(Refused) as caught:
        add_milestone(session, content, underway.client_id, faulty, actor=ACTOR, now=now)
    assert set(caught.value.errors) == {"title", "due_on", "ref", "dimension"}
    assert "networks" in caught.value.errors["dimension"][0]


def test_reading(session: Session, underway: Underway, now: datetime) -> None:
    """Overdue is said from the day after, where the client lives."""
    step = underway.milestone(session, due_on=TODAY)
    assert not read_milestone(session, step, now=now).overdue
    midnight_in_paris = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert read_milestone(session, step, now=midnight_in_paris).overdue
    with pytest.raises(NotFound):
        read_milestone(session, uuid4(), now=now)
