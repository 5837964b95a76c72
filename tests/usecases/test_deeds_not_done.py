"""What action links must not do: act twice, on sight, on what is past, or for strangers."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.deeds import DEEDS, Choice
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.deeds import do_deed
from coaching.usecases.read_deeds import look_at_deed
from tests.support.deeds import (
    DAY,
    HOUR,
    TODAY,
    Hand,
    acted_at,
    events,
    letter_for,
    milestone,
    relationship,
    rows,
)
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


@pytest.mark.parametrize("purpose", sorted(DEEDS))
def test_a_second_press_changes_nothing(
    session: Session, underway: Underway, do: Hand, purpose: Purpose, now: datetime
) -> None:
    """Pressed again an hour later, with another choice, the first result stands and no fact is added."""
    token = underway.token(purpose, letter_for(session, underway, purpose))
    first = do(token, decision="stay", note="One")
    before = (events(session), acted_at(session, underway.client_id), rows(session))
    again = do(
        token,
        at=now + HOUR,
        decision="leave",
        note="Two",
        later="month",
        on_day=True,
        due_on=TODAY + 90 * DAY,
    )
    assert again == first
    assert (events(session), acted_at(session, underway.client_id), rows(session)) == before


@pytest.mark.parametrize(
    ("purpose", "state"),
    [
        (Purpose.DONE, "reached"),
        (Purpose.STARTED, "reached"),
        (Purpose.STARTED, "started"),
        (Purpose.POSTPONE, "reached"),
        (Purpose.POSTPONE, "dropped"),
        (Purpose.NOT_USEFUL, "reached"),
        (Purpose.NOT_USEFUL, "dropped"),
    ],
)
def test_what_is_past_needs_no_press(  # noqa: PLR0917 - fixtures
    session: Session, underway: Underway, do: Hand, now: datetime, purpose: Purpose, state: str
) -> None:
    """Where another letter or the coach was faster, the link has nothing left to do, but it is an act."""
    reached_at = now if state == "reached" else None
    step = underway.milestone(session, state=state, reached_at=reached_at)
    letter = underway.letter(session, "milestone-ahead", milestone=step)
    view = do(underway.token(purpose, letter))
    assert [one.state for one in view.past] == [state]
    assert (view.open_to, view.standing) == ((), ())
    assert count(session, tables.Deed) == 0
    said = {"what": "late", "late": purpose.name.lower(), "letter": str(letter), "about": str(step)}
    assert events(session) == [(EventKind.CLIENT_ACTED, said)]
    assert acted_at(session, underway.client_id) == now


def test_an_event_to_come_was_not_attended(
    session: Session, underway: Underway, do: Hand, now: datetime
) -> None:
    """Its day was moved after the letter: nothing is noted until then, and on the day the link works."""
    day = TODAY + 3 * DAY
    event = underway.relationship(session, kind="event", name="Meetup", cadence_days=None, starts_on=day)
    token = underway.token(Purpose.MET, underway.letter(session, "event-after", relationship=event))
    view = do(token)
    assert ([one.name for one in view.past], view.open_to, view.standing) == (["Meetup"], (), ())
    assert count(session, tables.Interaction) == 0
    view = do(token, at=now + 3 * DAY)
    assert [one.subject.name for one in view.standing] == ["Meetup"]
    assert session.scalars(select(tables.Interaction.contact_on)).all() == [day]


@pytest.mark.parametrize("purpose", [Purpose.POSTPONE, Purpose.STARTED, Purpose.MET, Purpose.LATER])
def test_what_was_done_and_has_gone_further(  # noqa: PLR0917 - fixtures
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime, purpose: Purpose
) -> None:
    """Once the step is dropped, or the person gone from the plan, the first link tells what stands now."""
    step, mentor = underway.milestone(session), underway.relationship(session)
    of_people = purpose in {Purpose.MET, Purpose.LATER}
    letter = (
        underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
        if of_people
        else underway.letter(session, "milestone-ahead", milestone=step)
    )
    token = underway.token(purpose, letter)
    assert len(do(token).standing) == 1
    milestone(session, step).state = "dropped"
    relationship(session, mentor).state = "ended"
    session.flush()
    view = look_at_deed(session, secrets, token, may_write_to=everyone, now=now)
    assert (view.standing, view.open_to) == ((), ())
    assert [one.state for one in view.past] == ["ended" if of_people else "dropped"]


def test_a_late_press_is_one_act(session: Session, underway: Underway, do: Hand, now: datetime) -> None:
    """Pressed again it adds nothing; another link, or that of another letter, is an act of its own."""
    step = underway.milestone(session, state="reached", reached_at=now)
    letters = [underway.letter(session, name, milestone=step) for name in ("milestone-ahead", "decision-day")]
    tokens = [underway.token(purpose, one) for one in letters for purpose in (Purpose.DONE, Purpose.STARTED)]
    for hours, token in enumerate((*tokens, *tokens)):
        do(token, at=now + hours * HOUR)
    assert count(session, tables.Event) == len(tokens)
    assert acted_at(session, underway.client_id) == now + 3 * HOUR


def test_looking_changes_nothing(
    session: Session, underway: Underway, secrets: Secrets, now: datetime
) -> None:
    """Whatever a link is for, seeing what it would do leaves every row and the last act as they were."""
    for purpose in sorted(DEEDS):
        token = underway.token(purpose, letter_for(session, underway, purpose))
        before = rows(session)
        view = look_at_deed(session, secrets, token, may_write_to=everyone, now=now)
        assert len(view.open_to) == 1
        assert rows(session) == before
    assert acted_at(session, underway.client_id) is None


def wrong_tokens(session: Session, underway: Underway) -> dict[str, str]:
    """Return links that must open nothing, by what is wrong with them."""
    other = put_underway(session, underway.secrets, underway.now, email="eve@example.test")
    foreign = underway.letter(session, "milestone-ahead", milestone=other.milestone(session))
    step, mentor = underway.milestone(session), underway.relationship(session)
    ahead = underway.letter(session, "milestone-ahead", milestone=step)
    nudge = underway.letter(session, "mentor-nudge", relationship=mentor, time=1)
    gone = underway.letter(session, "milestone-overdue", milestone=uuid4())
    digest = underway.letter(session, "coach-digest")
    session.get_one(tables.Message, digest).recipient_kind = "coach"
    orphan = underway.letter(session, "farewell", milestone=step)
    session.get_one(tables.Message, orphan).recipient_id = uuid4()
    session.flush()
    good = underway.token(Purpose.DONE, ahead)
    return {
        "no letter": underway.token(Purpose.DONE, uuid4()),
        "somebody else's milestone": underway.token(Purpose.DONE, foreign),
        "a milestone that is gone": underway.token(Purpose.DONE, gone),
        "a client who is gone": underway.token(Purpose.DONE, orphan),
        "a coach's letter": underway.token(Purpose.STILL_USEFUL, digest),
        "a purpose that the letter hasn't": underway.token(Purpose.MET, ahead),
        "another such": underway.token(Purpose.DONE, nudge),
        "no event": underway.token(Purpose.REGISTERED, nudge),
        "no decision": underway.token(Purpose.DECIDE, ahead),
        "undoing a letter": underway.token(Purpose.UNDO, ahead),
        "confirming it": underway.token(Purpose.CONFIRM, ahead),
        "a retired key": links.sign(("a-key-that-was-retired-long-ago-000001",), Purpose.DONE, ahead),
        "one letter changed": good[:20] + ("A" if good[20] != "A" else "B") + good[21:],
        "cut short": good[:-1],
        "nothing": "",
    }


def test_links_that_open_nothing(
    session: Session, underway: Underway, do: Hand, secrets: Secrets, now: datetime
) -> None:
    """Whatever is wrong with a link, it isn't found, by looking or by pressing, and nothing changes."""
    for what, token in wrong_tokens(session, underway).items():
        before = rows(session)
        with pytest.raises(NotFound):
            look_at_deed(session, secrets, token, may_write_to=everyone, now=now)
        with pytest.raises(NotFound):
            do(token)
        assert rows(session) == before, what
    assert count(session, tables.Event) == 0


def test_links_outlive_a_rotation(
    session: Session, content: Content, underway: Underway, secrets: Secrets, now: datetime
) -> None:
    """A key that no longer signs still opens, as long as it stands in the ring."""
    step = underway.milestone(session)
    token = underway.token(Purpose.DONE, underway.letter(session, "milestone-ahead", milestone=step))
    rotated = replace(secrets, keys=("a-new-key-that-signs-from-now-on-00001", *secrets.keys))
    do_deed(session, content, rotated, token, Choice(), now=now)
    assert milestone(session, step).state == "reached"
