"""A plan from its draft to its end: what is drafted, approved, read and completed."""

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
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.read_plan import read_plan
from tests.support.plans import COACH, PlanRoom, leaning


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


def test_a_draft_waits_three_working_days_for_a_coach(room: PlanRoom) -> None:
    """Until Thursday at nine where the client is; its rhythms are those of the draft."""
    draft = room.draft()
    assert draft.look_at == datetime(2026, 11, 26, 8, 0, tzinfo=UTC)  # nine in Paris
    assert draft.cadences == draft.draft["cadences"]
    assert [one["kind"] for one in draft.cadences] == ["check_in", "mentor", "network"]


def test_milestones_carry_what_the_rules_say(room: PlanRoom) -> None:
    """How many days ahead they are reminded of, and which one decides."""
    rows = room.milestones(room.draft(answers=leaning(room.content, 6, commitment=1)))
    assert [kind for kind, row in rows.items() if row.decides] == ["stay-shift-leave-decision"]
    assert (rows["first-trial"].ahead_days, rows["stay-shift-leave-decision"].ahead_days) == (7, 14)


def test_a_mentor_is_looked_for_until_one_is_there(room: PlanRoom) -> None:
    """Whose rhythm has a mentor gets that milestone; who has a mentor doesn't."""
    first = room.draft()
    assert "mentor-found" in room.milestones(first)
    room.session.add(
        tables.Relationship(
            client_id=first.client_id, kind="mentor", name="Kari", starts_on=date(2026, 11, 1)
        )
    )
    room.session.flush()
    later = room.draft(at=room.now + timedelta(days=1))
    assert "mentor-found" not in room.milestones(later)


def test_approving_starts_the_plan_from_that_day(room: PlanRoom) -> None:
    """Milestones become active, and their dates count from the day of the approval."""
    draft = room.draft()
    before = {kind: row.due_on for kind, row in room.milestones(draft).items()}
    by = date.fromisoformat(draft.cadences[1]["first_by_on"])
    later = room.now + timedelta(days=4)
    assert room.approve(draft.client_id, at=later) == draft.id
    rows = room.milestones(draft)
    assert {row.state for row in rows.values()} == {"active"}
    assert {kind: row.due_on - before[kind] for kind, row in rows.items()} == dict.fromkeys(
        before, timedelta(days=4)
    )
    assert (draft.state, draft.starts_on) == ("active", date(2026, 11, 27))
    assert (draft.approved_at, draft.approved_by, draft.look_at) == (later, COACH, None)
    assert draft.cadences[1]["first_by_on"] == (by + timedelta(days=4)).isoformat()
    assert (room.facts(EventKind.PLAN_APPROVED), room.versions(draft)) == (1, [(1, COACH)])


def test_a_plan_begins_on_the_date_where_the_client_is(room: PlanRoom) -> None:
    """Late on Monday in Paris it is Tuesday in Auckland."""
    draft = room.draft(time_zone="Pacific/Auckland")
    room.approve(draft.client_id, at=room.now + timedelta(hours=3))
    assert draft.starts_on == date(2026, 11, 24)


def test_there_is_nothing_to_approve_twice(room: PlanRoom) -> None:
    """A plan that runs, without newer answers, can't be approved again; nor can what isn't there."""
    plan = room.running()
    with pytest.raises(Conflict):
        room.approve(plan.client_id)
    with pytest.raises(NotFound):
        room.approve(uuid4())
    assert room.versions(plan) == [(1, COACH)]


def test_a_first_draft_is_approved_as_a_whole(room: PlanRoom) -> None:
    """Differences belong to a plan that runs."""
    draft = room.draft()
    with pytest.raises(Refused) as refusal:
        room.approve(draft.client_id, differences=["add:route-map"])
    assert list(refusal.value.errors) == ["differences"]
    assert draft.state == "draft"


def test_the_newest_draft_is_approved_and_older_ones_are_laid_aside(room: PlanRoom) -> None:
    """Whoever filled in the form again before anybody looked gets the plan of the newer answers."""
    older = room.draft()
    newer = room.draft(at=room.now + timedelta(hours=1), answers=leaning(room.content, 6))
    assert room.approve(newer.client_id, at=room.now + timedelta(days=1)) == newer.id
    assert older.state == "superseded"
    assert {row.state for row in room.milestones(older).values()} == {"dropped"}


