"""What newer answers propose for a plan that runs, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.plan_differences import Difference
from coaching.usecases.read_plan import read_plan
from tests.support.plans import COACH, PlanRoom, leaning

DAY = timedelta(days=1)
LATER = 100 * DAY


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


def other_needs(room: PlanRoom) -> dict[str, int | None]:
    """Answers at the job pole but for two dimensions that were in the focus."""
    return leaning(room.content, 1, horizon=6, skills=6)


def kept(room: PlanRoom, plan: tables.Plan) -> Sequence[dict[str, Any]]:
    """How the plan stood at each version."""
    return room.session.scalars(
        select(tables.PlanVersion.content)
        .where(tables.PlanVersion.plan_id == plan.id)
        .order_by(tables.PlanVersion.version)
    ).all()


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


def test_the_focus_is_taken_like_the_rest(room: PlanRoom, plan: tables.Plan) -> None:
    """It is proposed, then that of the newer answers; older versions and the first report keep theirs."""
    first, at = read_plan(room.session, plan.client_id, now=room.now).focus, room.now + LATER
    newer = tuple(room.draft(at=at, answers=other_needs(room)).draft["focus"])
    assert set(newer) != set(first)
    assert read_plan(room.session, plan.client_id, now=at).focus == first
    assert "focus:areas" in proposals(room, plan, at)
    room.approve(plan.client_id, at=at, differences=["focus:areas"])
    assert read_plan(room.session, plan.client_id, now=at).focus == newer
    assert tuple(plan.draft["focus"]) == first
    assert [tuple(one["focus"]) for one in kept(room, plan)] == [first, newer]
    room.draft(at=at + DAY, answers=other_needs(room))
    assert "focus:areas" not in proposals(room, plan, at + DAY)


@pytest.mark.parametrize("taken", [[], ["cadence"]])
def test_a_focus_that_is_left_stays_and_is_proposed_anew(
    room: PlanRoom, plan: tables.Plan, taken: list[str]
) -> None:
    """Leaving it, also beside other changes, changes nothing of it; the next answers may ask again."""
    first, at = read_plan(room.session, plan.client_id, now=room.now).focus, room.now + LATER
    room.draft(at=at, answers=other_needs(room))
    others = [one for one in proposals(room, plan, at) if one != "focus:areas"][: len(taken)]
    assert len(others) == len(taken)
    room.approve(plan.client_id, at=at, differences=others)
    assert read_plan(room.session, plan.client_id, now=at).focus == first
    room.draft(at=at + DAY, answers=other_needs(room))
    assert "focus:areas" in proposals(room, plan, at + DAY)


def test_every_drop_has_its_fact(room: PlanRoom, plan: tables.Plan) -> None:
    """What the plan drops, and what falls away with the draft, is told once each, with when."""
    at = room.now + LATER
    draft = room.draft(at=at, answers=leaning(room.content, 6))
    assert room.facts(EventKind.MILESTONE_DROPPED) == 0
    room.approve(plan.client_id, at=at, differences=["drop:two-direction-sketch", "add:yearly-plan-b"])
    rows = [row for one in (plan, draft) for row in room.milestones(one).values() if row.state == "dropped"]
    told = room.session.execute(
        select(tables.Event.subject_id, tables.Event.client_id, tables.Event.data).where(
            tables.Event.kind == EventKind.MILESTONE_DROPPED
        )
    ).all()
    expected = [(row.id, plan.client_id, {"at": at.isoformat()}) for row in rows]
    assert {row.plan_id for row in rows} == {plan.id, draft.id}
    assert sorted(map(tuple, told), key=str) == sorted(expected, key=str)


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
