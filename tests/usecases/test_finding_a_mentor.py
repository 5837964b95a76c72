"""Finding a mentor: a step until one is there, and again when none is left."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Refused
from coaching.domain.milestones import Report
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.reactions import Reactions
from coaching.usecases.facts import drain
from coaching.usecases.milestones import report_on
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.read_plan import read_plan
from coaching.usecases.relationships import add_relationship, change_relationship, end_relationship
from tests.support.drain import everyone
from tests.support.plans import COACH, PlanRoom, leaning

DAY = timedelta(days=1)
LATER = 40 * DAY


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


def few_people(room: PlanRoom) -> dict[str, Any]:
    """Answers that ask for a mentor, since networks are low and matter most."""
    return {"answers": leaning(room.content, 4, networks=1), "importance": {"networks": 5}}


def meet(room: PlanRoom, plan: tables.Plan, after: timedelta = DAY) -> UUID:
    """Let the client have a mentor."""
    given = {"kind": "mentor", "name": "Kari", "cadence_days": 30}
    at = room.now + after
    return add_relationship(room.session, room.content, plan.client_id, given, actor=COACH, now=at)


def part(room: PlanRoom, mentor: UUID, after: timedelta) -> None:
    """End it, and let what follows follow."""
    end_relationship(room.session, mentor, actor=COACH, now=room.now + after)
    follow(room, after)


def follow(room: PlanRoom, after: timedelta) -> None:
    """Let what follows from the facts follow."""
    at = room.now + after
    while drain(room.session, Reactions(room.content, everyone), now=at):
        pass
    assert room.session.scalar(select(tables.Event.error).where(tables.Event.error.is_not(None))) is None


def steps(room: PlanRoom, plan: tables.Plan) -> list[tables.Milestone]:
    """The steps of finding a mentor, in their order."""
    rows = room.session.scalars(
        select(tables.Milestone)
        .where(tables.Milestone.plan_id == plan.id, tables.Milestone.kind == FIND_A_MENTOR)
        .order_by(tables.Milestone.position)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def test_when_the_last_mentor_ends_the_step_is_open_again(room: PlanRoom) -> None:
    """A new step of its own by the rules, due from that day; the one that was reached stays reached."""
    plan = room.running()
    mentor = meet(room, plan)
    part(room, mentor, LATER)
    reached, again = steps(room, plan)
    assert (reached.state, again.state, again.touched_at) == ("reached", "active", None)
    assert again.why == "Your last mentor has left your circle, so finding one is a step again."
    assert (again.title, again.due_on) == (reached.title, (room.now + LATER).date() + timedelta(weeks=6))
    follow(room, LATER + DAY)
    assert len(steps(room, plan)) == 2
    meet(room, plan, LATER + 2 * DAY)
    assert [row.state for row in steps(room, plan)] == ["reached", "reached"]


def test_one_of_two_mentors_ending_opens_nothing(room: PlanRoom) -> None:
    """Somebody is there still."""
    plan = room.running()
    mentor, _ = meet(room, plan), meet(room, plan, 2 * DAY)
    part(room, mentor, LATER)
    assert [row.state for row in steps(room, plan)] == ["reached"]


def test_a_mentor_who_becomes_a_peer_is_looked_for_again(room: PlanRoom) -> None:
    """Whoever else ends, or changes, opens nothing."""
    plan = room.running()
    mentor = meet(room, plan)
    change_relationship(room.session, room.content, mentor, {"kind": "peer"}, actor=COACH, now=room.now + DAY)
    assert [row.state for row in steps(room, plan)] == ["reached", "active"]
    part(room, mentor, LATER)
    assert [row.state for row in steps(room, plan)] == ["reached", "active"]


def test_what_somebody_dropped_stays_dropped(room: PlanRoom) -> None:
    """Who wants no mentor isn't asked again because one has left."""
    plan = room.running()
    [step] = steps(room, plan)
    report_on(room.session, room.content, step.id, Report("dropped"), actor=COACH, now=room.now)
    part(room, meet(room, plan), LATER)
    assert [row.state for row in steps(room, plan)] == ["dropped"]


def test_a_plan_that_began_with_a_mentor_gets_the_step_when_they_leave(room: PlanRoom) -> None:
    """Its rhythm has a mentor, so one is looked for from then on."""
    first = room.draft()
    mentor = meet(room, first, timedelta(0))
    plan = room.draft(at=room.now + timedelta(hours=1))
    room.approve(plan.client_id)
    assert plan.state == "active"
    assert steps(room, plan) == []
    part(room, mentor, LATER)
    assert [row.state for row in steps(room, plan)] == ["active"]


def test_who_has_a_mentor_is_not_asked_to_find_one(room: PlanRoom) -> None:
    """Neither by the first draft, however low networks are, nor by what newer answers propose."""
    first = room.draft(answers=leaning(room.content, 6))
    meet(room, first, timedelta(0))
    draft = room.draft(at=room.now + DAY, **few_people(room))
    assert steps(room, draft) == []
    assert "twenty-contacts" in room.milestones(draft)


def test_a_proposal_from_before_the_mentor_came_asks_for_none(room: PlanRoom) -> None:
    """It isn't proposed any more, can't be taken, and isn't taken with all the rest."""
    plan = room.running(answers=leaning(room.content, 6))
    for step in steps(room, plan):
        room.session.delete(step)
    room.session.flush()
    room.draft(at=room.now + LATER, **few_people(room))

    def offered() -> list[str]:
        view = read_plan(room.session, plan.client_id, now=room.now + LATER)
        return [one.id for one in view.proposed or ()]

    assert "add:mentor-found" in offered()
    meet(room, plan, LATER)
    assert "add:mentor-found" not in offered()
    with pytest.raises(Refused):
        room.approve(plan.client_id, at=room.now + LATER, differences=["add:mentor-found"])
    room.approve(plan.client_id, at=room.now + LATER)
    assert steps(room, plan) == []


def test_a_step_that_comes_by_a_change_is_settled_at_once(room: PlanRoom) -> None:
    """Whoever has a mentor has found one, whichever way the step came into the plan."""
    plan = room.running(answers=leaning(room.content, 6))
    for step in steps(room, plan):
        room.session.delete(step)
    meet(room, plan)
    new = {"kind": FIND_A_MENTOR, "title": "A mentor", "due_on": date(2027, 1, 10)}
    given = {"if_version": plan.version, "milestones": [new]}
    change_plan(room.session, plan.client_id, given, actor=COACH, now=room.now + DAY)
    follow(room, DAY)
    assert [row.state for row in steps(room, plan)] == ["reached"]
