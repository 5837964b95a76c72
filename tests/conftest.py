"""The real things that tests run on: PostgreSQL, Valkey, the house built on both."""

import secrets as chance
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as examples
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from api import create_app
from cli.embedded import Postgres, Valkey
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.house import House
from coaching.adapters.migrate import upgrade
from coaching.adapters.secrets import Secrets
from coaching.adapters.tables import Base
from coaching.settings import CONTENT, Settings, read_settings
from coaching.usecases.keys import create_key
from tests.chromium import ARGUMENTS, chromium_path

# How long an example takes says more of the machine than of what it shows.
examples.register_profile("house", deadline=None)
examples.load_profile("house")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own with the newest schema, for all tests of this run."""
    server = Postgres.start(
        tmp_path_factory.mktemp("postgres"),
        password=chance.token_hex(16),
        options={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
    )
    try:
        url = "postgresql+psycopg://" + server.url.partition("://")[2]
        upgrade(url)
        yield url
    finally:
        server.discard()


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of our own."""
    server = Valkey.start(tmp_path_factory.mktemp("valkey"), password=chance.token_hex(16))
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def content() -> Content:
    """The content that is shipped."""
    return Content.load(CONTENT)


@pytest.fixture(scope="session")
def settings(postgres_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings as a sandboxed installation has them; limits wide enough not to be met by chance."""
    return read_settings(
        {
            "DATABASE_URL": postgres_url.replace("+psycopg", ""),
            "REDIS_URL": valkey_url,
            "SECRET_KEYS": "a-key-for-tests-that-is-long-enough-0001",
            "HASH_PEPPER": "a-pepper-for-tests-that-is-long-enough-1",
            "WAYPOINT_HOME": str(tmp_path_factory.mktemp("home")),
            "RATE_INTAKE_PER_ADDRESS": "100000/minute",
            "RATE_INTAKE_PER_KEY": "100000/minute",
            "RATE_MANAGE_PER_KEY": "100000/minute",
        }
    )


@pytest.fixture(scope="session")
def secrets(settings: Settings) -> Secrets:
    """The keys that sign links in tests."""
    return Secrets(settings.secret_keys, settings.hash_pepper)


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Europe."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    """Connections for tests that commit nothing."""
    engine = create_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction that is rolled back after the test."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(
            connection, expire_on_commit=False, autoflush=False, join_transaction_mode="create_savepoint"
        ) as one:
            yield one
        outer.rollback()


@pytest.fixture(scope="session")
def shared_database(postgres_url: str) -> Iterator[Database]:
    """A pool whose transactions really commit, for all tests of this run."""
    pool = Database(postgres_url)
    yield pool
    pool.close()


@pytest.fixture
def database(shared_database: Database) -> Iterator[Database]:
    """That pool; every table is emptied after the test."""
    yield shared_database
    empty_tables(shared_database)


def empty_tables(pool: Database) -> None:
    """Delete every row there is, past the triggers that guard them; TRUNCATE takes far longer."""
    names = [table.name for table in Base.metadata.sorted_tables]
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    with pool.transaction() as session:
        found = session.scalars(text(filled)).all()
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for name in found:
            session.execute(text(f"DELETE FROM {name}"))


@pytest.fixture(scope="session")
def built_app(settings: Settings, shared_database: Database, content: Content, secrets: Secrets) -> Flask:
    """The application on the real servers; its bell is silent, so that tests drain by hand."""
    return create_app(settings, House(settings, shared_database, content, secrets))


@pytest.fixture
def app(built_app: Flask, database: Database) -> Flask:
    """The application, over tables that are emptied after the test."""
    assert database is not None
    return built_app


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


@pytest.fixture
def intake_key(database: Database, now: datetime) -> str:
    """A key that may only submit."""
    with database.transaction() as session:
        return create_key(session, scope="intake", now=now)


@pytest.fixture
def manage_key(database: Database, now: datetime) -> str:
    """A key that may do everything."""
    with database.transaction() as session:
        return create_key(session, scope="manage", now=now)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds the project."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of a run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield browser
        browser.close()
