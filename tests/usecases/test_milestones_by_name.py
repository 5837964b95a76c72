"""Reports that name client and milestone: what they find, and what is kept."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.usecases.milestone_reports import Taken
from coaching.usecases.milestones import (
    Report,
    list_reports,
    take_report,
)
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway
from tests.usecases.test_milestones import facts, kinds, milestone

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


def put_plan(session: Session, underway: Underway, state: str, now: datetime) -> UUID:
    """Add another plan of the same client."""
    first = session.get_one(tables.Plan, underway.plan_id)
    score = tables.Score(submission_id=first.submission_id, rule_version="2", norms_version="1", result={})
    session.add(score)
    session.flush()
    plan = tables.Plan(
        client_id=first.client_id,
        submission_id=first.submission_id,
        score_id=score.id,
        rules=first.rules,
        rules_version=2,
        coach_confirms_first=False,
        draft={},
        state=state,
        approved_at=now if state == "completed" else None,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    return plan.id


@pytest.mark.parametrize("client", [ANA, {"ref": "crm-1"}])
@pytest.mark.parametrize("named", [KIND, {"ref": "lms-7"}])
def test_names_that_are_known(
    session: Session, underway: Underway, tell: Tell, client: dict[str, str], named: dict[str, str]
) -> None:
    """By address in any letter case or by ref, the right milestone of the right client moves."""
    underway.milestone(session, kind="other")
    step = underway.milestone(session, ref="lms-7")
    taken = tell(client, named)
    assert (taken.milestone_id, taken.refused) == (step, None)
    assert milestone(session, step).state == "reached"
    assert taken.line is not None
    assert taken.line.given == {"milestone": named}
    assert kinds(session) == [EventKind.MILESTONE_REACHED]


def test_anothers_milestone_is_not_meant(
    session: Session, secrets: Secrets, underway: Underway, tell: Tell, now: datetime
) -> None:
    """A ref or kind counts among the client's own."""
    other = put_underway(session, secrets, now, email="bo@example.test")
    step = other.milestone(session, ref="lms-7")
    for named in (KIND, {"ref": "lms-7"}):
        assert tell(ANA, named).milestone_id is None
    assert milestone(session, step).state == "active"


