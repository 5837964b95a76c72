"""On which days the letters of a plan come; the dates are reckoned by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coaching.domain.cadence import after_snooze
from coaching.domain.engine.state import Pause, RelationshipFacts
from coaching.domain.local_time import Hours
from tests.support.called_for import (
    EVENT,
    NO_MONDAYS,
    STEP,
    TIE,
    WEDNESDAYS,
    days,
    event,
    gone,
    slots,
    step,
    tie,
)
from tests.support.states import NOON, plan, relationship


@pytest.mark.parametrize(
    ("state", "on", "until"),
    [
        pytest.param(step(decides=True, due_on=date(2026, 12, 5)), "2026-12-07", "2026-12-08", id="Saturday"),
        pytest.param(step(decides=True, due_on=date(2026, 12, 6)), "2026-12-07", "2026-12-09", id="Sunday"),
        pytest.param(
            step(decides=True, due_on=date(2026, 12, 7)) | {"hours": NO_MONDAYS},
            "2026-12-08",
            "2026-12-10",
            id="no Mondays",
        ),
        pytest.param(
            step(decides=True) | {"hours": WEDNESDAYS}, "2026-12-16", "2026-12-16", id="Wednesdays only"
        ),
    ],
)
def test_a_decision_is_asked_for_on_the_first_day_of_letters(
    state: dict[str, Any], on: str, until: str
) -> None:
    """Never before its day; within three days, or else until that first day is over."""
    slot = next(slot for slot in slots(**state).values() if slot.template == "decision-day")
    assert str(slot.intent.on if slot.intent else "") == on
    assert slot.expires_at == datetime.fromisoformat(f"{until}T23:00:00Z")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(
            event(starts_on=date(2026, 12, 14)),
            {"event-register": "2026-11-23", "event-eve": "2026-12-11", "event-after": "2026-12-16"},
            id="a Monday: its eve is Friday",
        ),
        pytest.param(
            event(created_at=NOON + timedelta(days=8)),
            {"event-register": "2026-12-01", "event-eve": "2026-12-09", "event-after": "2026-12-14"},
            id="known late",
        ),
        pytest.param(
            event() | {"hours": WEDNESDAYS},
            {"event-register": "2026-11-19", "event-eve": "2026-12-09", "event-after": "2026-12-16"},
            id="Wednesdays only",
        ),
        pytest.param(
            step(ahead_days=14, due_on=date(2026, 12, 5)) | {"hours": NO_MONDAYS},
            {"milestone-ahead": "2026-11-21", "milestone-overdue": "2026-12-08", "week": "2026-11-24"},
            id="no Mondays",
        ),
        pytest.param(
            step() | {"plan": plan(starts_on=date(2026, 12, 2))},
            {"milestone-ahead": "2026-12-04", "milestone-overdue": "2026-12-14", "week": "2026-12-07"},
            id="two days with the plan first",
        ),
        pytest.param(
            step() | {"plan": plan(starts_on=date(2026, 12, 9))},
            {"milestone-ahead": "2026-12-10", "milestone-overdue": "2026-12-14", "week": "2026-12-14"},
            id="but not past its day",
        ),
        pytest.param(
            event(created_at=datetime(2026, 12, 8, 12, tzinfo=UTC)),
            {"event-register": "2026-12-08", "event-eve": "2026-12-09", "event-after": "2026-12-14"},
            id="known two days before",
        ),
        pytest.param(
            event(created_at=datetime(2026, 12, 9, 12, tzinfo=UTC)),
            {"event-eve": "2026-12-09", "event-after": "2026-12-14"},
            id="known too late to sign up",
        ),
        pytest.param(
            step(due_on=date(2026, 12, 6), ahead_days=3) | {"hours": Hours.of("1 08:30-18:00")},
            {"milestone-ahead": "2026-11-30", "milestone-overdue": "2026-12-14", "week": "2026-11-23"},
            id="Mondays only, and its Sunday before the next",
        ),
        pytest.param(
            step(due_on=date(2026, 12, 5), decides=True),
            {
                "milestone-ahead": "2026-11-28",
                "decision-day": "2026-12-07",
                "milestone-overdue": "2026-12-09",
                "week": "2026-11-23",
            },
            id="a decision on a Saturday is overdue two days after its letter",
        ),
        pytest.param(
            tie() | {"unanswered": 3}, {"mentor-nudge": "2026-12-02", "week": "2026-11-23"}, id="steady"
        ),
        pytest.param(
            tie() | {"unanswered": 4}, {"mentor-nudge": "2027-01-01", "week": "2026-11-23"}, id="slow"
        ),
    ],
)
def test_the_days_of_letters(state: dict[str, Any], expected: dict[str, str]) -> None:
    """Weekends and the client's own days move what would wait for them anyway; nobody is hurried."""
    assert days(slots(**state)) == expected


