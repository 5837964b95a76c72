"""Choosing which kinds of letters come and how often: what is written down, called off, and let in again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.database import now as database_now
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.allowlist import Allowlist
from coaching.domain.errors import NotFound, Refused
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.reactions import Reactions
from coaching.usecases.facts import drain
from coaching.usecases.letter_choices import (
    CHOOSABLE,
    Choices,
    let_in,
    look_at_choices,
    save_choices,
    stop_families,
)
from coaching.usecases.unsubscribe import TEXT_VERSION, unsubscribe
from tests.support.drips import put_drip, put_sequence
from tests.support.ledger import agree, put_client, put_letter, suppress_all
from tests.support.underway import Underway, put_underway

HOUR = timedelta(hours=1)
ALL = frozenset(CHOOSABLE)
PATIENCE_S = 30.0


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> UUID:
    """A client who agreed to letters, with her address confirmed."""
    client_id = put_client(session, secrets)
    agree(session, client_id, now - HOUR)
    return client_id


@pytest.fixture
def token(session: Session, secrets: Secrets, ana: UUID, now: datetime) -> str:
    """The link in a letter to her."""
    return signed(secrets, put_letter(session, ana, now, family="campaign").id)


def signed(secrets: Secrets, message_id: UUID) -> str:
    """Return the link that stands in a letter."""
    return links.sign(secrets.keys, Purpose.UNSUBSCRIBE, message_id)


def choose(
    session: Session, secrets: Secrets, token: str, now: datetime, *families: str, rhythm: str = "weekly"
) -> bool:
    """Do what saving does, in the test's own transaction."""
    wish = Choices(frozenset(families), rhythm)
    stop_families(session, secrets, token, wish, now=now)
    return let_in(session, secrets, token, wish, now=now)


def without(*families: str) -> list[str]:
    """Return every kind but these."""
    return sorted(ALL - set(families))


def standing(session: Session) -> list[str]:
    """Return the scopes of the suppressions that stand."""
    return sorted(
        session.scalars(select(tables.Suppression.scope).where(tables.Suppression.lifted_at.is_(None)))
    )


def facts(session: Session) -> list[tuple[str, Any]]:
    """Return what was written down, oldest first: the kind, and which families or fields it is about."""
    rows = session.execute(select(tables.Event.kind, tables.Event.data).order_by(tables.Event.id))
    return [(kind, data.get("families", data.get("changed"))) for kind, data in rows]


@pytest.mark.parametrize("family", CHOOSABLE)
def test_one_kind_is_stopped_and_let_in_again(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime, family: str
) -> None:
    """Each word once, with its families and the text that was read; a repeat adds nothing."""
    for hour in (1, 2):
        assert choose(session, secrets, token, now + hour * HOUR, *without(family))
    assert standing(session) == [family]
    seen = look_at_choices(session, secrets, token).standing
    assert seen == Choices(ALL - {family}, "weekly")
    for hour in (3, 4):
        assert choose(session, secrets, token, now + hour * HOUR, *ALL)
    assert standing(session) == []
    assert facts(session) == [
        (EventKind.LETTERS_UNSUBSCRIBED, [family]),
        (EventKind.LETTERS_RESUMED, [family]),
    ]
    versions = session.scalars(select(tables.Event.data["text_version"].astext))
    assert set(versions) == {TEXT_VERSION}
    row = session.scalars(select(tables.Suppression)).one()
    assert (row.reason, row.source, row.at, row.lifted_at) == (
        "unsubscribed",
        "link",
        now + HOUR,
        now + 3 * HOUR,
    )


