"""What the pages behind the buttons promise: the coach sees it, until it is taken back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.act_answers import told
from api.pages.act_questions import asking
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.secrets import Secrets
from coaching.domain.deeds import Subject
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.milestones import Report, report_on
from coaching.usecases.undo_deed import undo_deed
from tests.support.deeds import DAY, HOUR, TODAY, Hand
from tests.support.mornings import Caseload, listed, put_caseload, put_coach
from tests.support.underway import Underway

YESTERDAY = "Sunday 22 November."
Letter = Callable[[Underway, Session], UUID]


def _event(underway: Underway, session: Session) -> UUID:
    on = TODAY + 20 * DAY
    return underway.relationship(session, kind="event", name="Meetup", cadence_days=None, starts_on=on)


LETTERS: dict[str, Letter] = {
    "step": lambda one, session: one.letter(session, "milestone-ahead", milestone=one.milestone(session)),
    "decision": lambda one, session: one.letter(
        session, "decision-day", milestone=one.milestone(session, decides=True)
    ),
    "mentor": lambda one, session: one.letter(
        session, "mentor-nudge", relationship=one.relationship(session), time=1
    ),
    "event": lambda one, session: one.letter(session, "event-register", relationship=_event(one, session)),
    "check-in": lambda one, session: one.letter(session, "check-in", plan=one.plan_id),
    "useful": lambda one, session: one.letter(session, "still-useful"),
}
# (letter, button) -> the list on which it stands, and its words.
SEEN = {
    ("step", Purpose.NOT_USEFUL): ("not_useful", "\u201cList 20 contacts\u201d, said on"),
    ("mentor", Purpose.NOT_USEFUL): ("not_useful", "Bo Larsen (mentor), said on"),
    ("event", Purpose.NOT_USEFUL): ("not_useful", "Meetup, said on"),
    ("check-in", Purpose.NOT_USEFUL): ("not_useful", "Letters about talks with their coach, said on"),
    ("useful", Purpose.NOT_USEFUL): ("not_useful", "Our letters, said on"),
    ("check-in", Purpose.MET): ("said", "A talk with their coach took place, said on"),
    ("useful", Purpose.STILL_USEFUL): ("said", "Our letters are still useful, said on"),
    ("decision", Purpose.DECIDE): ("decided", "To leave, for now, decided on"),
    ("decision", Purpose.DONE): ("decided", "To leave, for now, decided on"),
    ("mentor", Purpose.MET): ("noted", "Bo Larsen (mentor): \u201cAsk about the trial.\u201d, noted on"),
}
UNSEEN = [
    ("step", Purpose.DONE),
    ("step", Purpose.STARTED),
    ("step", Purpose.POSTPONE),
    ("mentor", Purpose.LATER),
    ("event", Purpose.REGISTERED),
]
each_seen = pytest.mark.parametrize(("letter", "purpose"), SEEN, ids=lambda one: getattr(one, "name", one))


@pytest.fixture
def coach(session: Session) -> UUID:
    """Ana's coach."""
    return put_coach(session)


@pytest.fixture
def one(session: Session, secrets: Secrets, coach: UUID, now: datetime) -> Caseload:
    """Ana, whose plan is under way."""
    return put_caseload(session, secrets, coach, now)


@pytest.fixture
def do(session: Session, content: Content, secrets: Secrets, now: datetime) -> Hand:
    """Ana's finger on the button, yesterday."""
    return Hand(session, content, secrets, now - DAY)


def press(do: Hand, one: Caseload, letter: str, purpose: Purpose) -> Any:
    """Press a button of a letter, with all that may be filled in, and return what the page says then."""
    token = one.underway.token(purpose, LETTERS[letter](one.underway, do.session))
    return do(token, decision="leave", note="  Ask about\nthe trial. ").standing[0]


@each_seen
def test_the_coach_sees_it_until_it_is_taken_back(  # noqa: PLR0917 - fixtures
    session: Session,
    secrets: Secrets,
    coach: UUID,
    one: Caseload,
    do: Hand,
    now: datetime,
    letter: str,
    purpose: Purpose,
) -> None:
    """What was pressed is one line on the next list, with its day; after undo there is none."""
    kind, words = SEEN[letter, purpose]
    standing = press(do, one, letter, purpose)
    assert listed(session, coach, now) == {kind: [("Ana Silva", f"{words} {YESTERDAY}")]}
    undo_deed(session, secrets, standing.undo_token, now=now - HOUR)
    assert listed(session, coach, now) == {}


@pytest.mark.parametrize(("letter", "purpose"), UNSEEN)
def test_what_needs_no_coach_is_no_line(  # noqa: PLR0917 - fixtures
    session: Session, coach: UUID, one: Caseload, do: Hand, now: datetime, letter: str, purpose: Purpose
) -> None:
    """Steps and reminders that go their way fill no list, and no page says that they do."""
    standing = press(do, one, letter, purpose)
    assert listed(session, coach, now) == {}
    for said in _page(purpose, standing):
        assert "coach" not in said


