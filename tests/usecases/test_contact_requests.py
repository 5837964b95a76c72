"""A client asks for a talk: written down once, told to who reads facts, and open until somebody answers."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound, Refused
from coaching.domain.links import Purpose
from coaching.usecases.coaches import set_booking
from coaching.usecases.contact_requests import (
    LONGEST_TEXT,
    MOST_OPEN,
    answer_request,
    ask_for_talk,
    list_requests,
    look_at_talk,
)
from tests.support.deeds import acted_at, events
from tests.support.drips import put_drip, put_sequence
from tests.support.ledger import count
from tests.support.mornings import put_coach
from tests.support.underway import Underway, put_underway

HOUR = timedelta(hours=1)


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana, whose plan is under way."""
    return put_underway(session, secrets, now)


@pytest.fixture
def letter(session: Session, ana: Underway, now: datetime) -> UUID:
    """A letter of a sequence that went to her."""
    return put_drip(session, ana.client_id, put_sequence(session, now), now)


@pytest.fixture
def token(ana: Underway, letter: UUID) -> str:
    """The link of that letter that leads to a talk."""
    return ana.token(Purpose.TALK, letter)


def asked(session: Session) -> list[tables.ContactRequest]:
    """Return every request, the oldest first."""
    return list(session.scalars(select(tables.ContactRequest).order_by(tables.ContactRequest.id)))


def test_a_request_and_what_follows(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, ana: Underway, letter: UUID, token: str, now: datetime
) -> None:
    """It is kept with its letter; the fact names no words; the client has acted; the audit says who."""
    ask_for_talk(session, secrets, token, "  How do I ask for a raise?\n", now=now)
    [request] = asked(session)
    assert (request.client_id, request.message_id) == (ana.client_id, letter)
    assert (request.text, request.at, request.answered_at) == ("How do I ask for a raise?", now, None)
    assert events(session) == [("contact_requested", {"letter": str(letter)})]
    assert acted_at(session, ana.client_id) == now
    audit = session.execute(select(tables.Audit.actor, tables.Audit.action, tables.Audit.subject_id)).all()
    assert audit == [("client", "contact_requested", request.id)]


@pytest.mark.parametrize("again", ["A raise", "", "  "])
def test_again_is_once(session: Session, secrets: Secrets, token: str, now: datetime, again: str) -> None:
    """The same words, or none, add nothing while the first request is open."""
    ask_for_talk(session, secrets, token, "A raise", now=now)
    ask_for_talk(session, secrets, token, again, now=now + HOUR)
    assert [one.at for one in asked(session)] == [now]
    assert count(session, tables.Event) == 1


def test_other_words_are_another_request(
    session: Session, secrets: Secrets, token: str, now: datetime
) -> None:
    """What was forgotten at first isn't lost; the newest stands on the page."""
    for hours, text in enumerate(["", "A raise", "And a move"]):
        ask_for_talk(session, secrets, token, text, now=now + hours * HOUR)
    assert [one.text for one in asked(session)] == ["", "A raise", "And a move"]
    assert look_at_talk(session, secrets, token, now=now).text == "And a move"


