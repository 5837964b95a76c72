"""Eight weeks of clients who do nothing but press links in their letters: what comes, and what is told."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coaching.adapters import tables
from coaching.domain.events import EventKind
from coaching.settings import Settings
from coaching.usecases.add_milestone import add_milestone
from tests.journeys.by_links import Mailbox, pages, reasons_told, told_as_kept_back, told_as_sent
from tests.support.drain import Firm
from tests.support.journeys import join, know
from tests.support.plans import COACH, leaning

pytestmark = pytest.mark.long

THE_MEETING = date(2026, 12, 17)
DECIDE_ON = date(2027, 1, 6)
COMMITMENT = "A commitment for 90 days"
SKETCH = "Two directions on one page"
MINUTE = timedelta(minutes=1)

# At eleven on each Monday, and on 8 December and 6 January, Ana acts.
ANAS_LETTERS = [
    "Mon 2026-11-23 10:00 report-known",
    "Mon 2026-11-23 10:00 plan-approved",
    "Tue 2026-11-24 09:00 milestone-reached",
    "Mon 2026-11-30 09:00 week + event-register, milestone-ahead",
    "Mon 2026-12-07 09:00 week + check-in, milestone-ahead",
    "Tue 2026-12-08 09:00 milestone-ahead",
    "Mon 2026-12-14 09:00 week + mentor-nudge, milestone-ahead, milestone-overdue",
    "Wed 2026-12-16 09:00 event-eve",
    "Mon 2026-12-21 09:00 week + event-after, keep-in-touch, milestone-overdue",
    "Mon 2026-12-28 09:00 week + milestone-reached, milestone-reached",
    "Wed 2026-12-30 09:00 milestone-ahead",
    "Mon 2027-01-04 09:00 week + keep-in-touch, mentor-nudge",
    "Wed 2027-01-06 09:00 decision-day",
    "Mon 2027-01-11 09:00 week + keep-in-touch, mentor-nudge, milestone-reached",
    "Mon 2027-01-18 09:00 week + keep-in-touch, mentor-nudge",
]
ANAS_KEPT_BACK = [
    "2026-12-02 milestone-overdue cancelled",  # the commitment, before it was moved
    "2026-12-09 milestone-overdue cancelled",  # the sketch, before it was moved
    "2026-12-15 milestone-reached cancelled",  # undone before it could be said
    "2026-12-16 milestone-overdue cancelled",  # planned anew by the undo: below it rides
    "2026-12-21 check-in cancelled",  # talks are no use
    "2026-12-21 mentor-nudge cancelled",  # they had talked
    "2026-12-28 find-a-mentor cancelled",  # there was one
    "2026-12-28 keep-in-touch cancelled",  # later, undone
    "2026-12-28 keep-in-touch cancelled",  # and later again
    "2027-01-06 milestone-overdue cancelled",  # the step to find a mentor
    "2027-01-08 milestone-overdue cancelled",  # the decision was made
    "2027-01-11 week cancelled",  # after four letters without an answer weeks are rarer, until she acted
    "2027-01-18 week cancelled",
    "2027-01-20 keep-in-touch cancelled",  # in a month: undone
    "2027-02-07 milestone-ahead cancelled",  # the course that is no use
    "2027-02-23 milestone-overdue cancelled",
    "2027-02-28 milestone-ahead cancelled",  # the step that the first 'done' had opened
    "2027-03-16 milestone-overdue cancelled",
]
BOS_LETTERS = [
    "Mon 2026-11-23 04:00 report-known",
    "Mon 2026-11-23 09:00 plan-approved",
    "Mon 2026-11-30 09:00 week + milestone-ahead",
    "Wed 2026-12-02 09:00 milestone-overdue",
    "Mon 2026-12-07 09:00 week + check-in",
    "Mon 2026-12-21 09:00 week + check-in",
    "Mon 2026-12-28 09:00 find-a-mentor",
    "Mon 2027-01-04 09:00 still-useful",
]
BOS_NEXT_LETTERS = [
    "Mon 2027-01-18 09:00 week + check-in, milestone-overdue",
    "Mon 2027-01-25 09:00 week",
    "Mon 2027-02-01 09:00 week",
]
REASONS = {
    "queued": {"Nothing stood against it."},
    "merged": {"It comes inside another letter, so that the client gets one instead of two."},
    "cancelled": {"What called for this letter no longer holds."},
}


@pytest.fixture
def http(firm: Firm, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The pages and the API, by the firm's clock."""
    return pages(firm, settings, monkeypatch)