def test_an_eve_is_over_in_the_morning_of_the_event() -> None:
    """Whatever held it up: from eight on that day it would come too late."""
    eve = slots(**event(starts_on=date(2026, 12, 14)))[f"event:eve:{EVENT}:2026-12-14"]
    assert eve.expires_at == datetime(2026, 12, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unanswered", "sent", "expected"),
    [(0, 1, "2026-12-09"), (0, 2, "2026-12-16"), (0, 3, None), (4, 1, "2027-01-15"), (4, 2, "2027-01-29")],
)
def test_of_three_reminders_the_next_is_planned(unanswered: int, sent: int, expected: str | None) -> None:
    """A week after the last one, or two for who stopped answering; after the third nothing more comes."""
    letters = tuple(gone(f"mentoring:{TIE}:2026-11-02:{time}", "mentor-nudge") for time in range(1, sent + 1))
    found = [
        slot for slot in slots(**tie(), letters=letters, unanswered=unanswered).values() if slot.rank == 50
    ]
    assert [slot.key for slot in found] == ([f"mentoring:{TIE}:2026-11-02:{sent + 1}"] if expected else [])
    assert [slot.intent and str(slot.intent.on) for slot in found] == ([expected] if expected else [])


NEVER = relationship(id=TIE, last_contact_on=None, starts_on=date(2026, 11, 2))
SINCE = "It has been a while since 2 November, by the rhythm of your plan."
NOT_YET = "There had been no contact yet when this was planned; by the rhythm of your plan it is time."
SKIP = Pause(NOON, NOON + timedelta(days=14), "skip")


@pytest.mark.parametrize(
    ("one", "pauses", "anchor", "why"),
    [
        pytest.param(relationship(id=TIE), (), "2026-11-02", SINCE, id="contact"),
        pytest.param(
            after_snooze(relationship(id=TIE), date(2027, 1, 4)), (), "2026-12-05", SINCE, id="put off"
        ),
        pytest.param(relationship(id=TIE), (SKIP,), "2026-12-02", SINCE, id="left out by a pause"),
        pytest.param(NEVER, (), "2026-11-02", NOT_YET, id="none yet"),
        pytest.param(after_snooze(NEVER, date(2027, 1, 4)), (), "2026-12-05", NOT_YET, id="none, put off"),
    ],
)
def test_a_reminder_names_the_real_last_contact(
    one: RelationshipFacts, pauses: tuple[Pause, ...], anchor: str, why: str
) -> None:
    """Or says that there was none; the day that a pause or a wish for later counts from is no contact."""
    slot = slots(relationships=(one,), pauses=pauses)[f"mentoring:{TIE}:{anchor}:1"]
    assert slot.why == why


def test_hours_that_begin_late_begin_the_letter() -> None:
    """Who gets letters from ten o'clock gets this one at ten."""
    ahead = slots(**step(), hours=Hours.of("12345 10:00-12:00"))[f"milestone:ahead:{STEP}:2026-12-10"]
    assert ahead.due_at == datetime(2026, 12, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_on", "said"),
    [
        (date(2026, 10, 26), "Its day comes in 7 days."),
        (date(2026, 12, 7), "Its day comes in 1 day."),
        (date(2026, 12, 9), "Its day has come."),
    ],
)
def test_how_soon_is_counted_from_the_letter(starts_on: date, said: str) -> None:
    """A plan that has just begun brings the reminder later, and its reason says so."""
    wanted = slots(**step(), plan=plan(starts_on=starts_on))
    assert wanted[f"milestone:ahead:{STEP}:2026-12-10"].why == said


def test_a_letter_keeps_its_name_where_the_client_moves() -> None:
    """Reached late in Paris is the next day in Tokyo, and no second letter."""
    late = step(state="reached", reached_at=datetime(2026, 11, 22, 22, 30, tzinfo=UTC))
    assert set(slots(**late)) == set(slots(**late, time_zone="Asia/Tokyo"))