def test_there_is_an_end_to_it(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """Who writes again and again is told that it is enough."""
    for number in range(MOST_OPEN):
        ask_for_talk(session, secrets, token, f"Line {number}", now=now)
    with pytest.raises(Refused, match="several lines"):
        ask_for_talk(session, secrets, token, "One more", now=now)
    assert count(session, tables.ContactRequest) == MOST_OPEN


def test_too_long(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """It says by how much, and keeps nothing."""
    ask_for_talk(session, secrets, token, "x" * LONGEST_TEXT, now=now)
    with pytest.raises(Refused, match="2 too many"):
        ask_for_talk(session, secrets, token, "x" * (LONGEST_TEXT + 2), now=now)
    assert count(session, tables.ContactRequest) == 1


def test_once_answered_one_may_ask_again(
    session: Session, secrets: Secrets, token: str, now: datetime
) -> None:
    """An answer is noted once, with who noted it; then the link asks anew."""
    ask_for_talk(session, secrets, token, "A raise", now=now)
    [request] = asked(session)
    for hours in (1, 2):
        answer_request(session, request.id, actor="key:wp_1", now=now + hours * HOUR)
    assert request.answered_at == now + HOUR
    actions = list(session.scalars(select(tables.Audit.action).order_by(tables.Audit.id)))
    assert actions == ["contact_requested", "contact_answered"]
    assert look_at_talk(session, secrets, token, now=now).asked_on is None
    ask_for_talk(session, secrets, token, "A raise", now=now + 3 * HOUR)
    assert count(session, tables.ContactRequest) == 2
    with pytest.raises(NotFound):
        answer_request(session, uuid4(), actor="key:wp_1", now=now)


def test_what_the_page_knows(
    session: Session, secrets: Secrets, ana: Underway, token: str, now: datetime
) -> None:
    """The coach by name and their address for booking, where there are such; the day is the client's."""
    view = look_at_talk(session, secrets, token, now=now)
    assert (view.coach, view.booking_url, view.asked_on) == (None, None, None)
    session.get_one(tables.Client, ana.client_id).coach_id = put_coach(session)
    session.flush()
    url = "https://book.example.org/maren"
    set_booking(session, "Maren@firm.example.test", url, actor="operator", now=now)
    late = now.replace(hour=23, minute=30)  # half past midnight where she lives
    ask_for_talk(session, secrets, token, "", now=late)
    view = look_at_talk(session, secrets, token, now=late)
    assert (view.coach, view.booking_url) == ("Maren Okafor", url)
    assert view.asked_on == view.today == date(2026, 11, 24)
    set_booking(session, "maren@firm.example.test", None, actor="operator", now=now)
    assert look_at_talk(session, secrets, token, now=now).booking_url is None


@pytest.mark.parametrize(
    "url", ["http://book.example.org/maren", "book.example.org", "javascript:alert(1)", ""]
)
def test_only_whole_https_addresses_are_booked_at(session: Session, now: datetime, url: str) -> None:
    """Anything else is refused, and the address before stays."""
    coach = put_coach(session)
    set_booking(session, "maren@firm.example.test", "https://book.example.org/", actor="operator", now=now)
    with pytest.raises(Refused, match="https://"):
        set_booking(session, "maren@firm.example.test", url, actor="operator", now=now)
    assert session.get_one(tables.Coach, coach).booking_url == "https://book.example.org/"


@pytest.mark.parametrize("purpose", [Purpose.DID, Purpose.SUGGEST, Purpose.DONE, Purpose.UNSUBSCRIBE])
def test_only_its_own_link_opens_it(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, ana: Underway, letter: UUID, now: datetime, purpose: Purpose
) -> None:
    """A link for something else, or for a letter that isn't there, opens nothing."""
    for token in (ana.token(purpose, letter), ana.token(Purpose.TALK, uuid4()), "nonsense"):
        with pytest.raises(NotFound):
            look_at_talk(session, secrets, token, now=now)
        with pytest.raises(NotFound):
            ask_for_talk(session, secrets, token, "", now=now)


def test_lists_by_page(session: Session, ana: Underway, now: datetime) -> None:
    """In the order in which they came in; those that wait, or those that don't."""
    for number in range(3):
        answered = now if number == 1 else None
        session.add(
            tables.ContactRequest(client_id=ana.client_id, text=str(number), at=now, answered_at=answered)
        )
        session.flush()
    page, following = list_requests(session, limit=2)
    assert [one.text for one in page] == ["0", "1"]
    rest, end = list_requests(session, after=following, limit=2)
    assert ([one.text for one in rest], end) == (["2"], None)
    assert [one.text for one in list_requests(session, waiting=True)[0]] == ["0", "2"]
    assert [one.text for one in list_requests(session, waiting=False)[0]] == ["1"]