@pytest.fixture
def ana(firm: Firm, http: FlaskClient, manage_key: str) -> Mailbox:
    """Ana, with two steps near, a decision ahead, a mentor, a peer and an event."""
    client_id = join(firm, "Ana", "Europe/Paris", answers=leaning(firm.content, 4, horizon=1))
    know(firm, client_id, "mentor", "Beatriz", cadence_days=21)
    know(firm, client_id, "peer", "Rui", cadence_days=28)
    know(firm, client_id, "event", "The winter meeting", starts_on=THE_MEETING)
    with firm.database.transaction() as session:
        given = {"kind": "choose", "title": "Stay, shift or leave", "due_on": DECIDE_ON, "decides": True}
        add_milestone(session, firm.content, client_id, given, actor=COACH, now=firm.database.at)
    firm.work()
    return Mailbox(firm, http, manage_key, client_id)


def go_on_to(box: Mailbox, month: int, day: int) -> None:
    """Let the days pass until eleven in Paris."""
    box.firm.run_until(datetime(2026 if month > 6 else 2027, month, day, 10, tzinfo=UTC))


def wait_a_minute(box: Mailbox) -> None:
    """Let a minute pass between two acts."""
    box.firm.run_until(box.firm.database.at + MINUTE)


def postpone_and_start(ana: Mailbox) -> None:
    """Weeks one and two: a step to a day, one by a week, one begun; signed up; a talk that is no use."""
    go_on_to(ana, 11, 30)
    ana.press("Move it", {"due_on": "2026-12-11"}, under=COMMITMENT)
    assert ana.step("ninety-day-commitment").due_on == date(2026, 12, 11)
    wait_a_minute(ana)
    ana.press("I've signed up", under="The winter meeting")
    assert ana.tie("The winter meeting").registered_on == date(2026, 11, 30)

    go_on_to(ana, 12, 7)
    ana.press("Move it", under=SKETCH)
    assert ana.step("two-direction-sketch").due_on == date(2026, 12, 14)
    wait_a_minute(ana)
    assert "Your coach sees it too" in ana.press("Not useful", under="A time to talk").text

    go_on_to(ana, 12, 8)
    ana.press("I've started")
    assert (ana.step("ninety-day-commitment").state, ana.step("ninety-day-commitment").due_on) == (
        "started",
        date(2026, 12, 11),
    )


def reach_and_undo(ana: Mailbox) -> None:
    """Week three: a step that opens the next, undone; then a talk with the mentor."""
    go_on_to(ana, 12, 14)
    done = ana.press("It's done", under=SKETCH)
    assert (ana.steps()["two-direction-sketch"], ana.steps()["ninety-day-goals"]) == ("reached", "active")
    wait_a_minute(ana)
    ana.undo(done)
    assert (ana.steps()["two-direction-sketch"], ana.steps()["ninety-day-goals"]) == ("active", "dropped")
    wait_a_minute(ana)
    ana.press("We talked", {"note": "Ask about the Lisbon office"}, under="A word with Beatriz")
    assert ana.tie("Beatriz").last_contact_on == date(2026, 12, 14)


