"""A client's week: one step with its button, whom to write to, and what rides in it with links of its own."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import CHECK_IN
from coaching.domain.letter_values import LetterValues
from coaching.domain.links import Purpose
from coaching.domain.plan_words import FIND_A_MENTOR
from coaching.usecases.compose_week import Week, compose_week
from coaching.usecases.letter_subjects import behind_message
from tests.support.drain import PUBLIC_URL
from tests.support.letter_writing import acts, desk_of, let_ride, put_report_link, put_week
from tests.support.underway import Underway, put_underway

TODAY = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)


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


def test_a_week_has_its_one_step(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], now: datetime
) -> None:
    """The step, its day and why; the button says that it is done, beside it begun, moving and leaving out."""
    step = underway.milestone(
        session, title="A map", detail="Draw it.", why="It was low.", due_on=TODAY + 10 * DAY
    )
    message_id = put_week(session, underway, milestone=str(step))
    written = week(message_id)
    said = written.values
    assert (said.step, said.how) == ("A map", "Draw it. Its day is Thursday 3 December.")
    assert (said.reason, said.act_label) == ("Why: It was low.", "It's done")
    assert said.why == "You get this because your plan has one letter a week."
    assert acts(said, secrets) == dict.fromkeys(
        (Purpose.DONE, Purpose.STARTED, Purpose.POSTPONE, Purpose.NOT_USEFUL), message_id
    )
    assert all(
        behind_message(session, purpose, message_id, now=now).subjects for purpose in acts(said, secrets)
    )
    assert written.carried == ()


def test_a_decision_is_asked_for_as_one(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """Where the step is to decide, the button asks what was chosen; the report and a talk are offered."""
    step = underway.milestone(session, decides=True)
    said = week(put_week(session, underway, milestone=str(step))).values
    assert set(acts(said, secrets)) == {Purpose.DECIDE, Purpose.POSTPONE, Purpose.NOT_USEFUL}
    assert (said.act_label, said.first_label) == ("Say what I chose", "Open my report")
    assert said.how.endswith("I would gladly talk it over with you first; just answer this letter.")


def test_a_mentor_is_found_or_asked(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """Where the step is to find one, the links say so as that step's own letter does."""
    step = underway.milestone(session, kind=FIND_A_MENTOR)
    said = week(put_week(session, underway, milestone=str(step))).values
    assert (said.act_label, said.first_label) == ("I found someone", "I've asked someone")


def test_people_stand_beside_the_step(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], now: datetime
) -> None:
    """Whom to write to comes first among the sections, in the order proposed, with one link for all."""
    step = underway.milestone(session)
    bo = underway.relationship(session, name="Bo Lind", kind="peer", last_contact_on=TODAY - 30 * DAY)
    kim = underway.relationship(session, name="Kim", kind="peer", last_contact_on=None)
    message_id = put_week(session, underway, milestone=str(step), touches=[str(kim), str(bo)])
    rider = underway.letter(session, "milestone-ahead", milestone=underway.milestone(session))
    let_ride(session, rider, message_id)
    written = week(message_id)
    assert names(written) == ["touches", "milestone-ahead"]
    said = dict(written.carried)["touches"]
    assert isinstance(said, LetterValues)
    told = said.as_mapping()
    assert told["touches"] == "Two people you might write to this week"
    assert told["people"].startswith("Kim (no contact yet) and Bo Lind (last in touch four weeks ago).")
    assert told["reason"] == "Why: It was low."
    assert acts(said, secrets) == {Purpose.ANSWER: message_id}
    assert len(behind_message(session, Purpose.ANSWER, message_id, now=now).subjects) == 2


def test_without_a_step_people_are_the_step(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], now: datetime
) -> None:
    """The button says that there was contact; nothing is said twice."""
    bo = underway.relationship(session, name="Bo Lind", kind="peer")
    message_id = put_week(session, underway, touches=[str(bo)])
    written = week(message_id)
    assert written.values.step == "Someone you might write to this week"
    assert written.values.act_label == "We were in touch"
    assert written.carried == ()
    purposes = acts(written.values, secrets)
    assert purposes == dict.fromkeys((Purpose.MET, Purpose.LATER, Purpose.REST), message_id)
    assert all(behind_message(session, purpose, message_id, now=now).subjects for purpose in purposes)


