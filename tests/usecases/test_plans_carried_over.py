"""What is done of a plan before it runs, and beside it, isn't lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.milestones import Report
from coaching.usecases.milestones import match_waiting, report_on, take_report
from coaching.usecases.read_plan import read_plan
from tests.support.plans import PlanRoom, leaning

DAY = timedelta(days=1)


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


def tell(room: PlanRoom, milestone: tables.Milestone, kind: str, after: timedelta = DAY) -> None:
    """Report on it."""
    at = room.now + after
    report_on(room.session, room.content, milestone.id, Report(kind), actor="key:1", now=at)


def test_what_was_done_in_an_older_draft_is_done_in_the_plan(room: PlanRoom) -> None:
    """Begun and reached ones take the places of those of their kind; the rest counts from the start."""
    older = room.draft()
    started, reached, other = list(room.milestones(older).values())[:3]
    tell(room, started, "started")
    tell(room, reached, "reached")
    plan = room.draft(at=room.now + 2 * DAY)
    places = {kind: row.position for kind, row in room.milestones(plan).items()}
    due_on = room.milestones(plan)[started.kind].due_on
    assert room.approve(plan.client_id, at=room.now + 2 * DAY) == plan.id
    rows = room.milestones(plan)
    assert (rows[started.kind], rows[reached.kind]) == (started, reached)
    assert (started.state, started.due_on, reached.state) == ("started", due_on, "reached")
    assert {kind: rows[kind].position for kind in places} == places
    assert rows[other.kind] is not other
    assert {row.state for row in room.milestones(older).values()} == {"dropped"}


def test_what_newer_answers_do_not_ask_for_stays_done(room: PlanRoom) -> None:
    """A step of a kind that the newer draft hasn't, and what reaching it opened, come along."""
    older = room.draft()
    reached = room.milestones(older)["two-direction-sketch"]
    tell(room, reached, "reached")
    plan = room.draft(at=room.now + 2 * DAY, answers=leaning(room.content, 6))
    assert not {"two-direction-sketch", "ninety-day-goals"} & set(room.milestones(plan))
    room.approve(plan.client_id, at=room.now + 2 * DAY)
    rows = room.milestones(plan)
    assert (rows["two-direction-sketch"].state, rows["ninety-day-goals"].state) == ("reached", "active")
    assert len({row.position for row in rows.values()}) == len(rows)


def test_what_was_done_in_a_newer_draft_is_done_in_the_one_that_starts(room: PlanRoom) -> None:
    """A coach worked on the older one, so that it starts; nothing of it is proposed a second time."""
    plan, newer = room.draft(), room.draft(at=room.now + DAY)
    plan.version = 2
    kind, row = next(iter(room.milestones(newer).items()))
    tell(room, row, "reached")
    assert room.approve(plan.client_id, at=room.now + DAY) == plan.id
    assert room.milestones(plan)[kind] is row
    view = read_plan(room.session, plan.client_id, now=room.now + DAY)
    assert f"add:{kind}" not in {one.id for one in view.proposed or ()}


def test_a_step_that_was_opened_in_a_draft_keeps_its_days(room: PlanRoom) -> None:
    """They counted from the day on which it was opened; the others count from the start."""
    draft = room.draft()
    tell(room, room.milestones(draft)["two-direction-sketch"], "reached", 10 * DAY)
    before = {kind: row.due_on for kind, row in room.milestones(draft).items()}
    assert before["ninety-day-goals"] == (room.now + 100 * DAY).date()
    room.approve(draft.client_id, at=room.now + 11 * DAY)
    after = {kind: row.due_on for kind, row in room.milestones(draft).items()}
    moved = {kind for kind in before if after[kind] != before[kind]}
    assert moved == set(before) - {"two-direction-sketch", "ninety-day-goals"}


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_report_on_what_is_only_proposed_waits(room: PlanRoom, is_taken: bool) -> None:
    """Taken into the plan, the step is reached; else the report stays, shown as unmatched."""
    plan = room.running()
    draft = room.draft(at=room.now + 30 * DAY, answers=leaning(room.content, 6))
    client = room.session.get_one(tables.Client, plan.client_id)
    names = {"client": {"email": client.email}, "milestone": {"kind": "yearly-plan-b"}}
    at = room.now + 31 * DAY
    told = take_report(room.session, room.content, names, Report("reached"), actor="key:1", now=at)
    assert (told.milestone_id, room.milestones(draft)["yearly-plan-b"].state) == (None, "proposed")
    room.approve(plan.client_id, at=at, differences=None if is_taken else [])
    assert match_waiting(room.session, room.content, plan.client_id, now=at) == int(is_taken)
    if is_taken:
        assert room.milestones(plan)["yearly-plan-b"].state == "reached"
    else:
        assert told.line is not None
        assert (told.line.milestone_id, told.line.refused) == (None, None)


def test_a_step_that_fell_away_with_answers_comes_back_with_answers(room: PlanRoom) -> None:
    """Its drop was taken, by rule and not by a wish; asked for again, it is proposed and can be taken."""
    plan = room.running()
    room.draft(at=room.now + 20 * DAY, answers=leaning(room.content, 6))
    room.approve(plan.client_id, at=room.now + 20 * DAY)
    assert room.milestones(plan)["two-direction-sketch"].state == "dropped"
    at = room.now + 60 * DAY
    room.draft(at=at)
    view = read_plan(room.session, plan.client_id, now=at)
    assert "add:two-direction-sketch" in {one.id for one in view.proposed or ()}
    room.approve(plan.client_id, at=at)
    assert room.milestones(plan)["two-direction-sketch"].state == "active"