def look_back(ana: Mailbox) -> None:
    """Week four: the step after all, and its next is open again; the event; a peer later, and again."""
    go_on_to(ana, 12, 21)
    ana.press("It's done", under=SKETCH)
    assert (ana.steps()["two-direction-sketch"], ana.steps()["ninety-day-goals"]) == ("reached", "active")
    wait_a_minute(ana)
    there = ana.press("I was there", {"note": "Write to Kim"}, under="How was it?")
    assert "on Thursday 17 December" in there.text
    assert ana.tie("The winter meeting").last_contact_on == THE_MEETING
    wait_a_minute(ana)
    later = ana.press("Remind me later", {"later": "month"}, under="A quick hello to Rui")
    assert ana.tie("Rui").not_before == date(2027, 1, 20)
    wait_a_minute(ana)
    ana.undo(later)
    assert ana.tie("Rui").not_before is None
    wait_a_minute(ana)
    ana.press("Remind me later", {"later": "two-weeks"}, under="A quick hello to Rui")
    assert ana.tie("Rui").not_before == date(2027, 1, 4)
    wait_a_minute(ana)
    ana.press("It's done", under=COMMITMENT)
    assert ana.steps()["ninety-day-commitment"] == "reached"


def decide(ana: Mailbox) -> None:
    """Weeks seven and eight: the mentor's note is back; the decision; a step that is no use."""
    go_on_to(ana, 1, 4)
    assert "You noted last time: \u201cAsk about the Lisbon office\u201d." in ana.came[-1].text
    go_on_to(ana, 1, 6)
    ana.press("Say what I chose", {"decision": "shift"})
    assert (ana.step("choose").state, ana.step("choose").decision) == ("reached", "shift")
    go_on_to(ana, 1, 11)
    ana.press("Not useful", under="One step is enough")
    assert ana.steps()["course-or-certificate"] == "dropped"
    go_on_to(ana, 1, 18)


def hold_nothing_twice(box: Mailbox) -> None:
    """Hold that no slot went twice, by itself or in another letter, and that each row left at most once."""
    with box.firm.database.transaction() as session:
        keys = session.scalars(
            select(tables.Message.slot_key).where(tables.Message.state.in_(("queued", "merged")))
        ).all()
    assert max(Counter(keys).values()) == 1
    assert max(Counter(one.message_id for one in box.firm.mailer.letters).values()) == 1


def test_eight_weeks_by_links_alone(ana: Mailbox) -> None:
    """Each press does what it says and counts as an answer; exactly these letters come, each told of."""
    postpone_and_start(ana)
    reach_and_undo(ana)
    look_back(ana)
    decide(ana)
    assert [str(one) for one in ana.came] == ANAS_LETTERS
    hold_nothing_twice(ana)
    items = ana.timeline()
    assert sorted(told_as_sent(items)) == sorted(ANAS_LETTERS)
    assert sorted(told_as_kept_back(items)) == ANAS_KEPT_BACK
    assert reasons_told(items) == REASONS


def test_still_useful_after_six_letters(firm: Firm, http: FlaskClient, manage_key: str) -> None:
    """Six letters without an answer, ever rarer, then the question, then none; one press, and they go on."""
    bo = Mailbox(firm, http, manage_key, join(firm, "Bo", "America/New_York", towards=4))
    go_on_to(bo, 1, 18)
    assert [str(one) for one in bo.came] == BOS_LETTERS
    # The question went on 4 January; it had a week.
    assert bo.facts(EventKind.CLIENT_WENT_QUIET) == [datetime(2027, 1, 11, tzinfo=UTC)]

    page = bo.press("Yes, keep writing", under="Still useful?")
    assert "The next letter comes around Monday 18 January." in page.text
    go_on_to(bo, 2, 3)
    assert [str(one) for one in bo.came] == BOS_LETTERS + BOS_NEXT_LETTERS
    hold_nothing_twice(bo)
    items = bo.timeline()
    assert sorted(told_as_sent(items)) == sorted(BOS_LETTERS + BOS_NEXT_LETTERS)
    assert reasons_told(items) == REASONS
