"""Clients as the firm's own programs add and change them."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.domain.local_time import DEFAULT_HOURS, Hours
from coaching.usecases.client_states import load_states
from coaching.usecases.clients import add_client, change_client, list_clients, read_client
from coaching.usecases.coaches import add_coach
from tests.support.ledger import count, put_client, suppress_all

CONSENT = {"email": True, "text_version": "2026-11", "source": "contract"}


@pytest.fixture
def add(session: Session, secrets: Secrets, now: datetime) -> Any:
    """Add Ana with changes."""

    def one(**changes: Any) -> UUID:
        given = {"email": "ana@example.test", "name": "Ana Silva", **changes}
        return add_client(session, secrets, given, default_zone="Europe/Paris", actor="key:test", now=now)

    return one


@pytest.fixture
def change(session: Session, secrets: Secrets, now: datetime) -> Any:
    """Change a client a day later."""

    def one(client_id: UUID, **given: Any) -> None:
        at = now + timedelta(days=1)
        change_client(session, secrets, client_id, given, actor="key:test", now=at)

    return one


def test_a_client_is_added_with_what_goes_along(
    session: Session, secrets: Secrets, add: Any, now: datetime
) -> None:
    """Zone by default, consent, coach, tags and confirmation are all there to be read again."""
    add_coach(session, secrets, email="jo@example.test", name="Jo", admin=False, now=now)
    view = read_client(
        session, add(coach="JO@example.test", tags=["a"], ref="7", confirmed=True, consent=CONSENT)
    )
    assert (view.row.time_zone, view.row.tags, view.row.ref) == ("Europe/Paris", ["a"], "7")
    assert (view.coach, view.row.confirmed_at) == ("jo@example.test", now)
    assert view.consent == {"profiling": None, "email": True}


def test_a_known_address_is_a_conflict_that_names_the_client(session: Session, add: Any) -> None:
    """However it is spelled, and nothing is added."""
    known = add()
    with pytest.raises(Conflict) as conflict:
        add(email="ANA@example.test", name="Somebody")
    assert conflict.value.details == {"client_id": str(known)}
    assert count(session, tables.Client) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ana"}, "email"),
        ({"name": "{{ x }}"}, "name"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"coach": "nobody@example.test"}, "coach"),
    ],
)
def test_faults_name_their_field(
    session: Session, add: Any, change: Any, changes: dict[str, Any], field: str
) -> None:
    """In adding as in changing, and nothing is stored."""
    with pytest.raises(Refused) as refused:
        add(**changes)
    assert list(refused.value.errors) == [field]
    assert count(session, tables.Client) == 0
    client_id = add()
    with pytest.raises(Refused) as refused:
        change(client_id, **changes)
    assert list(refused.value.errors) == [field]


def test_a_ref_belongs_to_one_client(add: Any, change: Any) -> None:
    """A second client can neither be added with it nor take it."""
    add(ref="7")
    with pytest.raises(Refused) as refused:
        add(email="bo@example.test", ref="7")
    assert list(refused.value.errors) == ["ref"]
    bo = add(email="bo@example.test")
    with pytest.raises(Refused) as refused:
        change(bo, ref="7")
    assert list(refused.value.errors) == ["ref"]


def test_only_what_is_given_changes(session: Session, add: Any, change: Any, now: datetime) -> None:
    """The rest stays, and a fact and an audit row say which fields changed, not what they hold."""
    client_id = add(tags=["a"])
    change(client_id, name="Ana Maria", stage="growing")
    row = read_client(session, client_id).row
    assert (row.name, row.stage, row.tags, row.email) == ("Ana Maria", "growing", ["a"], "ana@example.test")
    assert row.updated_at == now + timedelta(days=1)
    session.flush()
    audit = session.scalars(select(tables.Audit).where(tables.Audit.action == "client_changed")).one()
    assert audit.data == {"changed": ["name", "stage"]}


def test_hours_are_kept_and_named_among_what_changed(
    session: Session, secrets: Secrets, add: Any, change: Any, now: datetime
) -> None:
    """The engine reads the hours that were given, and a fact says that they changed."""
    mornings = Hours(frozenset({6, 7}), time(6), time(9, 45))
    client_id = add(hours=mornings)
    assert load_states(session, [client_id], may_write_to=Allowlist(), now=now)[client_id].hours == mornings
    change(client_id, hours=DEFAULT_HOURS)
    assert read_client(session, client_id).row.hours == DEFAULT_HOURS.code
    fact = session.scalars(select(tables.Event).where(tables.Event.kind == "client_changed")).one()
    assert fact.data == {"changed": ["hours"]}


def test_a_new_address_has_to_be_confirmed_anew(session: Session, add: Any, change: Any) -> None:
    """Another spelling of the same mailbox does not; a known address is a conflict."""
    ana, bo = add(confirmed=True), add(email="bo@example.test")
    change(ana, email="Ana@example.test")
    assert read_client(session, ana).row.confirmed_at is not None
    change(ana, email="ana@new.example.test")
    assert read_client(session, ana).row.confirmed_at is None
    change(ana, email="ana@newer.example.test", confirmed=True)
    assert read_client(session, ana).row.confirmed_at is not None
    with pytest.raises(Conflict) as conflict:
        change(ana, email="BO@example.test")
    assert conflict.value.details == {"client_id": str(bo)}


def test_who_is_not_there_is_not_found(session: Session, change: Any) -> None:
    """Reading and changing say so."""
    with pytest.raises(NotFound):
        read_client(session, uuid4())
    with pytest.raises(NotFound):
        change(uuid4(), name="Ana")


def test_pages_of_clients_hold_everybody_once(session: Session, add: Any) -> None:
    """Following the cursor to the end gives every client, in one order; filters find one."""
    ids = [add(email=f"client{n}@example.test", ref=str(n)) for n in range(5)]
    seen: list[UUID] = []
    after = None
    while True:
        page, after = list_clients(session, after=after, limit=2)
        seen += [one.row.id for one in page]
        if after is None:
            break
    assert seen == sorted(ids)
    assert [one.row.id for one in list_clients(session, email="CLIENT3@example.test")[0]] == [ids[3]]
    assert [one.row.id for one in list_clients(session, ref="4")[0]] == [ids[4]]


def test_a_new_address_keeps_the_clients_own_no(session: Session, secrets: Secrets, now: datetime) -> None:
    """Who unsubscribed stays so under a new address, whatever a program says; a bounce stays behind."""
    client = put_client(session, secrets)
    suppress_all(session, client, now, scope="letters")
    suppress_all(session, client, now)
    given = {"email": "anna@example.test", "consent": {"email": True, "text_version": "1", "source": "firm"}}
    change_client(session, secrets, client, given, actor="key:1", now=now)
    state = load_states(session, [client], may_write_to=Allowlist(), now=now)[client]
    assert state.suppressed == {"letters"}
