"""What newer answers propose for a plan that runs, and what becomes of it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_differences import Difference
from coaching.usecases.read_plan import read_plan
from tests.support.plans import COACH, PlanRoom, leaning

LATER = timedelta(days=100)


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


@pytest.fixture
def plan(room: PlanRoom) -> tables.Plan:
    """A plan that runs, made of answers at the job pole."""
    return room.running()


def proposals(room: PlanRoom, plan: tables.Plan, at: datetime) -> dict[str, Difference]:
    """What is proposed now, by its name."""
    return {one.id: one for one in read_plan(room.session, plan.client_id, now=at).proposed or ()}


def test_newer_answers_propose_and_change_nothing(room: PlanRoom, plan: tables.Plan) -> None:
    """The plan stays as it is until somebody takes what is proposed."""
    before = {kind: (row.state, row.due_on) for kind, row in room.milestones(plan).items()}
    draft = room.draft(at=room.now + LATER, answers=leaning(room.content, 6))
    found = proposals(room, plan, room.now + LATER)
    assert {kind: (row.state, row.due_on) for kind, row in room.milestones(plan).items()} == before
    assert (plan.state, plan.version, draft.state) == ("active", 1, "draft")
    assert {"add:yearly-plan-b", "drop:route-map", "cadence:check_in", "cadence:event"} & set(found) == {
        "add:yearly-plan-b",
        "cadence:check_in",
        "cadence:event",
    }
    assert "drop:two-direction-sketch" in found


def test_all_of_it_can_be_taken(room: PlanRoom, plan: tables.Plan) -> None:
    """New milestones move over, what isn't asked for is dropped, the rhythms are the newer ones."""
    at = room.now + LATER
    draft = room.draft(at=at, answers=leaning(room.content, 6))
    added = room.milestones(draft)["yearly-plan-b"]
    week_later = at + timedelta(days=7)
    due = added.due_on + timedelta(days=7)
    assert room.approve(plan.client_id, at=week_later) == plan.id
    rows = room.milestones(plan)
    assert rows["yearly-plan-b"] is added
    assert (added.state, added.due_on) == ("active", due)
    assert rows["two-direction-sketch"].state == "dropped"
    assert [one["kind"] for one in plan.cadences] == ["check_in", "mentor", "network", "event"]
    assert plan.cadences[0]["every_days"] == 30
    assert (draft.state, plan.version, room.versions(plan)) == ("superseded", 2, [(1, COACH), (2, COACH)])
    assert room.facts(EventKind.PLAN_CHANGED) == 1
    assert proposals(room, plan, week_later) == {}


def test_one_of_it_can_be_taken(room: PlanRoom, plan: tables.Plan) -> None:
    """The rest is laid aside, and the draft's own milestones with it."""
    at = room.now + LATER
    draft = room.draft(at=at, answers=leaning(room.content, 6))
    room.approve(plan.client_id, at=at, differences=["add:yearly-plan-b"])
    rows = room.milestones(plan)
    assert rows["yearly-plan-b"].state == rows["two-direction-sketch"].state == "active"
    assert plan.cadences[0]["every_days"] == 14
    assert {row.state for row in room.milestones(draft).values()} == {"dropped"}
    with pytest.raises(Conflict):
        room.approve(plan.client_id, at=at)


def test_none_of_it_can_be_taken(room: PlanRoom, plan: tables.Plan) -> None:
    """Leaving everything changes nothing, and nothing waits any more."""
    at = room.now + LATER
    draft = room.draft(at=at, answers=leaning(room.content, 6))
    room.approve(plan.client_id, at=at, differences=[])
    assert (draft.state, plan.version, room.facts(EventKind.PLAN_CHANGED)) == ("superseded", 1, 0)
    assert proposals(room, plan, at) == {}


def test_what_is_not_proposed_is_refused_by_its_place(room: PlanRoom, plan: tables.Plan) -> None:
    """Nothing is taken then, not even what is proposed."""
    at = room.now + LATER
    room.draft(at=at, answers=leaning(room.content, 6))
    with pytest.raises(Refused) as refusal:
        room.approve(plan.client_id, at=at, differences=["add:yearly-plan-b", "drop:nothing"])
    assert list(refusal.value.errors) == ["differences.1"]
    assert "yearly-plan-b" not in room.milestones(plan)


def test_a_lapsed_day_moves_unless_somebody_did_something(room: PlanRoom, plan: tables.Plan) -> None:
    """The same answers again: open milestones get new days; what was touched or begun keeps its own."""
    open_one, touched, started, reached = list(room.milestones(plan).values())[:4]
    touched.touched_at = room.now
    started.state = "started"
    reached.state, reached.reached_at = "reached", room.now
    room.session.flush()
    kept = [(row.state, row.due_on) for row in (touched, started, reached)]
    at = room.now + LATER
    room.draft(at=at)
    found = proposals(room, plan, at)
    assert f"move:{open_one.kind}" in found
    room.approve(plan.client_id, at=at)
    assert open_one.due_on == found[f"move:{open_one.kind}"].due_on
    assert open_one.due_on > at.date()
    assert [(row.state, row.due_on) for row in (touched, started, reached)] == kept


def test_answers_that_ask_for_nothing_new_are_laid_aside_at_once(room: PlanRoom, plan: tables.Plan) -> None:
    """The same answers on the same day leave nothing that a coach would have to look at."""
    draft = room.draft()
    assert draft.state == "superseded"
    assert {row.state for row in room.milestones(draft).values()} == {"dropped"}
    assert read_plan(room.session, plan.client_id, now=room.now).proposed is None


def test_a_strangers_answers_propose_nothing(room: PlanRoom, plan: tables.Plan) -> None:
    """What came in for a known address and wasn't accepted stays out of the plan."""
    at = room.now + LATER
    room.draft(at=at, trust="public", answers=leaning(room.content, 6))
    assert proposals(room, plan, at) == {}
    with pytest.raises(Conflict):
        room.approve(plan.client_id, at=at)
