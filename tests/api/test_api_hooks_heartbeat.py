"""Signs of life of the webhook: our own knocks from outside, genuine reports, and gaps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from api.hook_health import PAUSE_S, HookHealth
from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.adapters.knocker import PATH, knock_at
from coaching.domain.knocks import HEADER, knock
from coaching.settings import Settings
from coaching.usecases.heartbeat import last_gap, unbroken
from tests.api.api_calls import count, errors_of
from tests.api.hook_calls import Signer, events, hooked_app, post, send


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The key pair of these tests."""
    return Signer()


@pytest.fixture
def hooked(app: Flask, settings: Settings, signer: Signer) -> FlaskClient:
    """A client of an application that knows the public key."""
    return hooked_app(app, settings, signer).test_client()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


def beats(database: Database) -> list[bool]:
    """Return the beats of the webhook in the order of their times, false for a gap."""
    with database.transaction() as session:
        rows = session.scalars(select(tables.Heartbeat).order_by(tables.Heartbeat.at)).all()
    assert {row.part for row in rows} <= {"webhook"}
    return [row.well for row in rows]


def clock(database: Database) -> datetime:
    """Return the database's time."""
    with database.transaction() as session:
        return database.now(session)


def test_a_knock_is_written_down(address: str, settings: Settings, database: Database) -> None:
    """It came through a real connection; the process had just begun, which is a gap before the first beat."""
    assert knock_at(address, settings.secret_keys, clock(database))
    assert knock_at(address + "/", settings.secret_keys, clock(database))
    assert beats(database) == [False, True, True]
    with database.transaction() as session:
        now = database.now(session)
        gap = last_gap(session, "webhook", before=now)
        assert gap is not None
        assert now - gap < timedelta(minutes=1)
        assert unbroken(session, "webhook", since=now, until=now)


@pytest.mark.parametrize(
    "token",
    ["", "x", "A" * 43, "\u00e9", knock(("a stranger's key",), datetime.now())],  # noqa: DTZ005 - any time does
    ids=["none", "short", "made up", "not ASCII", "with another key"],
)
def test_a_strangers_knock_is_refused(http: FlaskClient, database: Database, token: str) -> None:
    """401, and nothing is written."""
    errors_of(http.post(PATH, headers={HEADER: token}), 401)
    assert count(database, tables.Heartbeat) == 0


def test_an_old_knock_is_refused(http: FlaskClient, settings: Settings, database: Database) -> None:
    """What was overheard is soon of no use."""
    token = knock(settings.secret_keys, clock(database) - timedelta(minutes=2))
    errors_of(http.post(PATH, headers={HEADER: token}), 401)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9",
        "http://",
        "http://nowhere.invalid:0",
        "http://[::1",
        "http://\u00e4\ud800.test",
        "ftp://x.test",
    ],
)
def test_knocking_in_vain_is_no_error(settings: Settings, now: datetime, url: str) -> None:
    """Whatever the address is, the answer is that it does not open."""
    assert not knock_at(url, settings.secret_keys, now)


def test_an_answer_that_is_none_of_ours_is_no_opening(address: str, now: datetime) -> None:
    """A 401, as from a house with other keys, proves nothing."""
    assert not knock_at(address, ("another-key",), now)


def test_genuine_reports_are_signs_of_life_now_and_then(
    hooked: FlaskClient, signer: Signer, database: Database
) -> None:
    """The first of many writes one down, a forged one none."""
    for _ in range(3):
        assert send(hooked, signer, events()).status_code == 204
    assert send(hooked, Signer(), events()).status_code == 401
    assert beats(database) == [False, True]


class Faltering(Database):
    """A database that can be away."""

    away = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session, or fail as a lost connection does."""
        if self.away:
            raise OperationalError("SELECT", {}, Exception("the connection is lost"))
        with super().transaction() as session:
            yield session


@pytest.fixture
def faltering(postgres_url: str) -> Iterator[Faltering]:
    """A pool that can be away."""
    pool = Faltering(postgres_url)
    yield pool
    pool.close()


def test_a_report_that_was_not_taken_is_a_gap(
    app: Flask, settings: Settings, signer: Signer, database: Database, faltering: Faltering
) -> None:
    """A 5xx, and genuine reports that were refused, are written down with the next beat, once."""
    web = hooked_app(app, settings, signer, database=faltering).test_client()
    assert send(web, signer, events()).status_code == 204
    faltering.away = True
    assert send(web, signer, events()).status_code == 503
    faltering.away = False
    for _ in range(2):
        assert send(web, signer, events()).status_code == 204
    assert beats(database) == [False, True] * 2
    assert send(web, signer, b"[").status_code == 400
    assert send(web, signer, events()).status_code == 204
    body = events()
    assert post(web, body, signer.headers(body, 1)).status_code == 401
    assert send(web, signer, events()).status_code == 204
    assert beats(database) == [False, True] * 4


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        """Return the seconds that it shows."""
        return self.at


def written(session: Session, now: datetime) -> list[tuple[bool, float]]:
    """Return every beat as (well, seconds before now)."""
    rows = session.scalars(select(tables.Heartbeat).order_by(tables.Heartbeat.at, tables.Heartbeat.well))
    return [(row.well, (now - row.at).total_seconds()) for row in rows]


def test_a_failure_is_written_with_its_own_time(session: Session, now: datetime) -> None:
    """The beat may come long after it; the newest failure counts."""
    hand = Hand()
    health = HookHealth(hand)
    for _ in range(2):
        hand.at += 30
        health.note_failure()
    hand.at += 40
    health.write(session, now=now)()
    assert written(session, now) == [(False, 40), (True, 0)]


def test_what_was_rolled_back_is_written_again(session: Session, now: datetime) -> None:
    """Only what is committed is forgotten, and a failure meanwhile stays."""
    health = HookHealth(Hand())
    health.write(session, now=now)
    done = health.write(session, now=now)
    health.note_failure()
    done()
    assert [well for well, _ in written(session, now)] == [False, False, True, True]


def test_beats_are_few(session: Session, now: datetime) -> None:
    """One in twenty seconds is enough, but a knock always counts, and a failure is not put off."""
    hand = Hand()
    health = HookHealth(hand)
    health.write(session, now=now)()
    health.write(session, now=now)()
    assert len(written(session, now)) == 2
    health.write(session, now=now, always=True)()
    assert len(written(session, now)) == 3
    hand.at += PAUSE_S
    health.write(session, now=now)()
    assert len(written(session, now)) == 4
    hand.at += 1
    health.note_failure()
    health.write(session, now=now)()
    assert len(written(session, now)) == 6
