"""Reports that waited for their milestone: how a person, or time, brings them together."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.events import EventKind
from coaching.usecases.milestone_names import AT_ONCE
from coaching.usecases.milestone_reports import Taken
from coaching.usecases.milestones import (
    Report,
    add_milestone,
    match_report,
    match_waiting,
    report_on,
    take_report,
)
from tests.support.ledger import put_client
from tests.support.underway import Underway, put_underway
from tests.usecases.test_milestones import facts, kinds, milestone
from tests.usecases.test_milestones_added import NEW

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ANA = {"email": "Ana@Example.test"}
KIND = {"kind": "contacts-list"}
ACTOR = "key:1"

Tell = Callable[..., Taken]


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now, ref="crm-1")


@pytest.fixture
def tell(session: Session, content: Content, now: datetime) -> Tell:
    """Reports something by name."""

    def take(
        client: Mapping[str, str], named: Mapping[str, str], kind: str = "reached", **said: Any
    ) -> Taken:
        names = {"client": client, "milestone": named}
        return take_report(session, content, names, Report(kind, **said), actor=ACTOR, now=now)

    return take


def waiting(taken: Taken) -> UUID:
    """Return the id of a report that waits."""
    assert taken.milestone_id is None
    assert taken.line is not None
    return taken.line.id


def report_row(session: Session, report_id: UUID) -> tables.MilestoneReport:
    """Return the report as it is in the database."""
    return session.get_one(tables.MilestoneReport, report_id, populate_existing=True)


def test_a_person_matches(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """It does what it would have done, as of when it happened; the address it came with is forgotten."""
    step = underway.milestone(session)
    report = waiting(tell({"email": "ana.s@example.test"}, KIND, at=now - 5 * DAY))
    later = now + 3 * DAY
    for at in (later, later + DAY):
        taken = match_report(session, content, report, step, actor="coach:1", now=at)
        assert (taken.milestone_id, taken.refused) == (step, None)
    row = milestone(session, step)
    assert (row.state, row.reached_at, row.touched_at) == ("reached", now - 5 * DAY, later)
    line = report_row(session, report)
    assert (line.milestone_id, line.client_id, line.actor) == (step, underway.client_id, ACTOR)
    assert line.given == {"milestone": KIND}
    assert kinds(session) == [EventKind.MILESTONE_REPORT_UNMATCHED, EventKind.MILESTONE_REACHED]
    told = {"report": str(report), "at": (now - 5 * DAY).isoformat()}
    assert facts(session)[1] == (EventKind.MILESTONE_REACHED, step, told)
    audit = session.execute(select(tables.Audit.actor, tables.Audit.action)).all()
    assert [tuple(row) for row in audit] == [
        ("coach:1", "milestone_reached"),
        ("coach:1", "milestone_report_matched"),
    ]
    client = session.get_one(tables.Client, underway.client_id, populate_existing=True)
    assert client.last_acted_at == now  # when they were heard of, not when somebody saw to it


def test_what_a_person_cannot_match(  # noqa: PLR0917 - fixtures
    session: Session, content: Content, secrets: Secrets, underway: Underway, tell: Tell, now: datetime
) -> None:
    """Another client's milestone, one in the wrong state, and unknown ids leave the report waiting."""
    report = waiting(tell(ANA, {"kind": "never-heard"}, "started", at=now))
    foreign = put_underway(session, secrets, now, email="bo@example.test").milestone(session)
    over = underway.milestone(session, state="reached", reached_at=now)
    good = underway.milestone(session)
    for step, error in ((foreign, Refused), (over, Conflict), (uuid4(), NotFound)):
        with pytest.raises(error):
            match_report(session, content, report, step, actor="coach:1", now=now)
        session.flush()
        assert report_row(session, report).milestone_id is None
    with pytest.raises(NotFound):
        match_report(session, content, uuid4(), good, actor="coach:1", now=now)
    assert kinds(session) == [EventKind.MILESTONE_REPORT_UNMATCHED]
    match_report(session, content, report, good, actor="coach:1", now=now)
    with pytest.raises(Conflict):
        match_report(session, content, report, over, actor="coach:1", now=now)


