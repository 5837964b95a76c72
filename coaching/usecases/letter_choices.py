"""Lets clients say which kinds of letters come and how often, in place of none at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.clients import RHYTHMS
from coaching.domain.errors import Refused
from coaching.domain.events import EventKind
from coaching.domain.ledger import FAMILIES, TRANSACTIONAL
from coaching.usecases.acts import note_act
from coaching.usecases.clients import change_client
from coaching.usecases.facts import record
from coaching.usecases.suppressions import Closed, close_fence, suppress_many
from coaching.usecases.unsubscribe import (
    PATIENCE,
    TEXT_VERSION,
    UnsubscribeView,
    last_word,
    letter_of,
    look_at_unsubscribe,
    reader_of,
    say,
    stop_letters,
    view_of,
    wait_for_those_leaving,
)

CHOOSABLE = tuple(family for family in FAMILIES if family != TRANSACTIONAL)
_ACTOR = "client"


@dataclass(frozen=True)
class Choices:
    """The families of letters that may come, and how often the week does."""

    families: frozenset[str]
    rhythm: str


@dataclass(frozen=True)
class ChoicesView:
    """How it stands. `standing`: only where letters are on. `came_by`: the family of the link's own letter.

    `is_confirmed`: until then nothing comes but what is asked for, whatever is chosen.
    """

    letters: UnsubscribeView
    standing: Choices | None = None
    came_by: str | None = None
    is_agreed: bool = True
    is_confirmed: bool = True


def look_at_choices(session: Session, secrets: Secrets, token: str) -> ChoicesView:
    """Say which letters come; changes nothing. Raises NotFound for a link that isn't ours."""
    client = reader_of(session, secrets, token)
    letters = view_of(session, client)
    if client is None or letters.state != "on":
        return ChoicesView(letters)
    agreed = last_word(session, client) is True
    families = frozenset(CHOOSABLE) - _refused(session, client) if agreed else frozenset()
    return ChoicesView(
        letters,
        Choices(families, client.rhythm),
        session.scalar(select(tables.Message.family).where(tables.Message.id == letter_of(secrets, token))),
        is_agreed=agreed,
        is_confirmed=client.confirmed_at is not None,
    )


def save_choices(
    database: Database, secrets: Secrets, token: str, wish: Choices, *, patience: timedelta = PATIENCE
) -> bool:
    """Make it as the client wishes; False, and nothing changed, where no letters go to them at all.

    To wish for none stops letters as a whole. Manages its own transactions: what stops is safe first, behind
    the fence, where nothing may wait for workers that hold the client; then the rest; and like `stop_letters`
    it returns once none that was stopped is just leaving. Raises NotFound; Refused by field.
    """
    _check(wish)
    with database.transaction() as session:
        if look_at_unsubscribe(session, secrets, token).state != "on":
            return False
    if not wish.families:
        return stop_letters(database, secrets, token, patience=patience).state == "off"
    with database.transaction() as session:
        stopped = stop_families(session, secrets, token, wish, now=database.now(session))
    with database.transaction() as session:
        saved = let_in(session, secrets, token, wish, now=database.now(session))
    if stopped:
        wait_for_those_leaving(database, secrets, token, patience=patience)
    return saved


def stop_families(
    session: Session, secrets: Secrets, token: str, wish: Choices, *, now: datetime
) -> frozenset[str]:
    """Stop the families that aren't wished for, at once; return those that did come before."""
    close_fence(session)
    client = reader_of(session, secrets, token, hold=True)
    if client is None or view_of(session, client).state != "on":
        return frozenset()
    unwanted = [Closed(client.address_hash, one, "unsubscribed") for one in {*CHOOSABLE} - wish.families]
    stopped = frozenset(one.scope for one in suppress_many(session, unwanted, source="link", now=now))
    if stopped:
        _tell(session, EventKind.LETTERS_UNSUBSCRIBED, client, stopped, now)
    return stopped


def let_in(session: Session, secrets: Secrets, token: str, wish: Choices, *, now: datetime) -> bool:
    """Let the families that are wished for come, at that rhythm; False where no letters go to the client.

    Whoever chooses is there: letters that rested since they were silent come again.
    """
    reader = reader_of(session, secrets, token)
    # At once as strong as anything below needs it: two who share a weaker lock could not both go on.
    client = reader and session.get(tables.Client, reader.id, with_for_update=True, populate_existing=True)
    if client is None or view_of(session, client).state != "on":
        return False
    rested = client.quiet_on is not None
    note_act(session, client.id, now=now)
    resumed = _lift(session, client, wish.families, now)
    if say(session, client, granted=True, now=now) or rested:
        resumed = wish.families
    if resumed:
        _tell(session, EventKind.LETTERS_RESUMED, client, resumed, now)
    if wish.rhythm != client.rhythm:
        change_client(session, secrets, client.id, {"rhythm": wish.rhythm}, actor=_ACTOR, now=now)
    return True


def _check(wish: Choices) -> None:
    wrong: dict[str, list[str]] = {}
    if not wish.families <= set(CHOOSABLE):
        wrong["families"] = ["Choose among the kinds of letters that stand here."]
    if wish.rhythm not in RHYTHMS:
        wrong["rhythm"] = ["Choose how often you would like to hear from us."]
    if wrong:
        raise Refused(wrong)


def _refused(session: Session, client: tables.Client) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(tables.Suppression.scope).where(
                tables.Suppression.address_hash == client.address_hash,
                tables.Suppression.lifted_at.is_(None),
            )
        )
    )


def _lift(session: Session, client: tables.Client, families: frozenset[str], now: datetime) -> frozenset[str]:
    return frozenset(
        session.scalars(
            update(tables.Suppression)
            .where(
                tables.Suppression.address_hash == client.address_hash,
                tables.Suppression.scope.in_(sorted(families)),
                tables.Suppression.lifted_at.is_(None),
            )
            .values(lifted_at=now)
            .returning(tables.Suppression.scope)
            .execution_options(synchronize_session=False)
        )
    )


def _tell(
    session: Session, kind: EventKind, client: tables.Client, families: frozenset[str], now: datetime
) -> None:
    """Write the word down with the text that it answered; the consents hold only letters as a whole."""
    said = {"families": sorted(families), "text_version": TEXT_VERSION}
    record(session, kind, client.id, client_id=client.id, now=now, **said)
