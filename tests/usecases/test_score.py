"""Scores, drafts and plans of letters: made once, however often they are asked for."""

from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.scoring import score_answers, score_to_json
from coaching.usecases.draft_plan import draft_plan_for_score
from coaching.usecases.read_assessment import read_assessment
from coaching.usecases.schedule import schedule_client
from coaching.usecases.score import score_submission
from coaching.usecases.submit import Submitted, submit_assessment
from tests.support.drain import everyone
from tests.support.forms import answers_to, form


@pytest.fixture
def done(session: Session, content: Content, secrets: Secrets, now: datetime) -> Submitted:
    """A submission that waits to be scored."""
    return submit_assessment(session, content, secrets, form(content), now=now)


def score_id_of(session: Session, content: Content, done: Submitted, now: datetime) -> tables.Score:
    """Score the submission and return the row."""
    score_submission(session, content, done.submission_id, now=now)
    return session.scalars(select(tables.Score)).one()


def facts(session: Session, kind: EventKind) -> int:
    """Return how many facts of a kind there are."""
    return session.scalar(select(func.count()).where(tables.Event.kind == kind)) or 0


def test_scoring_twice_gives_one_row_and_one_fact(
    session: Session, content: Content, done: Submitted, now: datetime
) -> None:
    """The second time changes nothing, and the row holds exactly what the rules say."""
    row = score_id_of(session, content, done, now)
    score_submission(session, content, done.submission_id, now=now)
    assert session.scalars(select(tables.Score)).all() == [row]
    assert facts(session, EventKind.ASSESSMENT_SCORED) == 1
    expected = score_answers(content.instrument("job-career"), answers_to(content))
    assert row.result == score_to_json(expected)
    assert (row.composite, row.rule_version) == (expected.composite, expected.rule_version)


def test_an_assessment_shows_its_score_once_made(
    session: Session, content: Content, done: Submitted, now: datetime
) -> None:
    """Before scoring there is none; afterwards it is the same to the last digit."""
    assert read_assessment(session, content, done.submission_id).score is None
    score_submission(session, content, done.submission_id, now=now)
    view = read_assessment(session, content, done.submission_id)
    assert view.score == score_answers(content.instrument("job-career"), answers_to(content))
    assert view.client_id == done.client_id


def test_what_does_not_exist_is_not_found(session: Session, content: Content, now: datetime) -> None:
    """Scoring, drafting and reading all say so."""
    with pytest.raises(NotFound):
        score_submission(session, content, uuid4(), now=now)
    with pytest.raises(NotFound):
        draft_plan_for_score(session, content, uuid4(), now=now)
    with pytest.raises(NotFound):
        read_assessment(session, content, uuid4())


def test_drafting_twice_gives_one_plan(
    session: Session, content: Content, done: Submitted, now: datetime
) -> None:
    """One plan, one set of milestones, one fact; each milestone has its why and a date ahead."""
    score = score_id_of(session, content, done, now)
    draft_plan_for_score(session, content, score.id, now=now)
    once = session.scalars(select(tables.Milestone.title)).all()
    draft_plan_for_score(session, content, score.id, now=now)
    milestones = session.scalars(select(tables.Milestone).order_by(tables.Milestone.position)).all()
    assert session.scalars(select(tables.Plan.state)).all() == ["draft"]
    assert sorted(one.title for one in milestones) == sorted(once)
    assert len(milestones) >= 3
    assert facts(session, EventKind.PLAN_DRAFTED) == 1
    assert all(one.why and one.state == "proposed" and one.due_on > date(2026, 11, 23) for one in milestones)


def test_scheduling_twice_changes_nothing(
    session: Session, content: Content, done: Submitted, now: datetime
) -> None:
    """The first run plans report and reminder; the second finds them there."""
    score_submission(session, content, done.submission_id, now=now)
    first = schedule_client(session, done.client_id, may_write_to=everyone, now=now)
    assert [slot.template for slot in first.inserts] == ["report", "report-reminder"]
    assert not schedule_client(session, done.client_id, may_write_to=everyone, now=now)
    assert sorted(session.scalars(select(tables.Message.state))) == ["planned", "planned"]


def test_scheduling_follows_a_change_of_zone_and_of_mind(
    session: Session, content: Content, done: Submitted, now: datetime
) -> None:
    """A reminder moves with the client's clock and is called off, with a reason, once it is not needed."""
    score_submission(session, content, done.submission_id, now=now)
    schedule_client(session, done.client_id, may_write_to=everyone, now=now)
    client = session.get_one(tables.Client, done.client_id)
    client.time_zone = "America/New_York"
    session.flush()
    ((moved, slot),) = schedule_client(session, done.client_id, may_write_to=everyone, now=now).moves
    reminder = session.get_one(tables.Message, moved, populate_existing=True)
    assert (reminder.due_at, reminder.look_at) == (slot.due_at, slot.due_at)
    assert (slot.due_at.hour, slot.due_at.minute, reminder.time_zone) == (14, 30, "America/New_York")
    client.confirmed_at = now
    session.flush()
    schedule_client(session, done.client_id, may_write_to=everyone, now=now)
    session.refresh(reminder)
    assert reminder.state == "cancelled"
    assert reminder.outcome


def test_a_client_who_is_gone_needs_no_letters(session: Session, now: datetime) -> None:
    """Scheduling for an id that nobody has does nothing."""
    assert not schedule_client(session, uuid4(), may_write_to=everyone, now=now)
