"""A plan as a coach edits it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.plan_changes import change_plan
from tests.support.plans import COACH, PlanRoom, leaning

SOON = date(2026, 12, 20)
RHYTHM = {"kind": "network", "text": "Three messages a week.", "every_days": 7, "count": 3}


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


@pytest.fixture
def plan(room: PlanRoom) -> tables.Plan:
    """A plan that runs."""
    return room.running()


def change(room: PlanRoom, plan: tables.Plan, **given: Any) -> None:
    """Change as the coach does."""
    change_plan(room.session, plan.client_id, given, actor=COACH, now=room.now)


def first(room: PlanRoom, plan: tables.Plan) -> tables.Milestone:
    """The first milestone of the plan."""
    return next(iter(room.milestones(plan).values()))


def refused(room: PlanRoom, plan: tables.Plan, **given: Any) -> list[str]:
    """The places that are refused."""
    with pytest.raises(Refused) as refusal:
        change(room, plan, **given)
    return list(refusal.value.errors)


def test_a_milestone_is_changed_and_marked_as_touched(room: PlanRoom, plan: tables.Plan) -> None:
    """Only what is given changes; the version before and after are both kept."""
    row = first(room, plan)
    detail = row.detail
    change(room, plan, milestones=[{"id": row.id, "title": "Two ways", "due_on": SOON, "ahead_days": 5}])
    assert (row.title, row.due_on, row.ahead_days, row.detail) == ("Two ways", SOON, 5, detail)
    assert row.touched_at == room.now
    assert (plan.version, room.versions(plan)) == (2, [(1, COACH), (2, COACH)])
    assert room.facts(EventKind.PLAN_CHANGED) == 1
    kept = room.session.scalars(
        select(tables.PlanVersion.content).where(tables.PlanVersion.plan_id == plan.id)
    ).all()
    assert len({one["milestones"][0]["title"] for one in kept}) == 2


def test_a_milestone_is_dropped_and_another_added(room: PlanRoom, plan: tables.Plan) -> None:
    """The new one is active at once, stands last, and is reminded of by how far off its day is."""
    row = first(room, plan)
    count = len(room.milestones(plan))
    change(room, plan, milestones=[{"id": row.id, "state": "dropped"}, {"title": "A call", "due_on": SOON}])
    assert (row.state, row.dropped_at) == ("dropped", room.now)
    *_, new = room.milestones(plan).values()
    assert (new.kind, new.title, new.state, new.ahead_days) == ("own", "A call", "active", 7)
    assert (new.position, new.touched_at) == (count + 1, room.now)
    assert new.why == "Your coach added this step to your plan."


def test_what_is_left_out_stays(room: PlanRoom, plan: tables.Plan) -> None:
    """A list of one doesn't take the others away."""
    before = len(room.milestones(plan))
    change(room, plan, milestones=[{"title": "A call", "due_on": SOON}])
    rows = room.milestones(plan).values()
    assert len(rows) == before + 1
    assert {row.state for row in rows} == {"active"}


def test_giving_it_as_it_stands_changes_nothing(room: PlanRoom, plan: tables.Plan) -> None:
    """No version, no fact, nothing touched."""
    row = first(room, plan)
    same = {"id": row.id, "title": row.title, "due_on": row.due_on, "state": row.state}
    rhythms = [
        {**one, "first_by_on": one["first_by_on"] and date.fromisoformat(one["first_by_on"])}
        for one in plan.cadences
    ]
    change(room, plan, milestones=[same], cadences=rhythms)
    assert (plan.version, room.facts(EventKind.PLAN_CHANGED), row.touched_at) == (1, 0, None)


def test_rhythms_are_replaced_as_a_whole(room: PlanRoom, plan: tables.Plan) -> None:
    """One that is the same keeps its reason; a changed one has a new reason and is a person's now."""
    kept = plan.cadences[0]
    change(room, plan, cadences=[{**kept, "first_by_on": None}, RHYTHM])
    assert plan.cadences[0] == kept
    assert [one["kind"] for one in plan.cadences] == ["check_in", "network"]
    assert (plan.cadences[1]["count"], plan.cadences[1]["why"]) == (
        3,
        "Your coach settled this rhythm with you.",
    )
    assert plan.cadences[1]["touched_at"]
    assert plan.version == 2


