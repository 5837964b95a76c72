"""What action links do, to what the letter is about, with what comes next."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import LONGEST_NOTE
from coaching.domain.engine.wanted import wanted
from coaching.domain.errors import Conflict, Refused
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.client_states import load_states
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.undo_deed import undo_deed
from tests.support.deeds import DAY, TODAY, Hand, acted_at, events, milestone, relationship
from tests.support.drain import everyone
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


@pytest.fixture
def do(session: Session, content: Content, secrets: Secrets, now: datetime) -> Hand:
    """Ana's finger on the button."""
    return Hand(session, content, secrets, now)


def test_done_reaches_the_milestone(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """The step is reached, it counts as an act, and nothing more is said to come about it."""
    step = underway.milestone(session)
    token = underway.token(Purpose.DONE, underway.letter(session, "milestone-ahead", milestone=step))
    view = do(token)
    assert milestone(session, step).state == "reached"
    assert acted_at(session, underway.client_id) == now
    assert [one.subject.name for one in view.standing] == ["List 20 contacts"]
    assert view.open_to == ()
    assert view.standing[0].next_on is None
    assert EventKind.MILESTONE_REACHED in dict(events(session))


def test_started_keeps_the_day(session: Session, underway: Underway, do: Hand) -> None:
    """The step is started, and its reminder still comes, in time before its day."""
    step = underway.milestone(session)
    token = underway.token(Purpose.STARTED, underway.letter(session, "week", week="2026-W48", milestone=step))
    view = do(token)
    row = milestone(session, step)
    assert (row.state, row.due_on) == ("started", TODAY + 10 * DAY)
    assert view.standing[0].next_on is not None
    assert TODAY < view.standing[0].next_on < TODAY + 10 * DAY


@pytest.mark.parametrize(
    ("due_in", "choice", "moved_to"),
    [
        (10, {}, TODAY + 17 * DAY),
        (-5, {}, TODAY + 7 * DAY),
        (10, {"on_day": True, "due_on": TODAY + DAY}, TODAY + DAY),
        (10, {"on_day": True, "due_on": TODAY + 365 * DAY}, TODAY + 365 * DAY),
    ],
)
def test_postponing(  # noqa: PLR0917 - fixtures
    session: Session, underway: Underway, do: Hand, due_in: int, choice: Any, moved_to: date
) -> None:
    """A week later than its day, or than today where that has passed; or the day that was chosen."""
    step = underway.milestone(session, due_on=TODAY + due_in * DAY)
    token = underway.token(Purpose.POSTPONE, underway.letter(session, "milestone-ahead", milestone=step))
    view = do(token, **choice)
    assert milestone(session, step).due_on == moved_to
    assert date.fromisoformat(view.standing[0].left["due_on"]) == moved_to


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (None, "Choose a day first"),
        (TODAY, "from tomorrow on"),
        (TODAY - 400 * DAY, "from tomorrow on"),
        (TODAY + 366 * DAY, "within a year"),
        (TODAY + 10 * DAY, "already"),
    ],
)
def test_days_that_cannot_be(
    session: Session, underway: Underway, do: Hand, day: date | None, said: str
) -> None:
    """A day that has come, that is over a year off or that it stands for is refused in words."""
    step = underway.milestone(session)
    token = underway.token(Purpose.POSTPONE, underway.letter(session, "milestone-ahead", milestone=step))
    with pytest.raises(Refused, match=said):
        do(token, on_day=True, due_on=day)
    assert milestone(session, step).due_on == TODAY + 10 * DAY
    assert count(session, tables.Deed) == 0