def test_several_at_once_and_the_rhythm(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """One fact tells the kinds that were stopped, one those let in, one the rhythm, by the client's hand."""
    choose(session, secrets, token, now, "milestone", "networking")
    choose(session, secrets, token, now + HOUR, "milestone", "mentoring", rhythm="monthly")
    assert standing(session) == ["campaign", "drip", "networking"]
    assert facts(session) == [
        (EventKind.LETTERS_UNSUBSCRIBED, ["campaign", "drip", "mentoring"]),
        (EventKind.LETTERS_UNSUBSCRIBED, ["networking"]),
        (EventKind.LETTERS_RESUMED, ["mentoring"]),
        (EventKind.CLIENT_CHANGED, ["rhythm"]),
    ]
    session.flush()
    client = session.get_one(tables.Client, ana, populate_existing=True)
    assert (client.rhythm, client.last_acted_at) == ("monthly", now + HOUR)
    assert session.scalars(select(tables.Audit.actor)).all() == ["client"]


def test_saving_what_stands_changes_nothing(
    session: Session, secrets: Secrets, token: str, now: datetime
) -> None:
    """But that they acted."""
    assert choose(session, secrets, token, now, *ALL)
    assert (standing(session), facts(session)) == ([], [])


def test_who_was_silent_is_back(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """Letters that rest come again, and so a fact has them planned, though no choice was changed."""
    session.get_one(tables.Client, ana).quiet_on = now.date()
    session.flush()
    choose(session, secrets, token, now, *ALL)
    assert facts(session) == [(EventKind.LETTERS_RESUMED, sorted(ALL))]
    assert session.get_one(tables.Client, ana, populate_existing=True).quiet_on is None


def test_who_never_agreed_chooses_to(session: Session, secrets: Secrets, now: datetime) -> None:
    """Nothing is ticked before; saving is the consent, with the text that was read."""
    bo = put_client(session, secrets, "bo@example.test")
    token = signed(secrets, put_letter(session, bo, now).id)
    view = look_at_choices(session, secrets, token)
    assert (view.is_agreed, view.standing) == (False, Choices(frozenset(), "weekly"))
    choose(session, secrets, token, now, "milestone")
    view = look_at_choices(session, secrets, token)
    assert (view.is_agreed, view.standing) == (True, Choices(frozenset({"milestone"}), "weekly"))
    said = session.scalars(select(tables.Consent)).one()
    assert (said.purpose, said.granted, said.text_version, said.source) == (
        "letters",
        True,
        TEXT_VERSION,
        "page",
    )


def test_the_letter_that_led_here(session: Session, secrets: Secrets, token: str) -> None:
    """Its family is known, so that the page can begin with it."""
    assert look_at_choices(session, secrets, token).came_by == "campaign"


def test_where_no_letters_go_nothing_is_chosen(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """Neither after a no to all, nor for an address that is closed, nor for somebody who is gone."""
    unsubscribe(session, secrets, token, now=now)
    assert not choose(session, secrets, token, now, "drip", rhythm="monthly")
    suppress_all(session, ana, now)
    assert not choose(session, secrets, token, now, "drip", rhythm="monthly")
    assert standing(session) == ["all", "letters"]
    assert session.get_one(tables.Client, ana, populate_existing=True).rhythm == "weekly"
    session.execute(delete(tables.Client).where(tables.Client.id == ana))
    assert not choose(session, secrets, token, now, "drip")
    assert look_at_choices(session, secrets, token).letters.state == "gone"
    assert [kind for kind, _ in facts(session)] == [EventKind.LETTERS_UNSUBSCRIBED]


def test_a_link_that_is_not_ours(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """Is not found, whichever way it is used."""
    for broken in (token[:-1], "x", links.sign(secrets.keys, Purpose.REPORT, uuid4())):
        with pytest.raises(NotFound):
            look_at_choices(session, secrets, broken)
        with pytest.raises(NotFound):
            choose(session, secrets, broken, now, *ALL)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Choices(frozenset({"drip", "transactional"}), "weekly"), "families"),
        (Choices(frozenset({"drip", "all"}), "weekly"), "families"),
        (Choices(frozenset({"drip"}), "daily"), "rhythm"),
        (Choices(frozenset({"drip"}), ""), "rhythm"),
    ],
)
def test_what_cannot_be_chosen(database: Database, secrets: Secrets, wish: Choices, field: str) -> None:
    """Is refused by its field, and nothing is changed."""
    token = stored(database, secrets)
    with pytest.raises(Refused) as refused:
        save_choices(database, secrets, token, wish)
    assert list(refused.value.errors) == [field]
    with database.transaction() as session:
        assert (standing(session), facts(session)) == ([], [])


def stored(database: Database, secrets: Secrets) -> str:
    """Put a client who agreed, and return the link in a letter to her."""
    with database.transaction() as session:
        at = database_now(session)
        client_id = put_client(session, secrets)
        agree(session, client_id, at - HOUR)
        return signed(secrets, put_letter(session, client_id, at).id)


def test_none_of_them_is_none_at_all(database: Database, secrets: Secrets) -> None:
    """Who leaves out every kind has stopped letters as a whole, and one word brings them back."""
    token = stored(database, secrets)
    assert save_choices(database, secrets, token, Choices(frozenset(), "weekly"))
    with database.transaction() as session:
        assert standing(session) == ["letters"]
        assert facts(session) == [(EventKind.LETTERS_UNSUBSCRIBED, None)]
        assert look_at_choices(session, secrets, token).letters.state == "off"
    assert not save_choices(database, secrets, token, Choices(ALL, "weekly"))


def test_an_impatient_finger(database: Database, secrets: Secrets) -> None:
    """The same form sent many times at once is written down once."""
    token = stored(database, secrets)
    wish = Choices(frozenset({"milestone"}), "monthly")
    together = Barrier(4)

    def press(_: int) -> bool:
        together.wait(PATIENCE_S)
        return save_choices(database, secrets, token, wish)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(press, range(4)))
    with database.transaction() as session:
        assert standing(session) == ["campaign", "drip", "mentoring", "networking"]
        assert facts(session) == [
            (EventKind.LETTERS_UNSUBSCRIBED, ["campaign", "drip", "mentoring", "networking"]),
            (EventKind.CLIENT_CHANGED, ["rhythm"]),
        ]