def test_a_refused_one_may_be_matched_again(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """If it was really about another milestone, a person gives it to that one."""
    underway.milestone(session, state="reached", reached_at=now)
    taken = tell(ANA, KIND, "started")
    assert taken.line is not None
    meant = underway.milestone(session, kind="other")
    match_report(session, content, taken.line.id, meant, actor="coach:1", now=now)
    line = report_row(session, taken.line.id)
    assert (line.milestone_id, line.refused) == (meant, None)
    assert milestone(session, meant).state == "started"


def test_waiting_ends_by_itself(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """Once there is such a milestone, what was reported takes effect in the order in which it happened."""
    reached = waiting(tell(ANA, {"ref": "lms-7"}, "reached", at=now - DAY))
    started = waiting(tell({"ref": "crm-1"}, {"ref": "lms-7"}, "started", at=now - 2 * DAY))
    other = waiting(tell(ANA, {"ref": "lms-8"}))
    assert match_waiting(session, content, underway.client_id, now=now) == 0
    added = add_milestone(session, content, underway.client_id, {**NEW, "ref": "lms-7"}, actor=ACTOR, now=now)
    assert match_waiting(session, content, underway.client_id, now=now) == 2
    row = milestone(session, added)
    assert (row.state, row.started_at, row.reached_at) == ("reached", now - 2 * DAY, now - DAY)
    for report in (reached, started):
        line = report_row(session, report)
        assert (line.milestone_id, line.refused) == (added, None)
    assert report_row(session, other).milestone_id is None
    log = facts(session)
    assert [kind for kind, about, _ in log if about == added] == [
        EventKind.MILESTONE_ADDED,
        EventKind.MILESTONE_STARTED,
        EventKind.MILESTONE_REACHED,
    ]
    assert match_waiting(session, content, underway.client_id, now=now + DAY) == 0
    assert facts(session) == log


@pytest.mark.parametrize("name", [{"email": "bo@example.test"}, {"ref": "crm-2"}])
def test_a_client_who_came_later(  # noqa: PLR0917 - fixtures
    session: Session, content: Content, secrets: Secrets, tell: Tell, now: datetime, name: dict[str, str]
) -> None:
    """What waited for somebody of that name is theirs from then on, and the name is forgotten."""
    report = waiting(tell(name, KIND))
    foreign = waiting(tell({"email": "cy@example.test"}, KIND))
    client_id = put_client(session, secrets, "bo@example.test", ref="crm-2")
    assert match_waiting(session, content, client_id, now=now) == 0
    line = report_row(session, report)
    assert (line.client_id, line.milestone_id, line.given) == (client_id, None, {"milestone": KIND})
    assert report_row(session, foreign).client_id is None


def test_what_waited_too_long(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """What its milestone can't take any more is kept beside it, with the reason, and isn't tried again."""
    late = waiting(tell(ANA, {"ref": "lms-7"}, "postponed", due_on=TODAY + 5 * DAY))
    odd = waiting(tell(ANA, {"ref": "lms-7"}, "reached", at=now, decision="stay"))
    then = now + 30 * DAY
    given = {**NEW, "ref": "lms-7", "due_on": TODAY + 60 * DAY}
    added = add_milestone(session, content, underway.client_id, given, actor=ACTOR, now=then)
    assert match_waiting(session, content, underway.client_id, now=then) == 2
    for report, said in ((late, "due_on"), (odd, "decision")):
        line = report_row(session, report)
        assert line.milestone_id == added
        assert said in (line.refused or "")
    assert milestone(session, added).state == "active"
    assert match_waiting(session, content, underway.client_id, now=then) == 0


def test_what_is_opened_may_be_reported_already(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """A report on the next milestone that came too soon takes effect once that is opened."""
    step = underway.milestone(session, kind="values-sort")
    waiting(tell(ANA, {"kind": "reshape-a-tenth"}))
    undo = report_on(session, content, step, Report("reached"), actor=ACTOR, now=now)
    assert match_waiting(session, content, underway.client_id, now=now) == 1
    opened = milestone(session, UUID(undo.after["opened"]))
    assert opened.state == "reached"


def test_other_peoples_reports_are_not_read(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """However many wait for somebody else, looking for Ana's reads none of them."""
    session.execute(
        text(
            "INSERT INTO milestone_report (kind, at, given, actor) SELECT 'reached', now(),"
            " jsonb_build_object('client', jsonb_build_object('ref', 'x' || n), 'milestone',"
            ' \'{"ref": "m"}\'),'
            " 'key:1' FROM generate_series(1, 3000) n"
        )
    )
    session.execute(text("ANALYZE milestone_report"))
    mine = tell({"ref": "crm-2"}, KIND)
    session.get_one(tables.Client, underway.client_id).ref = "crm-2"
    step = underway.milestone(session)
    session.flush()
    read = text(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'milestone_report'"
    )
    before = session.scalar(read)
    assert match_waiting(session, content, underway.client_id, now=now) == 1
    assert milestone(session, step).state == "reached"
    assert session.scalar(read) - before < 20
    assert mine.line is not None


def test_what_names_nothing_of_theirs_is_passed_over(
    session: Session, content: Content, underway: Underway, tell: Tell, now: datetime
) -> None:
    """Many reports that will never match don't stand in the way of a later one that does."""
    for n in range(AT_ONCE + 1):
        tell(ANA, {"kind": f"never-{n}"}, at=now - DAY)
    tell(ANA, KIND)
    step = underway.milestone(session)
    assert match_waiting(session, content, underway.client_id, now=now) == 1
    assert milestone(session, step).state == "reached"
