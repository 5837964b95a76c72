"""Reports on milestones: what they change, leave behind and open, and how they are undone."""

from datetime import UTC, date, datetime, timedelta
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
from coaching.domain.undo import Undo
from coaching.usecases.milestones import Report, read_milestone, report_on, restore
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ACTOR = "key:1"
FIRST, SECOND = "values-sort", "reshape-a-tenth"


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


def milestone(session: Session, milestone_id: UUID) -> tables.Milestone:
    """Return the row as it is in the database."""
    return session.get_one(tables.Milestone, milestone_id, populate_existing=True)


def whole(session: Session) -> list[Any]:
    """Return every milestone, whole."""
    columns = tables.Milestone.__table__.columns
    return list(session.execute(select(*columns).order_by(columns.id)).all())


def facts(session: Session) -> list[tuple[str, UUID, dict[str, Any]]]:
    """Return what was recorded, in order."""
    rows = session.scalars(select(tables.Event).order_by(tables.Event.id))
    return [(row.kind, row.subject_id, row.data) for row in rows]


def kinds(session: Session) -> list[str]:
    """Return the kinds of what was recorded, in order."""
    return [kind for kind, _, _ in facts(session)]


def test_a_report_is_written_down(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """It leaves the report, one fact, who told it, an act of the client's, and that a person touched it."""
    step = underway.milestone(session)
    at = now - 3 * DAY
    report = Report("reached", at=at, note="At last")
    undo = report_on(session, content, step, report, actor=ACTOR, now=now)
    row = milestone(session, step)
    assert (row.state, row.reached_at, row.touched_at) == ("reached", at, now)
    assert (undo.before["state"], undo.after["state"]) == ("active", "reached")
    line = session.scalars(select(tables.MilestoneReport)).one()
    assert (line.milestone_id, line.client_id, line.kind) == (step, underway.client_id, "reached")
    assert (line.at, line.recorded_at, line.note, line.actor) == (at, now, "At last", ACTOR)
    told = {"report": str(line.id), "at": at.isoformat()}
    assert facts(session) == [(EventKind.MILESTONE_REACHED, step, told)]
    audit = session.scalars(select(tables.Audit)).one()
    assert (audit.actor, audit.action, audit.subject_id) == (ACTOR, "milestone_reached", step)
    client = session.get_one(tables.Client, underway.client_id, populate_existing=True)
    assert client.last_acted_at == now


def test_a_repeat_leaves_no_trace(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """The same kind again changes no row and adds no fact, however often it comes."""
    step = underway.milestone(session)
    for kind in ("dropped", "started", "reached"):
        report_on(session, content, step, Report(kind), actor=ACTOR, now=now)
        before = (whole(session), count(session, tables.Event), count(session, tables.Audit))
        undo = report_on(session, content, step, Report(kind), actor=ACTOR, now=now + DAY)
        assert undo.before == undo.after
        assert restore(session, step, undo, actor=ACTOR, now=now + DAY)
        assert (whole(session), count(session, tables.Event), count(session, tables.Audit)) == before
    assert count(session, tables.MilestoneReport) == 3


def test_postponing(session: Session, content: Content, underway: Underway, now: datetime) -> None:
    """The fact says from which day to which."""
    step = underway.milestone(session, state="started", started_at=now - DAY)
    to = TODAY + 30 * DAY
    report_on(session, content, step, Report("postponed", due_on=to), actor=ACTOR, now=now)
    row = milestone(session, step)
    assert (row.state, row.due_on, row.started_at) == ("started", to, now - DAY)
    [(kind, _, data)] = facts(session)
    assert kind == EventKind.MILESTONE_POSTPONED
    assert (data["from"], data["due_on"]) == ("2026-12-03", "2026-12-23")


@pytest.mark.parametrize(("hour", "tomorrow"), [(22, TODAY + DAY), (23, TODAY + 2 * DAY)])
def test_tomorrow_is_the_clients(
    session: Session, content: Content, underway: Underway, hour: int, tomorrow: date
) -> None:
    """At 23:00 in London it is past midnight in Paris, and the next day is the first to choose."""
    step = underway.milestone(session)
    now = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)
    with pytest.raises(Refused, match="due_on"):
        report_on(session, content, step, Report("postponed", due_on=tomorrow - DAY), actor=ACTOR, now=now)
    report_on(session, content, step, Report("postponed", due_on=tomorrow), actor=ACTOR, now=now)
    assert milestone(session, step).due_on == tomorrow


def test_what_cannot_be_changes_nothing(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """A start after the finish names the state and leaves everything as it was; so do faults."""
    step = underway.milestone(session, state="reached", reached_at=now - DAY)
    before = whole(session)
    with pytest.raises(Conflict, match="reached"):
        report_on(session, content, step, Report("started"), actor=ACTOR, now=now)
    for faulty in (Report("reached", at=now + 2 * DAY), Report("dropped", at=now - 500 * DAY)):
        with pytest.raises(Refused, match="at:"):
            report_on(session, content, step, faulty, actor=ACTOR, now=now)
    with pytest.raises(NotFound):
        report_on(session, content, uuid4(), Report("started"), actor=ACTOR, now=now)
    assert whole(session) == before
    assert count(session, tables.Event) + count(session, tables.MilestoneReport) == 0


def test_what_a_newer_plan_replaced(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """What was proposed and laid aside takes no reports."""
    step = underway.milestone(session, state="dropped", dropped_at=now)
    plan = session.get_one(tables.Plan, underway.plan_id)
    plan.state = "superseded"
    session.flush()
    with pytest.raises(Conflict, match="only proposed"):
        report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)


def opened_by(session: Session, step: UUID) -> list[tables.Milestone]:
    """Return what reaching this milestone opened."""
    query = select(tables.Milestone).where(tables.Milestone.opened_by == step)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def test_reaching_opens_the_next(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """What the rules name next stands in the plan, active, with its reason, its days counted from today."""
    step = underway.milestone(session, kind=FIRST, position=4)
    report = Report("reached", at=now - 60 * DAY)
    undo = report_on(session, content, step, report, actor=ACTOR, now=now)
    [row] = opened_by(session, step)
    assert (row.kind, row.state, row.position, row.touched_at) == (SECOND, "active", 5, None)
    assert row.due_on == TODAY + 45 * DAY
    assert "You reached" in row.why
    assert row.client_id == underway.client_id
    assert undo.after["opened"] == str(row.id)
    added = (EventKind.MILESTONE_ADDED, row.id, {"opened_by": str(step)})
    assert facts(session)[1:] == [added]


@pytest.mark.parametrize("state", ["active", "reached", "dropped"])
def test_what_the_plan_has_had_is_not_opened(
    session: Session, content: Content, underway: Underway, now: datetime, state: str
) -> None:
    """A milestone of that kind in any state keeps a second from coming."""
    step = underway.milestone(session, kind=FIRST)
    reached_at = now if state == "reached" else None
    underway.milestone(session, kind=SECOND, state=state, reached_at=reached_at)
    undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)
    assert opened_by(session, step) == []
    assert "opened" not in undo.after


def test_a_drafts_next_is_proposed(session: Session, content: Content, underway: Underway) -> None:
    """Like the rest of it."""
    step = underway.milestone(session, kind=FIRST, state="proposed")
    session.get_one(tables.Plan, underway.plan_id).state = "draft"
    session.flush()
    report_on(session, content, step, Report("reached"), actor=ACTOR, now=underway.now)
    assert [row.state for row in opened_by(session, step)] == ["proposed"]


def test_a_plan_that_is_over_rests(session: Session, content: Content, underway: Underway) -> None:
    """What is known already may be said again; anything new conflicts, and nothing is taken back."""
    done = underway.milestone(session, kind=FIRST)
    undo = report_on(session, content, done, Report("reached"), actor=ACTOR, now=underway.now)
    step = underway.milestone(session, due_on=underway.now.date() - DAY)
    assert read_milestone(session, step, now=underway.now).overdue
    plan = session.get_one(tables.Plan, underway.plan_id)
    plan.state, plan.completed_at = "completed", underway.now
    session.flush()
    report_on(session, content, done, Report("reached"), actor=ACTOR, now=underway.now)
    for kind in ("started", "reached", "dropped"):
        with pytest.raises(Conflict, match="completed"):
            report_on(session, content, step, Report(kind), actor=ACTOR, now=underway.now)
    assert not restore(session, done, undo, actor=ACTOR, now=underway.now)
    assert (milestone(session, done).state, milestone(session, step).state) == ("reached", "active")
    assert not read_milestone(session, step, now=underway.now).overdue


def test_undoing_drops_what_was_opened(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """Undone, the next is dropped; reached again, the same one begins anew, and can be taken back again."""
    step = underway.milestone(session, kind=FIRST)
    before = milestone(session, step).state
    for round_ in range(3):
        at = now + round_ * DAY
        undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=at)
        [row] = opened_by(session, step)
        assert (row.state, row.due_on, row.dropped_at) == ("active", TODAY + (45 + round_) * DAY, None)
        assert undo.after["opened"] == str(row.id)
        assert restore(session, step, undo, actor=ACTOR, now=at)
        [row] = opened_by(session, step)
        assert (row.state, row.dropped_at) == ("dropped", at)
        assert milestone(session, step).state == before
    again = [EventKind.MILESTONE_REACHED, EventKind.MILESTONE_RESTORED] * 2
    undone = [EventKind.MILESTONE_RESTORED, EventKind.MILESTONE_DROPPED]
    first = [EventKind.MILESTONE_REACHED, EventKind.MILESTONE_ADDED]
    assert kinds(session) == [*first, *undone, *again[:2], *undone, *again[2:], *undone]


def test_what_somebody_took_up_stays(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """Undoing leaves the next one alone once a person has changed it."""
    step = underway.milestone(session, kind=FIRST)
    undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)
    opened = UUID(undo.after["opened"])
    report_on(session, content, opened, Report("started"), actor=ACTOR, now=now)
    assert restore(session, step, undo, actor=ACTOR, now=now)
    assert milestone(session, opened).state == "started"


def test_what_was_opened_may_be_gone(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """Then there is nothing to drop, and undoing does the rest."""
    step = underway.milestone(session, kind=FIRST)
    undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)
    session.delete(milestone(session, UUID(undo.after["opened"])))
    session.flush()
    assert restore(session, step, undo, actor=ACTOR, now=now)
    assert milestone(session, step).state == "active"


def test_undo(session: Session, content: Content, underway: Underway, now: datetime) -> None:
    """The row is as it was to the last column, and the log says so once; a second undo does nothing."""
    step = underway.milestone(session, decides=True, state="dropped", dropped_at=now - DAY)
    before = whole(session)
    told = Report("reached", decision="leave")
    undo = report_on(session, content, step, told, actor="client", now=now)
    assert milestone(session, step).dropped_at is None
    assert restore(session, step, undo, actor="client", now=now + DAY)
    assert whole(session) == before
    assert kinds(session) == [EventKind.MILESTONE_REACHED, EventKind.MILESTONE_RESTORED]
    assert all("decision" not in data for _, _, data in facts(session))  # theirs, and no integrator's
    assert not restore(session, step, undo, actor="client", now=now + DAY)
    assert (whole(session), len(kinds(session))) == (before, 2)


def test_what_changed_since_stays(
    session: Session, content: Content, underway: Underway, now: datetime
) -> None:
    """A later change of any kind stands: undo says no and leaves it."""
    step = underway.milestone(session)
    undo = report_on(session, content, step, Report("started"), actor="client", now=now)
    later = Report("postponed", due_on=TODAY + 60 * DAY)
    report_on(session, content, step, later, actor="coach:1", now=now + DAY)
    before = (whole(session), kinds(session))
    assert not restore(session, step, undo, actor="client", now=now + 2 * DAY)
    assert (whole(session), kinds(session)) == before
    with pytest.raises(NotFound):
        restore(session, uuid4(), undo, actor="client", now=now)


def test_undo_lives_in_json(session: Session, content: Content, underway: Underway, now: datetime) -> None:
    """It holds plain values only, as a deed keeps it."""
    step = underway.milestone(session, kind=FIRST)
    undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)
    for value in (*undo.before.values(), *undo.after.values()):
        assert value is None or isinstance(value, str)
    assert isinstance(undo, Undo)
