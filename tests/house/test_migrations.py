"""The migrations make exactly the tables that the code knows, however often and by whomever they are run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text

from coaching.adapters.migrate import alembic_config, upgrade
from coaching.adapters.tables import Base


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"empty_{uuid4().hex}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def table_names(url: str) -> set[str]:
    """Return the tables that are there, without Alembic's own."""
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return names


def test_tables_and_migrations_agree(postgres_url: str) -> None:
    """`alembic check` finds nothing that a migration would have to add."""
    command.check(alembic_config(postgres_url))


def test_an_empty_database_comes_to_head_twice(empty_url: str) -> None:
    """The first run makes every table; the second changes nothing."""
    upgrade(empty_url)
    assert table_names(empty_url) == set(Base.metadata.tables)
    upgrade(empty_url)
    assert table_names(empty_url) == set(Base.metadata.tables)


def test_two_machines_may_migrate_at_once(empty_url: str) -> None:
    """The second waits for the first, and both end well."""
    with ThreadPoolExecutor(2) as machines:
        for done in [machines.submit(upgrade, empty_url) for _ in range(2)]:
            done.result()
    assert table_names(empty_url) == set(Base.metadata.tables)


def test_what_hangs_on_a_row_is_found_by_an_index(postgres_url: str) -> None:
    """Deleting a row looks for all that refers to it: an index of whole columns, or of all that refer."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        bare = connection.scalars(text(_WITHOUT_INDEX)).all()
    engine.dispose()
    assert bare == []


_WITHOUT_INDEX = """
SELECT hangs.conname
FROM pg_constraint hangs
JOIN pg_attribute refers ON refers.attrelid = hangs.conrelid AND refers.attnum = hangs.conkey[1]
WHERE hangs.contype = 'f' AND hangs.confdeltype <> 'a'
  AND NOT EXISTS (
    SELECT FROM pg_index found
    WHERE found.indrelid = hangs.conrelid AND found.indkey[0] = hangs.conkey[1]
      AND (found.indpred IS NULL
           OR pg_get_expr(found.indpred, found.indrelid) = '(' || refers.attname || ' IS NOT NULL)'))
ORDER BY hangs.conname
"""


def test_there_is_one_newest_migration(postgres_url: str) -> None:
    """Migrations form one line, so that head means one thing."""
    assert len(ScriptDirectory.from_config(alembic_config(postgres_url)).get_heads()) == 1
