"""Drafts that nobody approves in time."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.events import EventKind
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.mind_drafts import mind_drafts
from tests.support.plans import COACH, PlanRoom, leaning

THURSDAY = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)  # nine in Paris, three working days after the draft
TUESDAY = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def room(session: Session, content: Content, secrets: Secrets, now: datetime) -> PlanRoom:
    """A house with one session, on a Monday morning."""
    return PlanRoom(session, content, secrets, now)


def mind(room: PlanRoom, at: datetime = THURSDAY, *, starts_alone: bool = True) -> int:
    """Do what the worker does once a minute."""
    return mind_drafts(room.session, starts_alone=starts_alone, now=at)


def test_a_draft_starts_by_itself_when_its_time_has_come(room: PlanRoom) -> None:
    """Not a second before; and once it has started, there is nothing more to do."""
    draft = room.draft()
    assert mind(room, THURSDAY - timedelta(seconds=1)) == 0
    assert draft.state == "draft"
    assert mind(room) == 1
    assert (draft.state, draft.approved_by, draft.approved_at) == ("active", "rule", THURSDAY)
    assert room.facts(EventKind.PLAN_APPROVED) == 1
    assert mind(room, TUESDAY) == 0


def test_where_plans_wait_for_a_person_the_coach_is_told_again(room: PlanRoom) -> None:
    """Every three working days, and the draft stays as it is."""
    draft = room.draft()
    assert mind(room, starts_alone=False) == 1
    assert (draft.state, draft.told_at, draft.look_at) == ("draft", THURSDAY, TUESDAY)
    assert mind(room, THURSDAY + timedelta(minutes=1), starts_alone=False) == 0
    assert mind(room, TUESDAY, starts_alone=False) == 1
    assert room.facts(EventKind.PLAN_LEFT_WAITING) == 2


def test_a_close_reading_waits_for_a_coach(room: PlanRoom) -> None:
    """Where a coach confirms first, no plan starts by itself."""
    draft = room.draft(answers=leaning(room.content, 3))
    assert draft.coach_confirms_first
    mind(room)
    assert (draft.state, room.facts(EventKind.PLAN_LEFT_WAITING)) == ("draft", 1)


@pytest.mark.parametrize(("confidence", "state"), [("low", "draft"), ("medium", "active"), (None, "active")])
def test_doubtful_answers_wait_for_a_coach(room: PlanRoom, confidence: str | None, state: str) -> None:
    """Answers of low quality start nothing; a score that says nothing of quality isn't doubted."""
    draft = room.draft()
    score = room.session.get_one(tables.Score, draft.score_id)
    score.result = {**score.result, "quality": confidence and {"confidence": confidence}}
    room.session.flush()
    mind(room)
    assert draft.state == state


@pytest.mark.parametrize("starts_alone", [True, False])
def test_an_unconfirmed_clients_draft_waits_for_them(room: PlanRoom, starts_alone: bool) -> None:
    """Nothing starts for an address that may be anybody's; the coach has three days once it is confirmed."""
    draft = room.draft(confirmed=False)
    assert mind(room, starts_alone=starts_alone) == 0
    client = room.session.get_one(tables.Client, draft.client_id)
    client.confirmed_at = TUESDAY
    room.session.flush()
    mind(room, TUESDAY, starts_alone=starts_alone)
    assert (draft.state, draft.told_at, draft.look_at) == ("draft", None, FRIDAY)
    mind(room, FRIDAY, starts_alone=starts_alone)
    assert (draft.state, draft.told_at) == (("active", None) if starts_alone else ("draft", FRIDAY))


def test_an_accepted_forms_draft_waits_from_then_on(room: PlanRoom) -> None:
    """What came in for a known address is the client's once they say so."""
    draft = room.draft()
    submission = room.session.get_one(tables.Submission, draft.submission_id)
    submission.known_address, submission.accepted_at = True, TUESDAY
    room.session.flush()
    mind(room, TUESDAY)
    assert (draft.state, draft.look_at) == ("draft", FRIDAY)
    mind(room, FRIDAY)
    assert draft.state == "active"


def test_without_a_coach_a_draft_starts_at_once(room: PlanRoom) -> None:
    """There is nobody to wait for, where the firm lets plans start by themselves."""
    draft = room.draft(coached=False)
    assert mind(room, room.now) == 1
    assert (draft.state, draft.approved_by) == ("active", "rule")


