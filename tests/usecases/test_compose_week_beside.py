"""What stands beside the one step of a week: each thing once, as information, with one quiet link."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.letter_values import LetterValues
from coaching.domain.links import Purpose
from coaching.usecases.compose_week import Week, compose_week
from tests.support.drain import PUBLIC_URL, stationery
from tests.support.letter_writing import acts, desk_of, let_ride, put_report_link, put_week
from tests.support.underway import Underway, put_underway


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way, with a report that can be opened."""
    one = put_underway(session, secrets, now)
    plan = session.get_one(tables.Plan, one.plan_id)
    plan.cadences = [
        {"kind": "network", "text": "Two messages a week to people in your field.", "why": "It was low."},
        {"kind": "event", "text": "One event a quarter.", "why": "Your field is small."},
    ]
    put_report_link(session, one.plan_id)
    return one


@pytest.fixture
def week(session: Session, secrets: Secrets, now: datetime) -> Callable[[UUID], Week]:
    """Writes a week."""
    return lambda message_id: compose_week(desk_of(session, secrets, message_id, now))


def names(written: Week) -> list[str]:
    """Name what a week carries."""
    return [name for name, _ in written.carried]


def ride(session: Session, underway: Underway, host: UUID, template: str, **about: object) -> UUID:
    """Let a letter about this ride in a week."""
    rider = underway.letter(session, template, **about)
    let_ride(session, rider, host)
    return rider


@pytest.mark.parametrize("template", ["milestone-ahead", "milestone-overdue", "find-a-mentor"])
def test_a_step_that_rides_is_the_weeks_where_it_has_none(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], template: str
) -> None:
    """It is asked for once, by links of the letter that it was; people, and the others, stand below."""
    bo = underway.relationship(session, name="Bo", kind="peer")
    host = put_week(session, underway, touches=[str(bo)])
    step = underway.milestone(session, title="A map")
    rider = ride(session, underway, host, template, milestone=step)
    other = underway.milestone(session, title="Other", why="Another.")
    ride(session, underway, host, "milestone-ahead", milestone=other)
    written = week(host)
    assert written.values.step == "A map"
    assert names(written) == ["touches", "milestone-ahead"]
    assert "A map" not in str(written.carried)
    assert set(acts(written.values, secrets).values()) == {rider}
    token = written.values.unsubscribe_url.rpartition("/")[2]
    assert links.read(secrets.keys, token) == (Purpose.UNSUBSCRIBE, host)


def test_what_comes_next_is_not_said_twice(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """Where the step that comes next is the week's own, the word of one that was reached points to it."""
    step = underway.milestone(session)
    reached = underway.milestone(session, state="reached", reached_at=underway.now)
    host = put_week(session, underway, milestone=str(step))
    ride(session, underway, host, "milestone-reached", milestone=reached)
    ((_, values),) = week(host).carried
    assert "next_step='What comes next stands above.'" in str(values)


def test_a_reason_is_spelled_out_once(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """The same why, word for word, stands in a letter once, and is pointed to by what it stands under."""
    step = underway.milestone(session, title="A map", why="It was low.")
    bo = underway.relationship(session, name="Bo", kind="peer")
    host = put_week(session, underway, milestone=str(step), touches=[str(bo)])
    for number, (title, why) in enumerate(
        (("One", "Another."), ("Two", "It was low."), ("Three", "Another."))
    ):
        about = underway.milestone(session, title=title, why=why)
        rider = ride(session, underway, host, "milestone-ahead", milestone=about)
        let_ride(session, rider, host, rank=40 + number)
    said = [
        values.as_mapping() if isinstance(values, LetterValues) else values
        for _, values in week(host).carried
    ]
    assert {one["step"]: one["reason"] for one in said if "step" in one} == {
        "One": "Why: Another.",
        "Two": "Why: As for \u201cA map\u201d.",
        "Three": "Why: As for \u201cOne\u201d.",
    }
    assert said[0]["reason"] == "Why: As for \u201cA map\u201d."


@pytest.mark.parametrize(
    ("goal", "what", "how"),
    [
        (1, "Someone to write to", "answer this letter with the name"),
        (2, "Two people to write to", "Your plan has two messages a week, and nobody is in it yet."),
    ],
)
def test_a_goal_without_people_is_told(  # noqa: PLR0917 - one case has many parts
    session: Session,
    secrets: Secrets,
    underway: Underway,
    week: Callable[[UUID], Week],
    goal: int,
    what: str,
    how: str,
) -> None:
    """Where the plan would have people written to and names none, the week says how to name some."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)), touch_goal=goal)
    ((name, values),) = week(host).carried
    assert isinstance(values, LetterValues)
    told = values.as_mapping()
    assert (name, told["touches"]) == ("touches", what)
    assert how in told["people"]
    assert acts(values, secrets) == {}
    assert told["answer_url"].startswith(f"{PUBLIC_URL}/report/")


def test_a_goal_is_met_by_who_is_there(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """With fewer people than messages there is room for more; while nobody is due, nothing is said of it."""
    bo = underway.relationship(session, name="Bo", kind="peer")
    step = str(underway.milestone(session))
    host = put_week(session, underway, milestone=step, touches=[str(bo)], touch_goal=2)
    assert "room for more, two messages a week" in str(week(host).carried)
    underway.relationship(session, name="Kim", kind="peer")
    assert "room for more" not in str(week(host).carried)
    rest = put_week(session, underway, slot="week:2026-W49", milestone=step, touch_goal=2)
    assert week(rest).carried == ()


def test_an_event_is_looked_for(session: Session, underway: Underway, week: Callable[[UUID], Week]) -> None:
    """When the plan's rhythm wants an event and none is known, the week says so, last, and why."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)), find_event=True)
    ride(session, underway, host, "milestone-ahead", milestone=underway.milestone(session))
    written = week(host)
    assert names(written) == ["milestone-ahead", "touches"]
    assert "By your plan it is time for an event" in str(written.carried[-1])
    assert "Why: Your field is small." in str(written.carried[-1])


def test_a_week_with_sections_asks_for_one_thing(
    session: Session,
    secrets: Secrets,
    underway: Underway,
    week: Callable[[UUID], Week],
    now: datetime,
) -> None:
    """As it is read: four act links of its step, and below it one in each section, whatever rides."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    for template in ("milestone-ahead", "milestone-overdue"):
        ride(session, underway, host, template, milestone=underway.milestone(session))
    ride(session, underway, host, "mentor-nudge", relationship=underway.relationship(session))
    ride(session, underway, host, "check-in", plan=underway.plan_id)
    written = week(host)
    text = stationery().render("week", written.values, written.carried).text
    asked = [links.read(secrets.keys, token)[0] for token in re.findall(r"/act/([\w-]{47})", text)]
    own = [Purpose.DONE, Purpose.STARTED, Purpose.POSTPONE, Purpose.NOT_USEFUL]
    assert asked == own + [Purpose.ANSWER] * 4
