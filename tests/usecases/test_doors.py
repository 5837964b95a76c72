"""Who may come in and what is kept of it: keys, coaches' links, repeated requests."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.errors import Conflict, NotFound, Refused
from coaching.usecases.coaches import add_coach, coach_name, look_at_sign_in, sign_in
from coaching.usecases.idempotency import KEPT, KeptAnswer, begin, finish, forget_old
from coaching.usecases.keys import create_key, find_key, list_keys, origin_is_known, revoke_key
from tests.support.ledger import count

ORIGIN = "https://www.firm.example.test"
ANSWER = KeptAnswer(202, {"id": "1"})


def test_a_key_opens_and_only_its_hash_is_kept(session: Session, now: datetime) -> None:
    """A key is found by its whole text; nothing stored contains its secret part."""
    key = create_key(session, scope="intake", origins=(ORIGIN,), now=now)
    known = find_key(session, key)
    assert known is not None
    assert (known.scope, known.origins) == ("intake", (ORIGIN,))
    (row,) = list_keys(session)
    assert key[12:].encode() not in row.hash
    assert key.startswith(row.prefix)
    assert len(row.prefix) < len(key) - 40


@pytest.mark.parametrize("spell", ["", "wp_", "{}x", " {}", "{}\n"])
def test_other_texts_are_no_key(session: Session, now: datetime, spell: str) -> None:
    """Neither a longer nor a shorter text opens."""
    assert find_key(session, spell.format(create_key(session, scope="manage", now=now))) is None


def test_the_right_prefix_is_not_enough(session: Session, now: datetime) -> None:
    """A key with another secret behind a known prefix opens nothing."""
    key = create_key(session, scope="manage", now=now)
    other = "A" if key[-1] != "A" else "B"
    assert find_key(session, key[:-1] + other) is None


def test_a_revoked_key_is_ended_at_once(session: Session, now: datetime) -> None:
    """It opens nothing, its origin is forgotten, and revoking again keeps the first time."""
    key = create_key(session, scope="intake", origins=(ORIGIN,), now=now)
    assert origin_is_known(session, ORIGIN)
    revoke_key(session, key[:11], now=now)
    revoke_key(session, key[:11], now=now + timedelta(days=1))
    assert find_key(session, key) is None
    assert not origin_is_known(session, ORIGIN)
    assert list_keys(session)[0].revoked_at == now
    with pytest.raises(NotFound):
        revoke_key(session, "wp_00000000", now=now)


@pytest.mark.parametrize("origin", ["", "firm.example.test", "https://a.test/path", "*", "null"])
def test_what_is_no_origin_is_refused(session: Session, now: datetime, origin: str) -> None:
    """A key is made with whole origins or not at all."""
    with pytest.raises(Refused):
        create_key(session, scope="intake", origins=(origin,), now=now)
    assert list_keys(session) == []


def coach(session: Session, secrets: Secrets, now: datetime, **changes: object) -> str:
    """Add Jo and return the sign-in token."""
    given = {"email": "jo@example.test", "name": "Jo", "admin": False} | changes
    return add_coach(session, secrets, **given, now=now)  # type: ignore[arg-type]


def test_a_coach_signs_in_once(session: Session, secrets: Secrets, now: datetime) -> None:
    """Looking does not use the link up; using it does."""
    token = coach(session, secrets, now)
    assert look_at_sign_in(session, secrets, token, now=now) == "Jo"
    coach_id = sign_in(session, secrets, token, now=now)
    assert coach_name(session, coach_id) == "Jo"
    with pytest.raises(NotFound):
        sign_in(session, secrets, token, now=now)
    session.expire_all()
    with pytest.raises(NotFound):
        look_at_sign_in(session, secrets, token, now=now)


def test_two_browsers_with_one_link(database: Database, secrets: Secrets, now: datetime) -> None:
    """A link read by two at the same time lets in the first only."""
    with database.transaction() as session:
        token = coach(session, secrets, now)
    with database.transaction() as late:
        assert look_at_sign_in(late, secrets, token, now=now) == "Jo"
        with database.transaction() as early:
            sign_in(early, secrets, token, now=now)
        with pytest.raises(NotFound):
            sign_in(late, secrets, token, now=now)


def test_a_sign_in_link_lasts_a_day(session: Session, secrets: Secrets, now: datetime) -> None:
    """After 24 hours it opens nothing."""
    token = coach(session, secrets, now)
    with pytest.raises(NotFound):
        sign_in(session, secrets, token, now=now + timedelta(hours=24))


def test_adding_a_coach_again_changes_name_and_right(
    session: Session, secrets: Secrets, now: datetime
) -> None:
    """The same address is the same coach, with a new link."""
    first = sign_in(session, secrets, coach(session, secrets, now), now=now)
    token = coach(session, secrets, now, email="JO@example.test", name="Jo Lind", admin=True)
    assert sign_in(session, secrets, token, now=now) == first
    row = session.get_one(tables.Coach, first, populate_existing=True)
    assert (row.name, row.admin) == ("Jo Lind", True)
    assert count(session, tables.Coach) == 1


@pytest.mark.parametrize(
    ("changes", "field"), [({"email": "jo"}, "email"), ({"name": " "}, "name"), ({"name": "a\nb"}, "name")]
)
def test_a_faulty_coach_is_refused(
    session: Session, secrets: Secrets, now: datetime, changes: dict[str, str], field: str
) -> None:
    """The field is named, and nobody is added."""
    with pytest.raises(Refused) as refused:
        coach(session, secrets, now, **changes)
    assert list(refused.value.errors) == [field]
    assert count(session, tables.Coach) == 0


@pytest.fixture
def key_id(database: Database, now: datetime) -> UUID:
    """The id of a key."""
    with database.transaction() as session:
        create_key(session, scope="manage", now=now)
        return session.scalars(select(tables.ApiKey.id)).one()


def test_the_same_request_gets_the_same_answer(database: Database, key_id: UUID, now: datetime) -> None:
    """First it is done, then its answer is repeated; after a day the key is free."""
    with database.transaction() as session:
        assert begin(session, key_id, "k", b"body", now=now) is None
        finish(session, key_id, "k", ANSWER)
    with database.transaction() as session:
        assert begin(session, key_id, "k", b"body", now=now + KEPT) == ANSWER
        assert begin(session, key_id, "other", b"body", now=now) is None
    with database.transaction() as session:
        assert begin(session, key_id, "k", b"body", now=now + KEPT + timedelta(seconds=1)) is None


def test_the_same_key_with_another_body_is_refused(database: Database, key_id: UUID, now: datetime) -> None:
    """A key stands for one request."""
    with database.transaction() as session:
        begin(session, key_id, "k", b"body", now=now)
        finish(session, key_id, "k", ANSWER)
    with database.transaction() as session, pytest.raises(Refused) as refused:
        begin(session, key_id, "k", b"another", now=now)
    assert list(refused.value.errors) == ["Idempotency-Key"]


def test_a_request_under_way_is_told_so_at_once(database: Database, key_id: UUID, now: datetime) -> None:
    """A second connection does not wait for the first; once that fails, the key is free again."""
    with database.transaction() as one:
        assert begin(one, key_id, "k", b"body", now=now) is None
        with database.transaction() as other, pytest.raises(Conflict):
            begin(other, key_id, "k", b"body", now=now)
        one.rollback()
    with database.transaction() as session:
        assert begin(session, key_id, "k", b"body", now=now) is None


def test_old_answers_are_forgotten(database: Database, key_id: UUID, now: datetime) -> None:
    """What is older than a day goes, the rest stays."""
    with database.transaction() as session:
        begin(session, key_id, "old", b"body", now=now - KEPT - timedelta(seconds=1))
        begin(session, key_id, "new", b"body", now=now)
    with database.transaction() as session:
        forget_old(session, now=now)
        assert session.scalars(select(tables.Idempotency.key)).all() == ["new"]