@pytest.mark.parametrize("answers", [1, 3])
def test_without_a_coach_what_may_not_start_waits_to_be_told_of(room: PlanRoom, answers: int) -> None:
    """An admin sees it among the new drafts; it is named again after three working days, and not before."""
    draft = room.draft(coached=False, answers=leaning(room.content, answers))
    starts_alone = draft.coach_confirms_first
    mind(room, room.now, starts_alone=starts_alone)
    assert (draft.state, draft.told_at, draft.look_at) == ("draft", None, THURSDAY)
    assert mind(room, THURSDAY, starts_alone=starts_alone) == 1
    assert (draft.state, draft.told_at, draft.look_at) == ("draft", THURSDAY, TUESDAY)


def test_a_coach_who_is_assigned_meanwhile_has_their_days(room: PlanRoom) -> None:
    """Who came without one, and has one when they confirm, waits for that coach."""
    draft = room.draft(coached=False, confirmed=False)
    client = room.session.get_one(tables.Client, draft.client_id)
    coach = room.running(email="bo@example.test").client_id
    client.coach_id = room.session.get_one(tables.Client, coach).coach_id
    client.confirmed_at = TUESDAY
    room.session.flush()
    mind(room, TUESDAY)
    assert (draft.state, draft.look_at) == ("draft", FRIDAY)


def test_what_was_left_when_a_plan_was_completed_starts_nothing(room: PlanRoom) -> None:
    """Only answers that come after it make another plan."""
    plan = room.running()
    later = room.now + timedelta(days=100)
    left = room.draft(at=later, answers=leaning(room.content, 6))
    end = later + timedelta(days=20)
    complete_plan(room.session, plan.client_id, actor=COACH, now=end)
    assert (left.state, {row.state for row in room.milestones(left).values()}) == ("superseded", {"dropped"})
    assert mind(room, end + timedelta(minutes=1)) == 0
    newer = room.draft(at=end, answers=leaning(room.content, 6))
    mind(room, end + timedelta(days=10))
    assert newer.state == "active"


def test_a_form_that_is_not_the_clients_starts_nothing(room: PlanRoom) -> None:
    """Neither what was disowned nor what still waits to be accepted."""
    own = room.draft(trust="public")
    room.session.get_one(tables.Submission, own.submission_id).disowned_at = room.now
    room.session.get_one(tables.Client, own.client_id).confirmed_at = room.now
    strange = room.draft(trust="public")
    assert mind(room, TUESDAY) == 0
    assert own.state == strange.state == "draft"


def test_beside_a_running_plan_nothing_starts(room: PlanRoom) -> None:
    """What newer answers propose waits for a person, however long."""
    plan = room.running()
    later = room.now + timedelta(days=100)
    draft = room.draft(at=later, answers=leaning(room.content, 6))
    assert mind(room, later + timedelta(days=30)) == 0
    assert (plan.state, draft.state) == ("active", "draft")


def test_only_the_newest_of_two_drafts_starts(room: PlanRoom) -> None:
    """The older one waits no longer, even when the newer one's time hasn't come."""
    older = room.draft()
    newer = room.draft(at=room.now + timedelta(days=2), answers=leaning(room.content, 6))
    assert mind(room) == 1
    assert (older.state, older.look_at, newer.state) == ("draft", None, "draft")
    assert mind(room, TUESDAY) == 1
    assert (older.state, newer.state) == ("superseded", "active")


def test_two_workers_start_a_plan_once(
    database: Database, content: Content, secrets: Secrets, now: datetime
) -> None:
    """A client whom another worker is busy with is passed over, not waited for."""
    with database.transaction() as session:
        PlanRoom(session, content, secrets, now).draft()
    with database.transaction() as one, database.transaction() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert mind_drafts(one, starts_alone=True, now=THURSDAY) == 1
        assert mind_drafts(other, starts_alone=True, now=THURSDAY) == 0
    with database.transaction() as session:
        assert mind_drafts(session, starts_alone=True, now=THURSDAY) == 0
        assert PlanRoom(session, content, secrets, now).facts(EventKind.PLAN_APPROVED) == 1