@each_seen
def test_pages_promise_only_what_is_listed(one: Caseload, do: Hand, letter: str, purpose: Purpose) -> None:
    """Wherever a page says that the coach sees it, this file presses the button and looks."""
    promised = any("coach sees" in said for said in _page(purpose, press(do, one, letter, purpose)))
    assert promised is (SEEN[letter, purpose][0] in {"not_useful", "decided"} or letter == "check-in")


def _page(purpose: Purpose, standing: Any) -> tuple[str, str]:
    """Return what the page says before the button is pressed, and afterwards."""
    subject: Subject = standing.subject
    asked = asking(purpose, subject, today=TODAY, coach="Maren Okafor")
    return asked.lede, told(purpose, standing, today=TODAY, coach="Maren Okafor").lede


@pytest.mark.parametrize(("ahead", "kind"), [(-2, "said"), (-1, "not_useful"), (3, "not_useful")])
def test_an_event_that_is_over_was_missed(  # noqa: PLR0917 - fixtures
    session: Session, coach: UUID, one: Caseload, do: Hand, now: datetime, ahead: int, kind: str
) -> None:
    """'I couldn't go' is no judgement: it stands among what is good to know, by the client's own day."""
    event = one.underway.relationship(
        session, kind="event", name="Meetup", cadence_days=None, starts_on=TODAY + ahead * DAY
    )
    do(
        one.underway.token(
            Purpose.NOT_USEFUL, one.underway.letter(session, "event-after", relationship=event)
        )
    )
    words = "They couldn\u2019t go to Meetup" if kind == "said" else "Meetup"
    assert listed(session, coach, now) == {kind: [("Ana Silva", f"{words}, said on {YESTERDAY}")]}


def test_what_was_pressed_again_is_one_line(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, coach: UUID, one: Caseload, do: Hand, now: datetime
) -> None:
    """Done, undone and done again is told once, as it stands."""
    token = one.underway.token(Purpose.DECIDE, LETTERS["decision"](one.underway, session))
    first = do(token, decision="leave").standing[0]
    undo_deed(session, secrets, first.undo_token, now=now - DAY + HOUR)
    do(token, at=now - DAY + 2 * HOUR, decision="stay")
    assert listed(session, coach, now) == {
        "decided": [("Ana Silva", f"To stay, for now, decided on {YESTERDAY}")]
    }


def test_a_decision_told_by_a_program_is_seen(
    session: Session, content: Content, coach: UUID, one: Caseload, now: datetime
) -> None:
    """Told late, it is on the next list with the day on which it was made."""
    step = one.underway.milestone(session, decides=True)
    report = Report("reached", at=now - 4 * DAY, decision="shift")
    report_on(session, content, step, report, actor="key:wp_1", now=now - DAY)
    assert listed(session, coach, now)["decided"] == [
        ("Ana Silva", "To shift, for now, decided on Thursday 19 November.")
    ]
    assert listed(session, coach, now + DAY) == listed(session, coach, now)


@pytest.mark.parametrize(
    "line", [{"actor": "key:wp_1"}, {"actor": "coach:1"}, {"note": None}, {"note": "  "}]
)
def test_only_their_own_notes_are_told(
    session: Session, coach: UUID, one: Caseload, now: datetime, line: dict[str, Any]
) -> None:
    """What a coach or a program wrote down is known to them, and contact without a note is no news."""
    one.noted(now - DAY, **line)
    assert listed(session, coach, now) == {}


def test_a_long_note_is_short_and_one_line(
    session: Session, coach: UUID, one: Caseload, now: datetime
) -> None:
    """What a client typed stands there as words: cut, on one line, and with no link."""
    one.noted(now - DAY, "See https://eve.example/\r\nBcc: x@eve.example " + "and more " * 200)
    [(_, what)] = listed(session, coach, now)["noted"]
    assert len(what.splitlines()) == 1
    assert len(what) < 350
    assert "eve.example" not in what


def test_saying_yes_answers_the_silence(
    session: Session, coach: UUID, one: Caseload, do: Hand, now: datetime
) -> None:
    """Who is asked whether letters are useful, and says so, leaves one list for another."""
    session.get_one(tables.Client, one.underway.client_id).last_acted_at = now - 60 * DAY
    one.fact(EventKind.CLIENT_WENT_QUIET, now - DAY - HOUR)
    assert "silent" in listed(session, coach, now)
    press(do, one, "useful", Purpose.STILL_USEFUL)
    assert list(listed(session, coach, now)) == ["said"]


def test_those_of_other_coaches_stay_theirs(
    session: Session, secrets: Secrets, one: Caseload, do: Hand, now: datetime
) -> None:
    """What a client presses is seen by their own coach; by admins where there is none."""
    press(do, one, "step", Purpose.NOT_USEFUL)
    other = put_coach(session, "tomas@firm.example.test", admin=True)
    assert listed(session, other, now) == {}
    for client in session.scalars(select(tables.Client)):
        client.coach_id = None
    session.flush()
    assert "not_useful" in listed(session, other, now)
