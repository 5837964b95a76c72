"""`waypoint audience`: how many there are, and what is wrong with a file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import waypoint
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.settings import VARIABLES, Settings
from tests.support.ledger import put_client

Count = Callable[[str], Result]


@pytest.fixture
def count(settings: Settings, tmp_path: Path) -> Count:
    """Count the filter that stands in a file, on the database of the tests."""
    env: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
    env |= {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "WAYPOINT_HOME": str(tmp_path),
    }

    def invoke(text: str) -> Result:
        file = tmp_path / "people.yaml"
        file.write_text(text, encoding="utf-8")
        words = ["audience", "count", str(file)]
        return CliRunner().invoke(waypoint, words, env=env, catch_exceptions=False)

    return invoke


def test_it_says_how_many_and_who_is_first(
    count: Count, database: Database, secrets: Secrets, now: datetime
) -> None:
    """The number, the first five with stage and name, and how many more there are."""
    with database.transaction() as session:
        ids = [put_client(session, secrets, f"c{n}@example.test", stage="growing") for n in range(7)]
        put_client(session, secrets, "other@example.test")
    lines = count("field: stage\nis: growing\n").output.splitlines()
    assert lines[0] == "7 clients"
    assert lines[1] == f"  {ids[0]}  growing     Ana Silva"
    assert len(lines) == 7
    assert lines[-1] == "  and 2 more"
    assert count('{"field": "stage", "is": null}').output.splitlines()[0] == "1 client"


def test_a_fault_is_named_with_its_line(count: Count) -> None:
    """Every one of them, as in the files of sequences."""
    result = count(
        "all:\n  - {field: stage, is: king}\n  - field: shoe\n    is: 44\n  - {field: focus, has: luck}\n"
    )
    assert result.exit_code == 1
    said = [line.partition("people.yaml:")[2] for line in result.output.splitlines()]
    assert said[0].startswith("2: stage has one of starting")
    assert said[1].startswith("3: there is no field 'shoe'")
    result = count("field: focus\nhas: luck\n")
    assert "people.yaml:2: there is no dimension luck" in result.output


def test_a_file_that_is_none_is_one_line(count: Count) -> None:
    """An empty file, and one that is no YAML."""
    assert "people.yaml:1: the file is empty" in count("").output
    assert count("{field: [").exit_code == 1


def test_a_file_that_is_nested_too_deeply_is_one_line(count: Count) -> None:
    """It is refused with its name, however it is written."""
    deep = count("{not: " * 3000 + "{all: []}" + "}" * 3000)
    assert (deep.exit_code, deep.output.count("\n")) == (1, 1)
    assert "people.yaml:1: this is nested too deeply" in deep.output
    assert "people.yaml:2: groups stand in each other" in count("&all\nnot: *all\n").output
