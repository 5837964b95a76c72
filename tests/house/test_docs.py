"""What the papers name is there: paths, make targets, commands, settings, addresses, decisions."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.schemas.assessments import AssessmentSchema
from cli.main import waypoint
from coaching.adapters.content import Content
from coaching.settings import CONTENT, ROOT

PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
ROOMS = (
    "api",
    "workers",
    "cli",
    "coaching",
    "sandbox",
    "content",
    "templates",
    "migrations",
    "bench",
    "docs",
    "tests",
)
ROOM_PATH = re.compile(rf"^({'|'.join((*ROOMS, '[.]ci'))})/\S*$")
ROOT_FILE = re.compile(
    r"^(Makefile|Procfile|Dockerfile|\.env\.example|\.dockerignore|[\w.-]+\.(md|toml|lock|yml))$"
)
# Words that belong to how a thing was made, and words that the house has better ones for.
BANNED = re.compile(r"\b(sessions?|helpers?|utils?|workplace|oops|todo|fixme|tbd)\b", re.IGNORECASE)

each_paper = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))


def fenced(paper: Path) -> list[str]:
    """Return the blocks of code of a paper."""
    return re.findall(r"^```\w*\n(.*?)^```", paper.read_text(), re.MULTILINE | re.DOTALL)


def spans(paper: Path) -> list[str]:
    """Return the code that stands inside sentences."""
    return re.findall(r"`([^`]+)`", without_fences(paper))


def without_fences(paper: Path) -> str:
    """Return a paper without its blocks of code."""
    return re.sub(r"^```.*?^```", "", paper.read_text(), flags=re.MULTILINE | re.DOTALL)


def prose(paper: Path) -> str:
    """Return only what is read as sentences: no code, no targets of links."""
    return re.sub(r"`[^`]+`|\]\([^)]*\)", " ", without_fences(paper))


def lines_of_code(paper: Path) -> list[str]:
    """Return each command line or word that a reader could type."""
    return [*spans(paper), *(line for block in fenced(paper) for line in block.splitlines())]


def paths_named(paper: Path) -> list[str]:
    """Return what looks like a path of this repository; `<name>` stands for any name."""
    return [span for span in spans(paper) if ROOM_PATH.match(span) or ROOT_FILE.match(span)]


def exists(path: str) -> bool:
    """Tell whether the path, or something of that form, is in the tree."""
    pattern = re.sub(r"<[^>]+>", "*", path.rstrip("/"))
    return any(ROOT.glob(pattern))


def make_targets() -> set[str]:
    """Return the targets that `make help` shows."""
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def unknown_part(words: list[str]) -> str | None:
    """Return the first word of a `waypoint` line that is no command or option of it, or None."""
    command: click.Command = waypoint
    context = click.Context(command)
    for word in words:
        if isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
        elif word.startswith("--") and word != "--help":
            option = word.split("=")[0]
            if not any(option in (*param.opts, *param.secondary_opts) for param in command.params):
                return word
    return None


def readme_submission() -> dict[str, Any]:
    """Return the body of the README's example request."""
    (body,) = re.findall(r"-d '\n(\{.*?\})'", (ROOT / "README.md").read_text(), re.DOTALL)
    return dict(json.loads(body))


def test_papers_are_found() -> None:
    """The tests below look at the papers that they should look at."""
    names = {str(paper.relative_to(ROOT)) for paper in PAPERS}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= names
    assert {"docs/architecture.md", "docs/operations.md", "docs/decisions/README.md"} <= names
    assert len(paths_named(ROOT / "docs" / "architecture.md")) > 20


@each_paper
def test_named_paths_exist(paper: Path) -> None:
    """A path in the papers leads somewhere."""
    assert [path for path in paths_named(paper) if not exists(path)] == []


def test_a_path_that_is_not_there_would_be_seen() -> None:
    """The check of paths tells what exists from what doesn't."""
    assert exists("templates/email/<name>/")
    assert not exists("coaching/domain/horoscope.py")
    assert ROOM_PATH.match("coaching/domain/horoscope.py")