def test_newer_answers_leave_the_coachs_rhythms_alone(room: PlanRoom, plan: tables.Plan) -> None:
    """Neither the one that was set nor the one that was taken out is proposed again."""
    change(room, plan, cadences=[RHYTHM])
    later = room.now + timedelta(days=100)
    room.draft(at=later, answers=leaning(room.content, 6))
    room.approve(plan.client_id, at=later)
    assert {one["kind"]: one["count"] for one in plan.cadences} == {"network": 3, "event": 1}


def test_a_fault_names_its_place_and_nothing_changes(room: PlanRoom, plan: tables.Plan) -> None:
    """Every fault of the whole request is said at once."""
    row = first(room, plan)
    title = row.title
    faults = refused(
        room,
        plan,
        milestones=[
            {"id": row.id, "title": "Another"},
            {"id": row.id},
            {"id": uuid4()},
            {"title": "A call", "due_on": date(2026, 11, 22)},
            {"title": "A call"},
        ],
        cadences=[RHYTHM, RHYTHM, {"kind": "event", "text": "Go out."}],
    )
    assert faults == [
        "milestones.1.id",
        "milestones.2.id",
        "milestones.3.due_on",
        "milestones.4.due_on",
        "cadences.1.kind",
        "cadences.2.every_days",
    ]
    assert (row.title, plan.version) == (title, 1)


def test_another_plans_milestone_is_unknown_here(room: PlanRoom, plan: tables.Plan) -> None:
    """Ids of other clients' milestones are no way into their plans."""
    other = room.running(email="bo@example.test")
    row = first(room, other)
    assert refused(room, plan, milestones=[{"id": row.id, "title": "Mine"}]) == ["milestones.0.id"]


def test_two_coaches_do_not_overwrite_each_other(room: PlanRoom, plan: tables.Plan) -> None:
    """Whoever names the version that they read is told when it has moved on."""
    row = first(room, plan)
    change(room, plan, if_version=1, milestones=[{"id": row.id, "title": "One"}])
    with pytest.raises(Conflict, match="version 2"):
        change(room, plan, if_version=1, milestones=[{"id": row.id, "title": "Two"}])
    assert row.title == "One"


def test_a_draft_is_reviewed_before_it_is_approved(room: PlanRoom) -> None:
    """Changes are kept without telling anybody; a day that was set stays where it is on approval."""
    draft = room.draft()
    row, other = list(room.milestones(draft).values())[:2]
    due = other.due_on
    change(room, draft, milestones=[{"id": row.id, "due_on": SOON}, {"title": "A call", "due_on": SOON}])
    assert (draft.state, draft.version, room.facts(EventKind.PLAN_CHANGED)) == ("draft", 2, 0)
    assert room.milestones(draft)["own"].state == "proposed"
    room.approve(draft.client_id, at=room.now + timedelta(days=2))
    rows = room.milestones(draft)
    assert (row.due_on, rows["own"].due_on, rows["own"].state) == (SOON, SOON, "active")
    assert other.due_on == due + timedelta(days=2)
    assert room.versions(draft) == [(2, COACH), (3, COACH)]


def test_a_draft_that_was_worked_on_is_the_one_that_starts(room: PlanRoom) -> None:
    """Newer answers don't sweep away what a coach has done; they propose once the plan runs."""
    draft = room.draft()
    change(room, draft, milestones=[{"title": "A call", "due_on": SOON}])
    newer = room.draft(at=room.now + timedelta(hours=2), answers=leaning(room.content, 6))
    assert room.approve(draft.client_id, at=room.now + timedelta(hours=3)) == draft.id
    assert newer.state == "draft"


def test_a_completed_plan_rests(room: PlanRoom, plan: tables.Plan) -> None:
    """It can't be changed any more; and where there is no plan there is none to change."""
    complete_plan(room.session, plan.client_id, actor=COACH, now=room.now)
    with pytest.raises(Conflict):
        change(room, plan, milestones=[])
    with pytest.raises(NotFound):
        change_plan(room.session, uuid4(), {}, actor=COACH, now=room.now)
