"""Stopping letters: only who stopped them takes it back, and the history says so."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.events import EventKind
from coaching.domain.links import Purpose
from coaching.usecases.clients import change_client, read_client
from coaching.usecases.unsubscribe import (
    TEXT_VERSION,
    UnsubscribeView,
    look_at_unsubscribe,
    resume_letters,
    unsubscribe,
)
from tests.support.ledger import agree, count, put_client, put_letter, suppress_all

HOUR = timedelta(hours=1)
PATIENCE_S = 30.0


@pytest.fixture
def ana(session: Session, secrets: Secrets, now: datetime) -> UUID:
    """A client who agreed to letters."""
    client_id = put_client(session, secrets)
    agree(session, client_id, now - HOUR)
    return client_id


@pytest.fixture
def token(session: Session, secrets: Secrets, ana: UUID, now: datetime) -> str:
    """The link in a letter to her."""
    return signed(secrets, put_letter(session, ana, now).id)


def signed(secrets: Secrets, message_id: UUID) -> str:
    """Return the link that stands in a letter."""
    return links.sign(secrets.keys, Purpose.UNSUBSCRIBE, message_id)


def words(session: Session) -> list[tuple[bool, str, str]]:
    """Return what was said about letters, oldest first."""
    rows = session.execute(
        select(tables.Consent.granted, tables.Consent.source, tables.Consent.text_version).order_by(
            tables.Consent.at, tables.Consent.id
        )
    )
    return [(granted, source, text_version) for granted, source, text_version in rows]


def facts(session: Session) -> list[str]:
    """Return the kinds of facts that stopping and resuming record."""
    kinds = session.scalars(select(tables.Event.kind).order_by(tables.Event.id)).all()
    return [kind for kind in kinds if kind.startswith("letters_")]


def standing(session: Session) -> list[str]:
    """Return the scopes of the suppressions that stand."""
    return sorted(
        session.scalars(select(tables.Suppression.scope).where(tables.Suppression.lifted_at.is_(None)))
    )


def test_the_history_tells_each_word_once(
    session: Session, secrets: Secrets, token: str, now: datetime
) -> None:
    """Yes, no, yes again: each with the text that was read; a look or a repeat adds nothing."""
    assert look_at_unsubscribe(session, secrets, token).state == "on"
    for hour in (1, 2):
        assert unsubscribe(session, secrets, token, now=now + hour * HOUR).state == "off"
    for hour in (3, 4):
        assert resume_letters(session, secrets, token, now=now + hour * HOUR).state == "on"
    assert words(session) == [
        (True, "test", "2026-11"),
        (False, "page", TEXT_VERSION),
        (True, "page", TEXT_VERSION),
    ]
    assert facts(session) == [EventKind.LETTERS_UNSUBSCRIBED, EventKind.LETTERS_RESUMED]
    assert standing(session) == []
    lifted = session.scalars(select(tables.Suppression)).one()
    assert (lifted.at, lifted.lifted_at) == (now + HOUR, now + 3 * HOUR)


def test_a_stop_can_be_repeated_after_a_return(
    session: Session, secrets: Secrets, token: str, now: datetime
) -> None:
    """Off, on, off: the last word holds."""
    unsubscribe(session, secrets, token, now=now)
    resume_letters(session, secrets, token, now=now + HOUR)
    assert unsubscribe(session, secrets, token, now=now + 2 * HOUR).state == "off"
    assert standing(session) == ["letters"]
    assert count(session, tables.Suppression) == 2


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_an_address_that_is_left_alone_stays_so(  # noqa: PLR0917 - fixtures
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime, reason: str
) -> None:
    """No wish lifts what a bounce or a complaint has closed, and the page can say which it was."""
    suppress_all(session, ana, now)
    session.execute(update(tables.Suppression).values(reason=reason))
    barred = UnsubscribeView("barred", reason)
    assert look_at_unsubscribe(session, secrets, token) == barred
    assert resume_letters(session, secrets, token, now=now) == barred
    assert standing(session) == ["all"]
    assert unsubscribe(session, secrets, token, now=now) == barred
    assert resume_letters(session, secrets, token, now=now) == barred
    assert standing(session) == ["all", "letters"]
    assert facts(session) == [EventKind.LETTERS_UNSUBSCRIBED]


def test_a_family_that_was_refused_stays_refused(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """Letters in general come again; a narrower no of before stands."""
    suppress_all(session, ana, now, scope="campaign")
    unsubscribe(session, secrets, token, now=now)
    assert resume_letters(session, secrets, token, now=now).state == "on"
    assert standing(session) == ["campaign"]


def test_a_client_who_is_gone(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """Their old letters' links say so, and write nothing."""
    session.execute(delete(tables.Client).where(tables.Client.id == ana))
    for unknown in (token, signed(secrets, uuid4())):
        for view in (
            look_at_unsubscribe(session, secrets, unknown),
            unsubscribe(session, secrets, unknown, now=now),
            resume_letters(session, secrets, unknown, now=now),
        ):
            assert view == UnsubscribeView("gone")
    assert count(session, tables.Suppression) == 0
    assert facts(session) == []


def test_a_link_that_is_not_ours(session: Session, secrets: Secrets, token: str, now: datetime) -> None:
    """Is not found, whichever way it is used."""
    for broken in (token[:-1], "x", links.sign(secrets.keys, Purpose.REPORT, uuid4())):
        with pytest.raises(NotFound):
            look_at_unsubscribe(session, secrets, broken)
        with pytest.raises(NotFound):
            unsubscribe(session, secrets, broken, now=now)
        with pytest.raises(NotFound):
            resume_letters(session, secrets, broken, now=now)


def test_the_firm_cannot_take_it_back(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """A consent that the firm asserts afterwards lifts nothing, and the client's next no is kept, too."""
    unsubscribe(session, secrets, token, now=now)
    consent = {"consent": {"email": True, "text_version": "2026-11", "source": "firm"}}
    change_client(session, secrets, ana, consent, actor="key:1", now=now + HOUR)
    assert look_at_unsubscribe(session, secrets, token).state == "off"
    assert read_client(session, ana).consent["email"] is True
    unsubscribe(session, secrets, token, now=now + 2 * HOUR)
    assert read_client(session, ana).consent["email"] is False
    assert standing(session) == ["letters"]


def test_the_no_goes_with_the_client(
    session: Session, secrets: Secrets, ana: UUID, token: str, now: datetime
) -> None:
    """At another address no suppression stands, but there is no consent, either."""
    unsubscribe(session, secrets, token, now=now)
    moved = {"email": "ana@elsewhere.example.test", "confirmed": True}
    change_client(session, secrets, ana, moved, actor="key:1", now=now + HOUR)
    assert read_client(session, ana).consent["email"] is False