@each_paper
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    """A link or picture points to a file beside the paper."""
    targets = re.findall(r"\]\(([^)#\s]+)\)", without_fences(paper))
    assert [target for target in targets if not (paper.parent / target).exists()] == []


@each_paper
def test_named_make_targets_exist(paper: Path) -> None:
    """Every `make` line can be typed."""
    named = {target for line in lines_of_code(paper) for target in re.findall(r"^make ([a-z-]+)", line)}
    assert named <= make_targets()


@each_paper
def test_named_commands_exist(paper: Path) -> None:
    """Every `waypoint` line names commands and options that the program has."""
    lines = [
        found for line in lines_of_code(paper) for found in re.findall(r"\bwaypoint((?: [\w=./-]+)+)", line)
    ]
    assert [line for line in lines if unknown_part(line.split())] == []


def test_an_unknown_command_would_be_seen() -> None:
    """The check of commands tells what exists from what doesn't."""
    assert unknown_part(["keys", "create", "--scope", "intake"]) is None
    assert unknown_part(["keys", "forge"]) == "forge"
    assert unknown_part(["keys", "create", "--gold"]) == "--gold"


@each_paper
def test_named_settings_are_documented(paper: Path) -> None:
    """A variable in the papers has its line in .env.example."""
    documented = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    named = {
        name for span in spans(paper) for name in re.findall(r"^([A-Z][A-Z0-9]*_[A-Z0-9_]+|PORT)\b", span)
    }
    assert named <= documented


@each_paper
def test_named_metrics_are_shown(paper: Path, http: FlaskClient) -> None:
    """A metric in the papers is one that Prometheus finds, whatever has happened so far."""
    named = {span for span in spans(paper) if re.fullmatch(r"waypoint_[a-z_]+", span)}
    shown = http.get("/metrics").get_data(as_text=True)
    assert named <= set(re.findall(r"^# TYPE (\w+)", shown, re.MULTILINE))


@each_paper
def test_addresses_stay_at_home(paper: Path) -> None:
    """The papers send nobody to a host other than the reader's own machine or an example."""
    hosts = set(re.findall(r"https?://([^/\s:`)|]+)", paper.read_text()))
    assert {
        host for host in hosts if host != "127.0.0.1" and not host.endswith(("example.test", "example.org"))
    } == set()


@each_paper
def test_words_are_ours(paper: Path) -> None:
    """No word that says how the papers came about, none that the house has banned, and nobody shouts."""
    text = prose(paper)
    assert BANNED.findall(text) == []
    assert re.findall(r"\w!(?!\[)", text) == []


def test_readme_example_is_a_whole_form(app: Flask) -> None:
    """The README's request is one that the API takes, and answers each question on the instrument's scale."""
    body = readme_submission()
    with app.app_context():
        assert AssessmentSchema().validate(body) == {}
    instrument = Content.load(CONTENT).instrument(body["instrument"])
    assert set(body["answers"]) == set(instrument.item_ids)
    assert set(body["answers"].values()) <= set(range(instrument.scale.minimum, instrument.scale.maximum + 1))
    assert set(body["importance"]) <= {dimension.key for dimension in instrument.dimensions}


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_decision_has_its_parts(decision: Path) -> None:
    """A decision says when, in what state, out of what, what, and with what effect, on about half a page."""
    lines = decision.read_text().splitlines()
    number = int(decision.name[:4])
    assert lines[0].startswith(f"# {number}. ")
    assert re.fullmatch(r"Date: \d{4}-\d{2}-\d{2}", lines[2])
    assert re.match(r"Status: (proposed|accepted|superseded)", lines[3])
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]
    assert len(lines) <= 60


def test_decisions_are_numbered_and_listed() -> None:
    """Numbers have no gap, and the list leads to every decision by its title."""
    assert [int(decision.name[:4]) for decision in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = re.findall(r"\| (\d+) \| \[(.+)\]\((.+)\) \|", (ROOT / "docs/decisions/README.md").read_text())
    titles = [decision.read_text().splitlines()[0].removeprefix("# ") for decision in DECISIONS]
    assert [f"{number}. {title}" for number, title, _ in listed] == titles
    assert [name for _, _, name in listed] == [decision.name for decision in DECISIONS]
