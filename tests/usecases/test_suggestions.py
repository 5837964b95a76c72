"""What readers would like to read about."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import NotFound, Refused
from coaching.domain.links import Purpose
from coaching.usecases.suggestions import (
    LONGEST_TEXT,
    MOST_A_DAY,
    SUGGESTED,
    Wish,
    list_suggestions,
    look_at_suggesting,
    suggest,
)
from tests.support.deeds import acted_at, events
from tests.support.drips import put_drip, put_sequence
from tests.support.ledger import count
from tests.support.underway import Underway, put_underway

DAY = timedelta(days=1)


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
    """The link of that letter for suggestions."""
    return ana.token(Purpose.SUGGEST, letter)


def wishes(session: Session) -> list[tuple[str, str]]:
    """Return every wish, the oldest first."""
    rows = session.execute(
        select(tables.Suggestion.topic, tables.Suggestion.text).order_by(tables.Suggestion.id)
    )
    return [(topic, text) for topic, text in rows]


def test_a_wish_and_what_follows(
    session: Session, secrets: Secrets, ana: Underway, token: str, now: datetime
) -> None:
    """It is kept; the fact names the topic and none of the words; the client has acted."""
    suggest(session, secrets, token, Wish("resume", " Gaps of a year \n"), now=now)
    suggest(session, secrets, token, Wish("leadership", ""), now=now)
    assert wishes(session) == [("resume", "Gaps of a year"), ("leadership", "")]
    assert events(session) == [
        ("topic_suggested", {"topic": "resume"}),
        ("topic_suggested", {"topic": "leadership"}),
    ]
    assert acted_at(session, ana.client_id) == now
    assert set(session.scalars(select(tables.Audit.action))) == {"topic_suggested"}


def test_again_is_once(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """The same wish changes nothing, whenever it is sent again."""
    for days in (0, 0, 3):
        suggest(session, secrets, token, Wish("resume", "Gaps"), now=now + days * DAY)
    assert wishes(session) == [("resume", "Gaps")]
    assert count(session, tables.Event) == 1


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish("", "Gaps"), "topic"),
        (Wish("hiring", "Gaps"), "topic"),
        (Wish("other", "  "), "text"),
        (Wish("resume", "x" * (LONGEST_TEXT + 1)), "text"),
    ],
)
def test_what_needs_another_look(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, token: str, now: datetime, wish: Wish, field: str
) -> None:
    """It is told by its field, and nothing is kept."""
    with pytest.raises(Refused) as told:
        suggest(session, secrets, token, wish, now=now)
    assert list(told.value.errors) == [field]
    assert wishes(session) == []


def test_there_is_an_end_to_a_day(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """So many a day; the next day one may go on."""
    for number in range(MOST_A_DAY):
        suggest(session, secrets, token, Wish("other", str(number)), now=now)
    with pytest.raises(Refused, match="tomorrow"):
        suggest(session, secrets, token, Wish("other", "more"), now=now)
    suggest(session, secrets, token, Wish("other", "more"), now=now + DAY)
    assert len(wishes(session)) == MOST_A_DAY + 1


def test_every_topic_can_be_suggested(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """The five, and something else."""
    for topic in SUGGESTED:
        suggest(session, secrets, token, Wish(topic, "Something"), now=now)
    assert [topic for topic, _ in wishes(session)] == list(SUGGESTED)
    assert len(SUGGESTED) == 6


def test_only_its_own_link_opens_it(
    session: Session, secrets: Secrets, ana: Underway, letter: UUID, now: datetime
) -> None:
    """A link for something else opens nothing."""
    for token in (ana.token(Purpose.TALK, letter), "nonsense"):
        with pytest.raises(NotFound):
            look_at_suggesting(session, secrets, token)
        with pytest.raises(NotFound):
            suggest(session, secrets, token, Wish("resume", ""), now=now)


def test_lists_by_page(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """In the order in which they came in."""
    for text in "abc":
        suggest(session, secrets, token, Wish("other", text), now=now)
    page, following = list_suggestions(session, limit=2)
    assert [one.text for one in page] == ["a", "b"]
    rest, end = list_suggestions(session, after=following)
    assert ([one.text for one in rest], end) == (["c"], None)