def test_tomorrow_is_the_clients(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """Late in the evening, tomorrow is the day after the date where the client lives."""
    step = underway.milestone(session)
    token = underway.token(Purpose.POSTPONE, underway.letter(session, "milestone-ahead", milestone=step))
    midnight_in_paris = now.replace(hour=23, minute=30)
    with pytest.raises(Refused, match="from tomorrow on"):
        do(token, at=midnight_in_paris, on_day=True, due_on=TODAY + DAY)
    do(token, at=midnight_in_paris, on_day=True, due_on=TODAY + 2 * DAY)
    assert milestone(session, step).due_on == TODAY + 2 * DAY


def test_meeting_counts_from_today(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """The contact stands on the client's date with its note, and the cadence counts from there."""
    mentor = underway.relationship(session)
    token = underway.token(Purpose.MET, underway.letter(session, "mentor-nudge", relationship=mentor, time=1))
    view = do(token, at=now.replace(hour=23, minute=30), note="  Ask about the trial.\nAnd the book. ")
    tomorrow_in_paris = TODAY + DAY
    row = relationship(session, mentor)
    assert (row.last_contact_on, row.last_note) == (tomorrow_in_paris, "Ask about the trial.\nAnd the book.")
    contact = session.scalars(select(tables.Interaction)).one()
    assert (contact.contact_on, contact.kind, contact.actor) == (tomorrow_in_paris, "met", "client")
    assert view.standing[0].next_on is not None
    assert view.standing[0].next_on >= tomorrow_in_paris + 28 * DAY
    assert not [data for _, data in events(session) if "trial" in str(data)]


def test_an_event_was_attended(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """Told some days after an event, being there is a contact of its own kind, on the event's day."""
    event = underway.relationship(session, kind="event", name="Meetup", cadence_days=None, starts_on=TODAY)
    token = underway.token(Purpose.MET, underway.letter(session, "event-after", relationship=event))
    do(token, at=now + 4 * DAY)
    contact = session.scalars(select(tables.Interaction)).one()
    assert (contact.kind, contact.contact_on) == ("attended", TODAY)


def test_a_note_has_room(session: Session, underway: Underway, do: Hand) -> None:
    """As many characters as promised are taken, one more is refused with how many are over."""
    mentor = underway.relationship(session)
    token = underway.token(Purpose.MET, underway.letter(session, "mentor-nudge", relationship=mentor, time=1))
    with pytest.raises(Refused, match="1 too many"):
        do(token, note="x" * (LONGEST_NOTE + 1))
    assert count(session, tables.Interaction) == 0
    do(token, note="x" * LONGEST_NOTE)
    assert relationship(session, mentor).last_note == "x" * LONGEST_NOTE


def test_talking_with_the_coach(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """A check-in that took place is an act and a fact, and nothing else."""
    token = underway.token(Purpose.MET, underway.letter(session, "check-in", plan=underway.plan_id))
    do(token)
    assert acted_at(session, underway.client_id) == now
    assert events(session) == [(EventKind.CLIENT_ACTED, {"what": "check_in"})]


def talks(session: Session, underway: Underway, **changes: Any) -> dict[str, Any]:
    """Put talks every two weeks, and a rhythm for the network, into the plan; return the former."""
    rhythm = {"kind": "check_in", "every_days": 14, "times": None, "then_every_days": None, "text": "A talk."}
    network = {"kind": "network", "every_days": 7, "text": "A message."}
    session.get_one(tables.Plan, underway.plan_id).cadences = [rhythm | changes, network]
    session.flush()
    return rhythm | changes


def next_talk(session: Session, underway: Underway, now: datetime) -> date | None:
    """Return the day of the next letter about a talk, as the engine wants it."""
    state = load_states(session, [underway.client_id], may_write_to=everyone, now=now)[underway.client_id]
    return next(
        (one.intent.on for one in wanted(state, now) if one.template == "check-in" and one.intent), None
    )


def test_talks_that_the_plan_leaves_to_the_client_end(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """The rhythm leaves the plan in a version of the client's, and no letter tells it; undo puts it back."""
    rhythm = talks(session, underway, optional=True)
    assert next_talk(session, underway, now) == date(2026, 11, 30)
    token = underway.token(Purpose.NOT_USEFUL, underway.letter(session, "check-in", plan=underway.plan_id))
    [done] = do(token).standing
    plan = session.get_one(tables.Plan, underway.plan_id, populate_existing=True)
    assert [one["kind"] for one in plan.cadences] == ["network"]
    assert next_talk(session, underway, now) is None
    kept = session.scalars(select(tables.PlanVersion).order_by(tables.PlanVersion.version)).all()
    assert [(one.version, one.actor) for one in kept] == [(1, "rule"), (2, "client")]
    assert kept[0].content["cadences"][0] == rhythm
    assert plan.version == 2
    state = load_states(session, [underway.client_id], may_write_to=everyone, now=now)[underway.client_id]
    assert [one for one in wanted(state, now) if one.template == "plan-changed"] == []
    undo_deed(session, secrets, done.undo_token, now=now)
    session.refresh(plan)
    assert plan.cadences[0] == rhythm
    assert next_talk(session, underway, now) == date(2026, 11, 30)


def test_other_talks_rest_for_three_months(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """The rhythm stays, and no letter about it comes before; undo puts it back, unless it was changed."""
    talks(session, underway)
    token = underway.token(Purpose.NOT_USEFUL, underway.letter(session, "check-in", plan=underway.plan_id))
    [done] = do(token).standing
    due_on = next_talk(session, underway, now)
    assert due_on is not None
    assert due_on >= TODAY + 91 * DAY
    assert due_on < TODAY + 91 * DAY + 14 * DAY
    plan = session.get_one(tables.Plan, underway.plan_id, populate_existing=True)
    rhythms = list(plan.cadences)
    plan.cadences = rhythms[:1]
    session.flush()
    with pytest.raises(Conflict):
        undo_deed(session, secrets, done.undo_token, now=now)
    plan.cadences = rhythms
    session.flush()
    undo_deed(session, secrets, done.undo_token, now=now)
    assert next_talk(session, underway, now) == date(2026, 11, 30)


def test_what_a_coach_changed_is_told_once(
    session: Session, underway: Underway, do: Hand, now: datetime
) -> None:
    """A client who ends talks the day after is not written to again about the coach's change."""
    rhythm = talks(session, underway, optional=True)
    given = {**rhythm, "text": "A talk, as we agreed.", "first_by_on": None, "count": 1}
    change_plan(session, underway.client_id, {"cadences": [given]}, actor="coach:1", now=now)

    def told() -> list[str]:
        found = load_states(session, [underway.client_id], may_write_to=everyone, now=now)
        slots = wanted(found[underway.client_id], now)
        return [one.key for one in slots if one.template == "plan-changed"]

    before = told()
    letter = underway.letter(session, "check-in", plan=underway.plan_id)
    do(underway.token(Purpose.NOT_USEFUL, letter), at=now + timedelta(hours=1))
    assert told() == before == [f"plan:changed:{underway.plan_id}:2"]


def test_talks_of_a_plan_that_is_over(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """Nothing is left to end: that it was of no use is told, and can be taken back."""
    talks(session, underway, optional=True)
    plan = session.get_one(tables.Plan, underway.plan_id)
    plan.state, plan.completed_at = "completed", now
    session.flush()
    token = underway.token(Purpose.NOT_USEFUL, underway.letter(session, "check-in", plan=underway.plan_id))
    [done] = do(token).standing
    assert (done.left, len(plan.cadences)) == ({}, 2)


@pytest.mark.parametrize(("later", "days"), [("week", 7), ("two-weeks", 14), ("month", 30)])
def test_later(session: Session, underway: Underway, do: Hand, later: str, days: int) -> None:
    """Reminders rest until the chosen day; contact is not made up."""
    mentor = underway.relationship(session)
    letter = underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    do(underway.token(Purpose.LATER, letter), later=later)
    row = relationship(session, mentor)
    assert row.not_before == TODAY + days * DAY
    assert row.last_contact_on == TODAY - 30 * DAY


def test_later_takes_no_other_words(session: Session, underway: Underway, do: Hand) -> None:
    """A choice that isn't offered is refused."""
    mentor = underway.relationship(session)
    letter = underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    with pytest.raises(Refused, match="Choose one"):
        do(underway.token(Purpose.LATER, letter), later="never")


def test_a_step_of_no_use_is_dropped(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """It leaves the plan, and the coach can see what was said."""
    step = underway.milestone(session)
    do(underway.token(Purpose.NOT_USEFUL, underway.letter(session, "milestone-ahead", milestone=step)))
    assert milestone(session, step).state == "dropped"
    assert (EventKind.CLIENT_ACTED, {"what": "not_useful", "about": str(step)}) in events(session)
    assert acted_at(session, underway.client_id) == now


def test_reminders_of_no_use_rest(session: Session, underway: Underway, do: Hand) -> None:
    """They rest for a quarter; the person stays."""
    mentor = underway.relationship(session)
    letter = underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    do(underway.token(Purpose.NOT_USEFUL, letter))
    row = relationship(session, mentor)
    assert (row.state, row.not_before) == ("active", TODAY + 91 * DAY)


def test_an_event_of_no_use_ends(session: Session, underway: Underway, do: Hand) -> None:
    """An event has one day: it leaves the plan."""
    event = underway.relationship(
        session, kind="event", name="Meetup", cadence_days=None, starts_on=TODAY + DAY
    )
    do(underway.token(Purpose.NOT_USEFUL, underway.letter(session, "event-register", relationship=event)))
    assert relationship(session, event).state == "ended"


def test_still_useful(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """Saying yes is an act, so letters go on."""
    do(underway.token(Purpose.STILL_USEFUL, underway.letter(session, "still-useful")))
    assert acted_at(session, underway.client_id) == now
    assert events(session) == [(EventKind.CLIENT_ACTED, {"what": "still_useful"})]


def test_no_longer_useful(session: Session, underway: Underway, do: Hand) -> None:
    """Saying no to the question is told the coach, and sets no letters going again."""
    do(underway.token(Purpose.NOT_USEFUL, underway.letter(session, "still-useful")))
    assert acted_at(session, underway.client_id) is None
    assert events(session) == [(EventKind.CLIENT_ACTED, {"what": "not_useful"})]


@pytest.mark.parametrize("purpose", [Purpose.DECIDE, Purpose.DONE])
@pytest.mark.parametrize("decision", ["stay", "shift", "leave"])
def test_deciding(session: Session, underway: Underway, do: Hand, purpose: Purpose, decision: str) -> None:
    """The decision is reached with what was decided, from either link; never without."""
    step = underway.milestone(session, kind="stay-shift-leave-decision", decides=True)
    token = underway.token(purpose, underway.letter(session, "decision-day", milestone=step))
    for nothing in (None, "both"):
        with pytest.raises(Refused, match="one of the three"):
            do(token, decision=nothing)
    do(token, decision=decision)
    row = milestone(session, step)
    assert (row.state, row.decision) == ("reached", decision)


def test_registering(session: Session, underway: Underway, do: Hand) -> None:
    """Who has signed up is reminded before the day."""
    day = TODAY + 20 * DAY
    event = underway.relationship(
        session, kind="event", name="Meetup", cadence_days=None, starts_on=day, last_contact_on=None
    )
    view = do(
        underway.token(Purpose.REGISTERED, underway.letter(session, "event-register", relationship=event))
    )
    assert relationship(session, event).registered_on == TODAY
    assert view.standing[0].next_on is not None
    assert day - 4 * DAY < view.standing[0].next_on < day


def test_a_letter_of_several_people(session: Session, underway: Underway, do: Hand) -> None:
    """Each of them is dealt with by name, once."""
    names = {"Bo": 1, "Cy": 2}
    ids = [underway.relationship(session, kind="peer", name=name) for name in names]
    token = underway.token(Purpose.MET, underway.letter(session, "touches", touches=ids))
    with pytest.raises(Refused, match="Choose a name"):
        do(token)
    with pytest.raises(Refused, match="Choose a name"):
        do(token, about=uuid4())
    view = do(token, about=ids[1])
    assert [one.name for one in view.open_to] == ["Bo"]
    view = do(token, about=ids[1])
    view = do(token, about=ids[0])
    assert {one.subject.name for one in view.standing} == {"Bo", "Cy"}
    assert view.open_to == ()
    assert count(session, tables.Interaction) == 2


def test_who_rides_by_a_reminder_of_their_own_is_not_offered(
    session: Session, underway: Underway, do: Hand
) -> None:
    """The week names them not, and its link doesn't either: their reminder has links of its own."""
    ids = [underway.relationship(session, kind="peer", name=name) for name in ("Bo", "Cy")]
    week = underway.letter(session, "week", week="2026-W48", touches=ids)
    nudge = session.get_one(
        tables.Message, underway.letter(session, "keep-in-touch", relationship=ids[0], time=1)
    )
    token = underway.token(Purpose.MET, week)
    with pytest.raises(Refused, match="Choose a name"):
        do(token)
    nudge.state, nudge.merged_into, nudge.outcome = "merged", week, "It rides in the week."
    session.flush()
    view = do(token)
    assert [one.subject.name for one in view.standing] == ["Cy"]
    assert view.open_to == ()
