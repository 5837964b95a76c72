"""What the report says of the plan once it was approved, and to whom."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

from sqlalchemy import select

from coaching.adapters import tables
from coaching.adapters.database import now
from coaching.domain.links import Purpose
from coaching.domain.milestones import Report
from coaching.domain.plan_words import OPEN_MILESTONES
from coaching.usecases.approve_plan import approve_plan
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.confirm import act_on_link
from coaching.usecases.milestones import report_on
from coaching.usecases.submit import Submitted
from tests.pages.caseload import Caseload
from tests.pages.plain_browser import PlainBrowser


def agree(caseload: Caseload, done: Submitted) -> UUID:
    """Confirm the address, let the coach approve the plan, and return its id."""
    with caseload.house.database.transaction() as session:
        act_on_link(session, caseload.house.secrets, caseload.link(Purpose.CONFIRM, done), now=now(session))
        approved = approve_plan(
            session,
            done.client_id,
            differences=None,
            actor="coach:1",
            now=now(session) + timedelta(seconds=1),
        )
    return approved.plan_id


def steps(caseload: Caseload, plan_id: UUID) -> dict[str, UUID]:
    """The plan's open steps by title, the one due first before the others."""
    with caseload.house.database.transaction() as session:
        rows = session.scalars(
            select(tables.Milestone)
            .where(tables.Milestone.plan_id == plan_id, tables.Milestone.state.in_(OPEN_MILESTONES))
            .order_by(tables.Milestone.due_on, tables.Milestone.position)
        )
        return {row.title: row.id for row in rows}


def tell(caseload: Caseload, milestone_id: UUID, kind: str) -> None:
    """Report on a step."""
    with caseload.house.database.transaction() as session:
        at = now(session) + timedelta(seconds=1)
        report_on(session, caseload.house.content, milestone_id, Report(kind), actor="client", now=at)


def test_a_plan_that_runs_is_shown_as_it_stands(caseload: Caseload, browser: PlainBrowser) -> None:
    """Open steps by their days, what was reached with its day, nothing that was dropped, and no draft."""
    done = caseload.reported()
    titles = steps(caseload, plan_id := agree(caseload, done))
    reached, dropped, *_ = titles
    tell(caseload, titles[reached], "reached")
    tell(caseload, titles[dropped], "dropped")
    still_open = list(steps(caseload, plan_id))
    page = browser.open(f"/report/{done.report_token}")
    cards = re.findall(r'<article class="card focus-area">(.+?)</article>', page.html, re.DOTALL)
    shown = [re.findall(r'<p class="title">(.+?)</p>', card) for card in cards]
    assert [[unescape(one) for one in card] for card in shown] == [still_open, [reached]]
    assert (
        cards[0].count('class="why"')
        == len(re.findall(r"by (?:\w+)day \d{1,2} ", cards[0]))
        == len(still_open)
    )
    assert re.search(r"reached on \w+day \d{1,2} ", cards[1])
    assert "first draft of your plan" not in page.text
    assert "This is your plan as it stands today." in page.text


def test_a_completed_plan_says_so(caseload: Caseload, browser: PlainBrowser) -> None:
    """What wasn't reached is left open, without a day."""
    done = caseload.reported()
    agree(caseload, done)
    with caseload.house.database.transaction() as session:
        complete_plan(session, done.client_id, actor="coach:1", now=now(session))
    page = browser.open(f"/report/{done.report_token}")
    assert "Your plan is completed." in page.text
    assert "Left open" in page.text
    assert "Still to do" not in page.text
    assert 'class="due"' not in page.html


def test_newer_answers_show_the_plan_that_they_propose_for(caseload: Caseload, browser: PlainBrowser) -> None:
    """Once they are accepted; before that, whoever holds the link sees the draft and no more."""
    agree(caseload, caseload.reported())
    again = caseload.reported(visit=uuid4(), answers={})
    strange = browser.open(f"/report/{again.report_token}")
    assert "as it stands today" not in strange.text
    with caseload.house.database.transaction() as session:
        link = caseload.link(Purpose.MINE, again, "was-this-you")
        act_on_link(session, caseload.house.secrets, link, now=now(session))
    own = browser.open(f"/report/{again.report_token}")
    assert "These answers propose changes to it; a coach looks at them first." in own.text


def test_an_unconfirmed_clients_link_shows_the_draft(caseload: Caseload, browser: PlainBrowser) -> None:
    """A coach may have approved the plan: who typed the address may still be anybody."""
    done = caseload.reported()
    with caseload.house.database.transaction() as session:
        approve_plan(session, done.client_id, differences=None, actor="coach:1", now=now(session))
    page = browser.open(f"/report/{done.report_token}")
    assert "as it stands today" not in page.text
    assert "first draft of your plan" in page.text