@pytest.mark.parametrize(
    "changes",
    [{"state": "ended"}, {"state": "quiet"}, {"last_contact_on": TODAY - 2 * DAY}],
    ids=["ended", "quiet", "just in touch"],
)
def test_who_needs_no_sign_any_more_is_not_named(
    session: Session, underway: Underway, week: Callable[[UUID], Week], changes: dict[str, object]
) -> None:
    """What has changed since the week was planned counts."""
    gone = underway.relationship(session, name="Bo Lind", **changes)
    kim = underway.relationship(session, name="Kim")
    said = week(put_week(session, underway, touches=[str(gone), str(kim), str(uuid4())])).values
    assert said.how.startswith("Kim (last in touch")
    assert "Bo Lind" not in said.how


@pytest.mark.parametrize("template", ["mentor-nudge", "keep-in-touch"])
def test_who_rides_is_not_named_beside(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], template: str
) -> None:
    """Whose own reminder rides in the week has been named by it, with links of its own; the others stay."""
    bo, kim = (underway.relationship(session, name=name, kind="peer") for name in ("Bo Lind", "Kim Ro"))
    step = underway.milestone(session)
    host = put_week(session, underway, milestone=str(step), touches=[str(bo), str(kim)])
    rider = underway.letter(session, template, relationship=bo)
    assert "Bo Lind" in str(dict(week(host).carried)["touches"])
    let_ride(session, rider, host)
    written = week(host)
    assert names(written) == ["touches", template]
    touches, reminder = (str(values) for _, values in written.carried)
    assert ("Bo Lind" in touches, "Kim Ro" in touches, "Bo Lind" in reminder) == (False, True, True)


