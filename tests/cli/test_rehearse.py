"""`waypoint rehearse`: as words, as JSON, as a page; against another sequence and other plan rules."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select

from cli.main import waypoint
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.domain.allowlist import Allowlist
from coaching.settings import CONTENT, VARIABLES, Settings
from coaching.usecases.publish_sequences import publish_first
from coaching.usecases.schedule import schedule_client
from tests.support.plans import PlanRoom

Rehearse = Callable[..., Result]


@pytest.fixture
def rehearse(settings: Settings, tmp_path: Path) -> Rehearse:
    """Run the command on the database of the tests."""
    env: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
    env |= {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "WAYPOINT_HOME": str(tmp_path),
    }

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(waypoint, ["rehearse", *words], env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def client_id(database: Database, secrets: Secrets, content: Content) -> str:
    """A client whose plan was drafted from answers and began to run now."""
    with database.transaction() as session:
        now = database.now(session)
        publish_first(session, content.sequences.values(), now=now)
        room = PlanRoom(session, content, secrets, now)
        client_id = room.running().client_id
        schedule_client(session, client_id, may_write_to=Allowlist(), now=now)
        return str(client_id)


def test_in_words_it_says_days_sums_and_limits(rehearse: Rehearse, client_id: str) -> None:
    """What goes on which day, how letters end, what nobody can foresee; of one client each letter."""
    said = rehearse("--days", "30", "--client", client_id, "--people", "always").output
    assert "1 clients" in said
    assert "Everybody acts on every letter, a day later. Nothing is sent or changed." in said
    assert "not foreseen: Receipts" in said
    assert "  send    week: " in said


def test_as_json_and_as_a_page_it_says_the_same(rehearse: Rehearse, client_id: str, tmp_path: Path) -> None:
    """The document is that of the API; the page has every letter of it."""
    page = tmp_path / "page.html"
    done = rehearse("--days", "30", "--json", "--html", str(page))
    document = json.loads(done.output)
    assert document["totals"]["clients"] == 1
    assert {one["client_id"] for one in document["messages"]} == {client_id}
    assert page.read_text().count("<li><strong>") == len(document["messages"])


def test_a_sequence_is_held_against_the_live_one(rehearse: Rehearse, client_id: str, tmp_path: Path) -> None:
    """As it stands it changes nothing; a later first step does, and says for whom."""
    assert client_id
    file = tmp_path / "horizon.yaml"
    shutil.copy(CONTENT / "sequences" / "horizon.yaml", file)
    words = ("--days", "40", "--sequence", str(file), "--against", "live", "--move")
    assert rehearse(*words).output == "0 letters of 0 clients would be different\n"


def test_plan_rules_are_held_against_those_that_run(
    rehearse: Rehearse, client_id: str, tmp_path: Path
) -> None:
    """As they stand nothing changes; with one focus area less, plans and letters do."""
    file = tmp_path / "job-career.yaml"
    text = (CONTENT / "plans" / "job-career.yaml").read_text()
    file.write_text(text)
    words = ("--days", "60", "--plan-rules", str(file), "--against", "live")
    assert rehearse(*words).output.endswith("0 letters of 0 clients would be different\n")
    file.write_text(
        text.replace("focus_count: 2", "focus_count: 1").replace("focus_count: 3", "focus_count: 1")
    )
    said = rehearse(*words).output
    assert f"{client_id}  plan: " in said
    assert "in the plans of 1 clients would be different" in said
    document = json.loads(rehearse(*words, "--json").output)
    assert {one["change"] for one in document["plan_changes"]} >= {"drop"}
    page = tmp_path / "page.html"
    rehearse(*words, "--html", str(page))
    assert "What would stand otherwise in plans" in page.read_text()


@pytest.mark.usefixtures("client_id")
def test_what_happened_since_a_draft_is_not_the_rules_doing(
    rehearse: Rehearse, database: Database, tmp_path: Path
) -> None:
    """The live rules would add a step by now; the same rules in a file still change nothing."""
    with database.transaction() as session:
        last = select(tables.Milestone.id).order_by(tables.Milestone.position.desc()).limit(1)
        session.execute(delete(tables.Milestone).where(tables.Milestone.id == last.scalar_subquery()))
    file = tmp_path / "job-career.yaml"
    shutil.copy(CONTENT / "plans" / "job-career.yaml", file)
    held = rehearse("--days", "60", "--plan-rules", str(file), "--against", "live").output
    assert held == "0 letters of 0 clients would be different\n"


def test_faults_are_one_line_each(rehearse: Rehearse, tmp_path: Path) -> None:
    """Options that need another, nobody of that id, and files with something wrong in them."""
    assert (
        "--against needs a --sequence FILE or a --plan-rules FILE"
        in rehearse("--days", "3", "--against", "live").output
    )
    nowhere = rehearse("--days", "3", "--html", str(tmp_path / "none" / "page.html"))
    assert (nowhere.exit_code, nowhere.output.count("\n")) == (1, 1)
    assert "page.html: can't be written: No such file or directory" in nowhere.output
    assert "--move says what becomes of a --sequence FILE" in rehearse("--days", "3", "--move").output
    unknown = rehearse("--days", "3", "--client", "01930000-0000-7000-8000-00000000ffff")
    assert (unknown.exit_code, unknown.output) == (1, "There is no client of this id.\n")
    faulty = tmp_path / "other.yaml"
    faulty.write_text("name: other\n")
    assert "other.yaml:" in rehearse("--days", "3", "--sequence", str(faulty)).output
    assert "there is no instrument other" in rehearse("--days", "3", "--plan-rules", str(faulty)).output
    rules = tmp_path / "job-career.yaml"
    rules.write_text("name: job-career\n")
    assert "job-career.yaml:" in rehearse("--days", "3", "--plan-rules", str(rules)).output