def test_a_strangers_form_is_no_plan_of_the_client(room: PlanRoom) -> None:
    """What came in for a known address has to be accepted first, and what was disowned never counts."""
    own = room.draft()
    strange = room.draft(at=room.now + timedelta(hours=1), trust="public", answers=leaning(room.content, 6))
    assert read_plan(room.session, own.client_id, now=room.now).row is own
    submission = room.session.get_one(tables.Submission, strange.submission_id)
    submission.accepted_at = room.now
    room.session.flush()
    assert read_plan(room.session, own.client_id, now=room.now).row is strange
    submission.accepted_at, submission.disowned_at = None, room.now
    room.session.flush()
    assert read_plan(room.session, own.client_id, now=room.now).row is own


def test_reading_shows_everything(room: PlanRoom) -> None:
    """State, focus, rhythms with their why, milestones, people, versions; nothing is proposed."""
    plan = room.running()
    peer = tables.Relationship(client_id=plan.client_id, kind="peer", name="Rui", starts_on=date(2026, 11, 1))
    room.session.add(peer)
    room.session.flush()
    view = read_plan(room.session, plan.client_id, now=room.now)
    assert (view.row.state, view.row.version, view.proposed) == ("active", 1, None)
    assert view.focus == tuple(plan.draft["focus"])
    assert all(one["why"] for one in view.cadences)
    assert [one.row.kind for one in view.milestones] == list(room.milestones(plan))
    assert list(view.relationships) == [peer]
    assert [(one.number, one.at, one.actor) for one in view.versions] == [(1, room.now, COACH)]


def test_overdue_is_told_by_the_clients_date(room: PlanRoom) -> None:
    """On its day a milestone isn't overdue, on the next it is, unless it is done."""
    plan = room.running()
    row = next(iter(room.milestones(plan).values()))
    midnight = datetime(row.due_on.year, row.due_on.month, row.due_on.day, 23, 0, tzinfo=UTC)  # in Paris

    def overdue(at: datetime) -> bool:
        view = read_plan(room.session, plan.client_id, now=at)
        return next(one.overdue for one in view.milestones if one.row is row)

    assert not overdue(midnight - timedelta(minutes=1))
    assert overdue(midnight)
    row.state, row.reached_at = "reached", midnight
    room.session.flush()
    assert not overdue(midnight + timedelta(days=1))


def test_a_plan_is_completed_once(room: PlanRoom) -> None:
    """It is read as completed from then on, and there is nothing to complete any more."""
    plan = room.running()
    later = room.now + timedelta(days=90)
    assert complete_plan(room.session, plan.client_id, actor=COACH, now=later) == plan.id
    view = read_plan(room.session, plan.client_id, now=later)
    assert (view.row.state, view.row.completed_at) == ("completed", later)
    assert room.facts(EventKind.PLAN_COMPLETED) == 1
    with pytest.raises(Conflict):
        complete_plan(room.session, plan.client_id, actor=COACH, now=later)


def test_who_has_no_plan_is_told_so(room: PlanRoom) -> None:
    """Neither an unknown client nor one without a form has a plan to read."""
    client = tables.Client(
        email="x@example.test", email_key="x@example.test", address_hash=b"x", time_zone="UTC"
    )
    room.session.add(client)
    room.session.flush()
    for nobody in (client.id, uuid4()):
        with pytest.raises(NotFound):
            read_plan(room.session, nobody, now=room.now)


def test_what_people_do_is_written_down(room: PlanRoom) -> None:
    """Approving and completing leave who did it."""
    plan = room.running()
    complete_plan(room.session, plan.client_id, actor=COACH, now=room.now)
    rows = room.session.execute(
        select(tables.Audit.action, tables.Audit.actor)
        .where(tables.Audit.subject_id == plan.id)
        .order_by(tables.Audit.id)
    )
    assert [tuple(row) for row in rows] == [("plan_approved", COACH), ("plan_completed", COACH)]
