"""A plan as a coach edits it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
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
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.read_plan import read_version
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
    """Change as the coach does, who has read the plan as it stands."""
    whole = {"if_version": plan.version, **given}
    change_plan(room.session, plan.client_id, whole, actor=COACH, now=room.now)


def first(room: PlanRoom, plan: tables.Plan) -> tables.Milestone:
    """The first milestone of the plan."""
    return next(iter(room.milestones(plan).values()))


def dropped(room: PlanRoom) -> Sequence[UUID]:
    """The milestones of which a fact says that they were dropped."""
    return room.session.scalars(
        select(tables.Event.subject_id).where(tables.Event.kind == EventKind.MILESTONE_DROPPED)
    ).all()


def refused(room: PlanRoom, plan: tables.Plan, **given: Any) -> list[str]:
    """The places that are refused."""
    with pytest.raises(Refused) as refusal:
        change(room, plan, **given)
    return list(refusal.value.errors)


def test_a_milestone_is_changed_and_marked_as_touched(room: PlanRoom, plan: tables.Plan) -> None:
    """Only what is given changes; the version before and after are both kept."""
    row = first(room, plan)
    detail = row.detail
    change(room, plan, milestones=[{"id": row.id, "title": "Two ways", "due_on": SOON, "ahead_days": 14}])
    assert (row.title, row.due_on, row.ahead_days, row.detail) == ("Two ways", SOON, 14, detail)
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
    assert (row.state, row.dropped_at, dropped(room)) == ("dropped", room.now, [row.id])
    *_, new = room.milestones(plan).values()
    assert (new.kind, new.title, new.state, new.ahead_days) == ("own", "A call", "active", 7)
    assert (new.position, new.touched_at) == (count + 1, room.now)
    assert new.why == "This step was added to your plan for you."


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
        "This rhythm was settled with you.",
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


def test_a_new_milestone_needs_the_version_and_is_added_once(room: PlanRoom, plan: tables.Plan) -> None:
    """Without it, it is refused by field; the same request again finds another version."""
    new = {"milestones": [{"title": "A call", "due_on": SOON}]}
    with pytest.raises(Refused) as refusal:
        change_plan(room.session, plan.client_id, new, actor=COACH, now=room.now)
    assert list(refusal.value.errors) == ["if_version"]
    change_plan(room.session, plan.client_id, {**new, "if_version": 1}, actor=COACH, now=room.now)
    with pytest.raises(Conflict, match="version 2"):
        change_plan(room.session, plan.client_id, {**new, "if_version": 1}, actor=COACH, now=room.now)
    assert [row.title for row in room.milestones(plan).values()].count("A call") == 1


def test_what_a_coach_edits_is_told_as_a_report_would_be(room: PlanRoom, plan: tables.Plan) -> None:
    """A new step, and one whose day moved, have their facts; another title has none of its own."""
    moved, renamed = list(room.milestones(plan).values())[:2]
    before = moved.due_on
    edits = [{"id": moved.id, "due_on": SOON}, {"id": renamed.id, "title": "Another"}]
    change(room, plan, milestones=[*edits, {"title": "A call", "due_on": SOON}])
    told = room.session.execute(
        select(tables.Event.kind, tables.Event.subject_id, tables.Event.data)
        .where(tables.Event.kind.like("milestone_%"))
        .order_by(tables.Event.id)
    ).all()
    assert [tuple(one) for one in told] == [
        (EventKind.MILESTONE_POSTPONED, moved.id, {"due_on": SOON.isoformat(), "from": before.isoformat()}),
        (EventKind.MILESTONE_ADDED, room.milestones(plan)["own"].id, {}),
    ]


def test_how_a_draft_was_first_is_kept_when_it_changes(room: PlanRoom) -> None:
    """Version 1 says what the rules drafted; giving it as it stands makes no second one."""
    draft = room.draft()
    row = first(room, draft)
    title = row.title
    change(room, draft, milestones=[{"id": row.id, "title": title}])
    change(room, draft, milestones=[{"id": row.id, "title": "Another"}])
    assert room.versions(draft) == [(1, "rule"), (2, COACH)]
    kept = read_version(room.session, draft.client_id, 1)
    assert (kept.at, kept.content["milestones"][0]["title"]) == (draft.created_at, title)
    room.approve(draft.client_id)
    assert room.versions(draft) == [(1, "rule"), (2, COACH), (3, COACH)]
    with pytest.raises(NotFound):
        read_version(room.session, draft.client_id, 9)


def test_a_draft_that_was_looked_at_alone_can_be_approved(room: PlanRoom) -> None:
    """A change that changes nothing leaves nothing in the way of the first version that runs."""
    draft = room.draft()
    change(room, draft, milestones=[])
    room.approve(draft.client_id)
    assert draft.state == "active"


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
    assert room.versions(draft) == [(1, "rule"), (2, COACH), (3, COACH)]


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
