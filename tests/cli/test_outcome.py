"""`waypoint sequences outcome`: the table, the words below it, and the same for programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import waypoint
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.settings import VARIABLES, Settings
from tests.support.outcomes import Study

Ask = Callable[..., Result]


@pytest.fixture
def ask(settings: Settings, tmp_path: Path) -> Ask:
    """Ask for the outcome of a sequence, on the database of the tests."""
    env: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
    env |= {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "WAYPOINT_HOME": str(tmp_path),
    }

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(waypoint, ["sequences", "outcome", *words], env=env, catch_exceptions=False)

    return invoke


def test_it_tells_steps_groups_and_how_little_that_says(
    ask: Ask, database: Database, secrets: Secrets
) -> None:
    """Numbers in columns, then plain sentences."""
    with database.transaction() as session:
        study = Study(session, secrets, database.now(session))
        study.publish()
        study.publish(2, days_ago=1)
        way = study.let_in(end_reason="goal")
        study.sent(way)
        study.happened(way)
        study.answered(way, -1, 40.0)
        study.answered(way, 40, 70.0)
        study.letter(study.let_in(actor="key:1"), state="skipped", outcome="budget")
        study.leave_alone(days_ago=80)
    assert ask("networks").output == (
        "networks, all versions together (1, 2)\n"
        "2 let in (1 by hand), 1 left alone, 1 under way\n"
        "ended: goal 1\n"
        "\n"
        "  step  letter         planned  to come  sent  skipped  acted on\n"
        "  see   networks-see         2        0     1        1         0\n"
        "  try   networks-try         0        0     0        0         0\n"
        "  keep  networks-keep        0        0     0        0         0\n"
        "\n"
        "goal: milestone_reached (networks) within 90 days\n"
        "              clients  reached    rate   may lie between  too early\n"
        "  let in            1        1  100.0%  20.7% and 100.0%          0\n"
        "  left alone        0        0       -                 -          1\n"
        "\n"
        "score of networks, before and again\n"
        "              clients  mean change  error  may lie between  likely up  likely down\n"
        "  let in            1        +30.0      -                -          1            0\n"
        "  left alone        0            -      -                -          0            0\n"
        "\n"
        "Nothing can be said yet: 1 let in and 0 left alone are counted, and it takes 30 of each.\n"
        "1 client is not counted yet: their 90 days aren't over.\n"
        "Nothing can be said yet about the score of networks: 1 let in and 0 left alone answered before and "
        "again; it takes 30 of each.\n"
        "Only clients who answered again are among these, and they may differ from the others.\n"
    )


def test_programs_get_what_the_api_answers(ask: Ask, database: Database, secrets: Secrets) -> None:
    """One document, of one version where it is asked for."""
    with database.transaction() as session:
        study = Study(session, secrets, database.now(session))
        study.publish()
        study.let_in()
    found = json.loads(ask("networks", "--json", "--version", "1").output)
    assert (found["version"], found["entered"], found["goal"]["entered"]["counted"]) == (1, 1, 1)
    assert ask("networks", "--version", "1").output.startswith("networks version 1\n1 let in, 0 left alone")


def test_what_is_not_there_is_one_line(ask: Ask, database: Database, secrets: Secrets) -> None:
    """No such sequence, no such version."""
    result = ask("networks")
    assert result.exit_code == 1
    assert "There is no sequence networks." in result.output
    with database.transaction() as session:
        Study(session, secrets, database.now(session)).publish()
    assert "There is no version 7 of the sequence networks." in ask("networks", "--version", "7").output
    assert ask("networks", "--version", "0").exit_code == 2