def test_with_only_riders_to_write_to_the_week_names_nobody(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """Without a step, too, somebody stands in the letter once: in the reminder that rides."""
    bo = underway.relationship(session, name="Bo Lind", kind="peer")
    host = put_week(session, underway, touches=[str(bo)])
    let_ride(session, underway.letter(session, "keep-in-touch", relationship=bo), host)
    written = week(host)
    assert (names(written), "Bo Lind" in str(written.values)) == (["keep-in-touch"], False)
    assert written.values.opening == "Your plan asks for no new step this week."
    assert written.values.step == "What stands below is enough"


def test_with_nothing_to_ask_the_week_is_quiet(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """A step reached meanwhile and nobody to write to: the button opens the report, and all else is quiet."""
    step = underway.milestone(session, state="reached", reached_at=underway.now)
    said = week(put_week(session, underway, milestone=str(step))).values
    assert said.opening == "Nothing new is asked of you this week."
    assert said.act_url.startswith(f"{PUBLIC_URL}/report/")
    assert acts(said, secrets) == {}


def test_what_rides_acts_for_itself(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """Sections come by rank, each with links signed for the letter that it was, not for the week."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    nudge = underway.letter(session, "mentor-nudge", relationship=underway.relationship(session))
    ahead = underway.letter(session, "milestone-ahead", milestone=underway.milestone(session))
    let_ride(session, nudge, host, rank=50)
    let_ride(session, ahead, host, rank=40)
    written = week(host)
    assert names(written) == ["milestone-ahead", "mentor-nudge"]
    assert [set(acts(values, secrets).values()) for _, values in written.carried] == [{ahead}, {nudge}]


@pytest.mark.parametrize(
    ("template", "event_on", "said", "asks"),
    [
        (
            "event-register",
            TODAY + 17 * DAY,
            {"event": "Data Evening", "day": "Thursday 10 December", "reason": "Why: Your field is small."},
            {Purpose.REGISTERED, Purpose.NOT_USEFUL, Purpose.ANSWER},
        ),
        (
            "event-after",
            TODAY - 2 * DAY,
            {"event": "Data Evening", "day": "Saturday 21 November", "reason": "Why: Your field is small."},
            {Purpose.MET, Purpose.NOT_USEFUL, Purpose.ANSWER},
        ),
    ],
)
def test_an_event_rides(  # noqa: PLR0917 - one case has many parts
    session: Session,
    secrets: Secrets,
    underway: Underway,
    week: Callable[[UUID], Week],
    now: datetime,
    template: str,
    event_on: date,
    said: dict[str, str],
    asks: set[Purpose],
) -> None:
    """It names the event and its day, and each of its links is about that event."""
    session.get_one(tables.Plan, underway.plan_id).cadences = [
        {"kind": "event", "text": "One event a quarter.", "why": "Your field is small"}
    ]
    event = underway.relationship(
        session,
        kind="event",
        name="Data Evening",
        cadence_days=None,
        starts_on=event_on,
        last_contact_on=None,
    )
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    rider = underway.letter(session, template, relationship=event)
    let_ride(session, rider, host)
    ((name, values),) = week(host).carried
    assert isinstance(values, LetterValues)
    assert name == template
    assert values.as_mapping().items() >= said.items()
    assert acts(values, secrets) == dict.fromkeys(asks, rider)
    for purpose in asks:
        (subject,) = behind_message(session, purpose, rider, now=now).subjects
        assert subject.id == event


def test_a_talk_rides(
    session: Session, secrets: Secrets, underway: Underway, week: Callable[[UUID], Week], now: datetime
) -> None:
    """The week says how to arrange the talk and why it comes; its links are about the talk, not the step."""
    session.get_one(tables.Plan, underway.plan_id).cadences = [
        {"kind": "check_in", "text": "A talk a month.", "why": "You come to 48."}
    ]
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    rider = underway.letter(session, "check-in", plan=underway.plan_id)
    let_ride(session, rider, host)
    ((name, values),) = week(host).carried
    assert name == "check-in"
    assert isinstance(values, LetterValues)
    told = values.as_mapping()
    assert told["talk"] == "Answer this letter with two times that would suit you, and I will choose one."
    assert told["reason"] == "Why: You come to 48."
    asks = (Purpose.MET, Purpose.NOT_USEFUL, Purpose.ANSWER)
    assert acts(values, secrets) == dict.fromkeys(asks, rider)
    (subject,) = behind_message(session, Purpose.MET, rider, now=now).subjects
    assert subject == CHECK_IN


def test_a_talk_of_a_plan_that_is_gone_is_left_out(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """A section about a plan of nobody, or of somebody else, isn't written."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    let_ride(session, underway.letter(session, "check-in", plan=uuid4()), host)
    assert names(week(host)) == []


def test_what_was_taken_out_does_not_ride(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """A letter that is planned again has left the week."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    underway.letter(session, "milestone-ahead", milestone=underway.milestone(session))
    assert names(week(host)) == []


def test_the_step_is_not_said_twice(
    session: Session, underway: Underway, week: Callable[[UUID], Week]
) -> None:
    """A reminder of the very step that the week asks for has been said by it."""
    step = underway.milestone(session)
    host = put_week(session, underway, milestone=str(step))
    let_ride(session, underway.letter(session, "milestone-ahead", milestone=step), host)
    assert names(week(host)) == []


def test_a_section_about_nothing_is_left_out(
    session: Session, underway: Underway, week: Callable[[UUID], Week], caplog: pytest.LogCaptureFixture
) -> None:
    """The week goes without it; the log names the letter and nobody."""
    host = put_week(session, underway, milestone=str(underway.milestone(session)))
    rider = underway.letter(session, "mentor-nudge", relationship=uuid4())
    let_ride(session, rider, host)
    assert names(week(host)) == []
    (record,) = caplog.records
    assert record.getMessage() == "section left out"
    assert record.message_id == str(rider)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rhythm", "said", "period"),
    [
        ("fortnightly", "one letter every two weeks", "Your next two weeks"),
        ("monthly", "one letter a month", "Your month"),
    ],
)
def test_a_letter_of_another_rhythm_says_so(  # noqa: PLR0917 - one case has many parts
    session: Session,
    underway: Underway,
    week: Callable[[UUID], Week],
    rhythm: str,
    said: str,
    period: str,
) -> None:
    """Heading, footer and what is asked for speak of the time until the next letter, not of a week."""
    session.get_one(tables.Client, underway.client_id).rhythm = rhythm
    session.flush()
    step, bo = underway.milestone(session), underway.relationship(session, name="Bo Lind", kind="peer")
    about: list[dict[str, object]] = [
        {"milestone": str(step), "touches": [str(bo)]},
        {"touches": [str(bo)]},
        {},
    ]
    for number, detail in enumerate(about):
        written = week(put_week(session, underway, slot=f"week:2026-W{48 + number}", **detail))
        assert written.values.why == f"You get this because your plan has {said}."
        assert written.values.period == period
        assert "until the next letter" in written.values.opening
        assert "this week" not in str((written.values, written.carried))