def test_which_of_a_kind(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """The one still to be done, though others are newer; then the newest; never one that was laid aside."""
    done = {"state": "reached", "reached_at": now}
    newest = underway.milestone(session, created_at=now + 2 * DAY, **done)
    underway.milestone(session, created_at=now - DAY, **done)
    laid_aside = put_plan(session, underway, "superseded", now)
    underway.milestone(session, plan_id=laid_aside, created_at=now + 3 * DAY, state="dropped")
    open_one = underway.milestone(session, created_at=now)
    assert tell(ANA, KIND).milestone_id == open_one
    assert tell(ANA, KIND).milestone_id == newest


def test_a_draft_beside_the_plan(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """What newer answers merely propose is nobody's yet: a report on it waits until it is in the plan."""
    draft = put_plan(session, underway, "draft", now)
    proposed = underway.milestone(session, plan_id=draft, state="proposed", created_at=now + 90 * DAY)
    reached = underway.milestone(session, state="reached", reached_at=now)
    assert tell(ANA, KIND).milestone_id == reached
    assert milestone(session, proposed).state == "proposed"
    only = underway.milestone(session, plan_id=draft, state="proposed", kind="new-one")
    assert tell(ANA, {"kind": "new-one"}).milestone_id is None
    assert milestone(session, only).state == "proposed"


def test_a_draft_that_a_stranger_may_have_caused(
    session: Session, underway: Underway, tell: Tell, now: datetime
) -> None:
    """Until the client takes those answers for their own, nothing in that draft is meant."""
    session.get_one(tables.Plan, underway.plan_id).state = "draft"
    submission = session.scalars(select(tables.Submission)).one()
    submission.known_address, submission.accepted_at = True, None
    session.flush()
    underway.milestone(session, state="proposed")
    assert tell(ANA, KIND).milestone_id is None


def test_what_matches_nothing_waits(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """It is kept as it came, once, shown as unmatched, and the log holds no address."""
    at, told = now - DAY, {"note": "In the course", "decision": "stay"}
    nobody = tell({"email": "Bo@Example.test"}, {"ref": "lms-7"}, at=at, **told)
    nothing = tell(ANA, {"kind": "never-heard"}, at=at)
    for taken in (nobody, nothing):
        assert (taken.milestone_id, taken.refused) == (None, None)
        assert taken.line is not None
    assert nobody.line is not None
    assert nobody.line.given == {"client": {"email": "bo@example.test"}, "milestone": {"ref": "lms-7"}}
    assert (nobody.line.at, nobody.line.note, nobody.line.decision) == (at, "In the course", "stay")
    assert nothing.line is not None
    assert nothing.line.given == {"milestone": {"kind": "never-heard"}}
    assert (nobody.line.client_id, nothing.line.client_id) == (None, underway.client_id)
    unmatched = EventKind.MILESTONE_REPORT_UNMATCHED
    assert facts(session) == [(unmatched, nobody.line.id, {}), (unmatched, nothing.line.id, {})]
    again = tell({"email": "bo@example.test"}, {"ref": "lms-7"}, at=at, **told)
    assert again.line is nobody.line
    page, following = list_reports(session, unmatched=True)
    assert ([one.id for one in page], following) == ([nobody.line.id, nothing.line.id], None)
    assert len(facts(session)) == 2
    client = session.get_one(tables.Client, underway.client_id, populate_existing=True)
    assert client.last_acted_at == now


def test_what_the_state_does_not_allow_is_kept(
    session: Session, underway: Underway, tell: Tell, now: datetime
) -> None:
    """A start after the finish changes nothing, says why, and stands beside its milestone, once."""
    step = underway.milestone(session, state="reached", reached_at=now)
    for _ in range(2):
        taken = tell(ANA, KIND, "started", at=now - DAY)
        assert taken.milestone_id == step
        assert taken.refused is not None
        assert "reached" in taken.refused
        assert taken.line is not None
        assert taken.line.refused == taken.refused
    assert (kinds(session), milestone(session, step).state) == ([], "reached")
    [kept] = list_reports(session, milestone=step)[0]
    assert list_reports(session, refused=True)[0] == [kept]
    assert list_reports(session, unmatched=True)[0] == []
    assert list_reports(session, refused=False)[0] == []


def test_an_old_report_sent_again(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """What was taken before and comes again after the next one is no fault, and no second report."""
    underway.milestone(session)
    first = tell(ANA, KIND, "started", at=now - 2 * DAY)
    tell(ANA, KIND, "reached", at=now - DAY)
    again = tell(ANA, KIND, "started", at=now - 2 * DAY)
    assert (again.line, again.refused) == (first.line, None)
    assert count(session, tables.MilestoneReport) == 2
    assert tell(ANA, KIND, "reached", at=now).line is None


def test_faults_are_not_kept(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """What no milestone, or not this one, could take is named by field, and nothing is stored."""
    underway.milestone(session)
    with pytest.raises(Refused, match="due_on"):
        tell(ANA, {"kind": "never-heard"}, "postponed")
    with pytest.raises(Refused, match="due_on"):
        tell(ANA, KIND, "postponed", due_on=TODAY)
    with pytest.raises(Refused, match="decision"):
        tell(ANA, KIND, decision="stay")
    with pytest.raises(Refused, match=r"client\.email"):
        tell({"email": "bo@"}, KIND)
    assert count(session, tables.MilestoneReport) + count(session, tables.Event) == 0


def waiting(taken: Taken) -> UUID:
    """Return the id of a report that waits."""
    assert taken.milestone_id is None
    assert taken.line is not None
    return taken.line.id


def test_pages_of_reports(session: Session, underway: Underway, tell: Tell, now: datetime) -> None:
    """Walking the cursor shows every report once, in the order in which they came in."""
    step = underway.milestone(session)
    made = [waiting(tell(ANA, {"ref": f"lms-{place}"})) for place in range(5)]
    taken = tell(ANA, KIND)
    assert taken.line is not None
    seen: list[UUID] = []
    cursor, sizes = None, []
    while True:
        page, cursor = list_reports(session, after=cursor, limit=2)
        sizes.append(len(page))
        seen += [one.id for one in page]
        if cursor is None:
            break
    assert (seen, sizes) == ([*made, taken.line.id], [2, 2, 2])
    assert [one.id for one in list_reports(session, unmatched=False)[0]] == [taken.line.id]
    assert [one.id for one in list_reports(session, milestone=step)[0]] == [taken.line.id]
    assert len(list_reports(session, client=underway.client_id)[0]) == 6
    assert list_reports(session, client=uuid4())[0] == []
