"""`waypoint sequences`: what there is, what is wrong in a file, and how a new version goes live."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cli.main import waypoint
from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.secrets import Secrets
from coaching.settings import CONTENT, VARIABLES, Settings
from coaching.usecases.publish_sequences import publish_first
from tests.support.drips import put_drip, put_enrollment
from tests.support.ledger import put_client

Ask = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the firm's content to change; return the folder of its sequences."""
    content = Path(copytree(CONTENT, tmp_path / "content"))
    monkeypatch.setattr("cli.sequences.CONTENT", content)
    return content / "sequences"


@pytest.fixture
def ask(settings: Settings, tmp_path: Path, folder: Path) -> Ask:
    """Run a command on the database of the tests."""
    assert folder.is_dir()
    env: dict[str, str | None] = {variable.name: None for variable in VARIABLES.values()}
    env |= {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "HASH_PEPPER": settings.hash_pepper,
        "WAYPOINT_HOME": str(tmp_path),
    }

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(waypoint, ["sequences", *words], env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def live(database: Database, content: Content) -> None:
    """The firm's sequences as the first start publishes them."""
    with database.transaction() as session:
        publish_first(session, content.sequences.values(), now=database.now(session))


def change(path: Path, old: str, new: str) -> None:
    """Change a file in one place."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def next_version(folder: Path) -> None:
    """Give the sequence on networks its next version, with another hour."""
    change(folder / "networks.yaml", "version: 1", "version: 2")
    change(folder / "networks.yaml", 'at: "09:00"', 'at: "10:00"')


def put_walkers(database: Database, secrets: Secrets, number: int) -> list[UUID]:
    """Let so many clients into the sequence on networks, before its first letter."""
    with database.transaction() as session:
        now = database.now(session)
        one = session.get_one(tables.SequenceVersion, ("networks", 1))
        people = []
        for n in range(number):
            who = put_client(session, secrets, f"c{n}@example.test", name=f"Client {n}")
            put_enrollment(session, who, one, now)
            put_drip(session, who, one, now)
            people.append(who)
        return people


def versions(database: Database) -> list[int]:
    """Return the published versions of the sequence on networks."""
    with database.transaction() as session:
        row = tables.SequenceVersion
        return sorted(session.scalars(select(row.version).where(row.name == "networks")))


def test_nothing_published_says_what_to_do(ask: Ask, database: Database) -> None:
    """One line, with the command."""
    assert ask().output == "no sequence is published yet: waypoint sequences publish\n"


@pytest.mark.usefixtures("live")
def test_they_are_listed(ask: Ask, database: Database, secrets: Secrets) -> None:
    """One line each: version, whether it lets in, its rank and how many are under way."""
    put_walkers(database, secrets, 2)
    assert ask("retire", "welcome").output == (
        "welcome lets nobody in any more; 0 clients on their way go on\n"
    )
    lines = {line.split()[0]: line.rstrip() for line in ask().output.splitlines()}
    assert list(lines) == sorted(Content.load(CONTENT).sequences)
    assert lines["networks"] == "networks       version 1   live     rank 5  2 under way, 0 ended"
    assert lines["welcome"] == "welcome        version 1   retired  rank 2  0 under way, 0 ended"


def test_what_is_without_a_fault_says_so(ask: Ask, folder: Path) -> None:
    """All of them, or the files that are named, wherever they are; no database is asked."""
    assert ask("check").output == "11 sequences without a fault\n"
    one = folder.parent.parent / "networks.yaml"
    (folder / "networks.yaml").rename(one)
    assert ask("check", str(one)).output == "1 sequence without a fault\n"


FAULTS = {
    ("rank: 5", "rank: 5\nrank: 6"): (1, 'found duplicate key "rank"'),
    ("rank: 5", "rank: [5"): (1, "expected ',' or ']'"),
    ("rank: 5", "rnak: 5"): (0, "unknown key 'rnak'"),
    ("letter: networks-try", "letter: networks-tri"): (0, "there is no letter networks-tri"),
    ("field: next_focus", "field: next_fucos"): (0, "there is no field 'next_fucos'"),
    ("is: networks", "is: networking"): (0, "there is no dimension networking"),
    ("days: 14", "days: soon"): (0, "days must be a whole number from 1 to 366, not 'soon'"),
}


@pytest.mark.long
@pytest.mark.parametrize("what", FAULTS, ids=[new for _, new in FAULTS])
def test_each_fault_is_a_line_with_its_place(ask: Ask, folder: Path, what: tuple[str, str]) -> None:
    """File, line and what is known there; check and publish say the same, and nothing is published."""
    path, (further, said) = folder / "networks.yaml", FAULTS[what]
    line = path.read_text(encoding="utf-8").partition(what[0])[0].count("\n") + 1 + further
    change(path, *what)
    for words in (("check",), ("check", str(path)), ("publish", "--yes")):
        result = ask(*words)
        assert result.exit_code == 1
        assert f"{path}:{line}: " in result.output, result.output
        assert said in result.output


def test_faults_of_several_files_come_together(ask: Ask, folder: Path) -> None:
    """In the order of files and lines."""
    paths = [folder / "commitment.yaml", folder / "welcome.yaml"]
    for path in paths:
        change(path, "reentry:", "re-entry:")
        change(path, "title:", "titel:")
    result = ask("check", *map(str, paths))
    places = [line.partition(":")[0] for line in result.output.splitlines()]
    assert places == sorted(places)
    assert set(places) == set(map(str, paths))


def test_the_first_publication(ask: Ask, database: Database) -> None:
    """It says what it would do, does nothing, and does it once it is told to."""
    said = ask("publish", "networks").output
    assert said == "networks version 1: to publish, the first\nnothing was changed; with --yes it is done\n"
    assert versions(database) == []
    assert ask("publish", "networks", "--yes").output == "networks version 1: published, the first\n"
    assert versions(database) == [1]
    again = (
        "nothing to publish: content/sequences holds no version that is new; a retired one stays retired\n"
    )
    assert ask("publish", "networks", "--yes").output == again
    assert ask("publish", "--yes").output.count("published, the first") == 10


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("move", [False, True])
def test_it_says_who_is_affected_before_it_does_anything(
    ask: Ask, database: Database, secrets: Secrets, folder: Path, move: bool
) -> None:
    """How many, before which step, and the first ten by name; then they stay, or go on in the new one."""
    people = put_walkers(database, secrets, 12)
    next_version(folder)
    option = ["--move"] if move else []
    lines = ask("publish", *option).output.splitlines()
    way = (
        "go on in it once the letter that is planned has gone"
        if move
        else "stay with the version they started on"
    )
    assert lines[:3] == [
        "networks version 2: to publish, after version 1",
        f"  12 clients under way {way}",
        "    before see: 12",
    ]
    assert set(lines[3:13]) <= {
        f"    {who}  version 1, before see  Client {number}" for number, who in enumerate(people)
    }
    assert len(set(lines[3:13])) == 10
    assert lines[13:] == ["    and 2 more", "nothing was changed; with --yes it is done"]
    assert versions(database) == [1]
    done = ask("publish", *option, "--yes").output.splitlines()
    assert done == ["networks version 2: published, after version 1", *lines[1:14]]
    assert versions(database) == [1, 2]
    with database.transaction() as session:
        assert set(session.scalars(select(tables.Enrollment.move_to))) == {2 if move else None}
        audit = session.scalars(select(tables.Audit)).one()
    assert (audit.actor, audit.action) == ("operator", "sequence_published")
    assert audit.data == {"name": "networks", "version": 2, "moved": 12 if move else 0}


@pytest.mark.usefixtures("live")
def test_a_changed_file_without_a_new_version_is_refused(ask: Ask, database: Database, folder: Path) -> None:
    """One line that says which number to give."""
    change(folder / "networks.yaml", "rank: 5", "rank: 6")
    for words in (("publish",), ("publish", "--yes")):
        result = ask(*words)
        assert result.exit_code == 1
        assert "networks: version 1 is published and never changes" in result.output
        assert "version 2" in result.output
    assert versions(database) == [1]


def test_what_is_not_there_is_one_line(ask: Ask, database: Database) -> None:
    """A name without a file says which there are; one never published can't be retired."""
    result = ask("publish", "ash")
    assert result.exit_code == 1
    assert "there is no content/sequences/ash.yaml; there are: coaching, commitment" in result.output
    result = ask("retire", "ash")
    assert (result.exit_code, result.output) == (1, "There is no sequence ash.\n")