@pytest.fixture
def underway(session: Session, secrets: Secrets, now: datetime) -> Underway:
    """Ana's plan with a mentor, and a letter of a sequence that is planned."""
    held = put_underway(session, secrets, now)
    held.relationship(session)
    held.milestone(session)
    put_drip(session, held.client_id, put_sequence(session, now), now)
    return held


def planned(session: Session) -> set[str]:
    """Return the families of the letters that stand planned."""
    rows = select(tables.Message.family).where(tables.Message.state == "planned")
    return set(session.scalars(rows)) - {"transactional"}


def work(session: Session, content: Content, now: datetime) -> None:
    """Do what the workers do with every fact that waits."""
    while drain(session, Reactions(content, Allowlist()), now=now):
        pass


def test_what_was_planned_is_called_off(
    session: Session, secrets: Secrets, content: Content, underway: Underway, now: datetime
) -> None:
    """Of the kinds that are stopped, at once; of the others nothing, and the sequence has ended for that."""
    letter = session.scalars(select(tables.Message).where(tables.Message.family == "drip")).one()
    token = signed(secrets, letter.id)
    choose(session, secrets, token, now, *ALL, rhythm="fortnightly")
    work(session, content, now)
    assert planned(session) >= {"drip", "mentoring", "milestone"}
    choose(session, secrets, token, now + HOUR, *without("drip", "mentoring"), rhythm="fortnightly")
    work(session, content, now + HOUR)
    assert planned(session) & {"drip", "mentoring", "milestone"} == {"milestone"}
    way = session.scalars(select(tables.Enrollment).execution_options(populate_existing=True)).one()
    assert (way.state, way.end_reason) == ("ended", "unsubscribed")
    choose(session, secrets, token, now + 2 * HOUR, *ALL, rhythm="fortnightly")
    work(session, content, now + 2 * HOUR)
    assert planned(session) & {"drip", "mentoring", "milestone"} == {"milestone", "mentoring"}
