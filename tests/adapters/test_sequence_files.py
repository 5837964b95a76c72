"""Sequences as files: what the firm has published, and how each fault is named with file and line."""

import re
from pathlib import Path
from shutil import copytree

import pytest

from coaching.adapters.content import Content, ContentError
from coaching.adapters.sequence_files import load_sequence, load_sequences
from coaching.domain.sequence_documents import read_sequence
from coaching.settings import CONTENT

DIMENSIONS = ("horizon", "skills", "commitment", "purpose", "progression", "identity", "networks")
WHOLE = """\
name: walk
version: 3
title: A walk
about: Two letters.
why: You get this because it is a test.
rank: 4
dimension: networks
trigger:
  events: [plan_approved, sequence_ended]
  when:
    all:
      - {field: next_focus, is: networks}
      - not: {field: reached, has: skills}
reentry: yearly
hold_out: 10
goal:
  facts: [{event: milestone_reached, dimension: networks}]
  within_days: 90
steps:
  - {key: see, letter: networks-see, after: {days: 2}, at: "09:30"}
  - wait_for: {event: milestone_started, dimension: networks, days: 10}
  - branch:
      - when: {field: stage, is: starting}
        steps:
          - {key: new, letter: networks-try, after: {working_days: 1}}
      - steps: [{key: try, letter: networks-keep, after: {days: 7}}]
"""


def written(folder: Path, text: str) -> Path:
    """Write a sequence into its file."""
    path = folder / "walk.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> tuple[str, ...]:
    """Return what loading the file complains of."""
    with pytest.raises(ContentError) as refusal:
        load_sequence(path, DIMENSIONS)
    return refusal.value.faults


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """What the file says is what the sequence is, its letters in the order of the file."""
    walk = load_sequence(written(tmp_path, WHOLE), DIMENSIONS)
    assert (walk.name, walk.version, walk.rank, walk.hold_out, walk.dimension) == (
        "walk", 3, 4, 10, "networks",
    )  # fmt: skip
    assert [step.key for step in walk.steps()] == ["see", "new", "try"]


def test_what_is_kept_of_a_file_reads_the_same(tmp_path: Path) -> None:
    """The document, as a row keeps it, is plain and gives the same sequence."""
    walk = load_sequence(written(tmp_path, WHOLE), DIMENSIONS)
    assert type(walk.document) is dict
    assert read_sequence(walk.document) == walk


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("name: walk", "name: stroll", "name must be that of the file, walk"),
        ("version: 3", "version: 0", "version must be a whole number from 1"),
        ("title: A walk", "title:", "title must be text, not nothing"),
        ("rank: 4", "rank: 10", "rank must be a whole number from 1 to 9, not 10"),
        ("rank: 4", "rnak: 4", "unknown key 'rnak'"),
        ("dimension: networks\n", "dimension: netwroks\n", "there is no dimension netwroks"),
        ("events: [plan_approved", "events: [plan_aproved", "must be one of"),
        ("is: networks", "is: netwroks", "there is no dimension netwroks"),
        ("has: skills", "has: skils", "there is no dimension skils"),
        ("field: next_focus", "field: nextfocus", "nextfocus"),
        ("reentry: yearly", "reentry: weekly", "reentry must be one of never, yearly, each_time"),
        ("hold_out: 10", "hold_out: 60", "hold_out must be a whole number from 0 to 50"),
        ("event: milestone_reached", "event: milestone_met", "event must be one of"),
        ("within_days: 90", "within_days: soon", "within_days must be a whole number"),
        ("letter: networks-see", "letter: networks-sea", "there is no letter networks-sea"),
        ("letter: networks-see", "letter: week", "week is a milestone letter, no drip"),
        ("letter: networks-try", "letter: networks-tri", "there is no letter networks-tri"),
        ("letter: networks-keep", "letter: report", "report is a transactional letter, no drip"),
        ("{key: try", "{key: see", "there are two steps see"),
        ("after: {days: 2}", "after: {weeks: 2}", "unknown key 'weeks'"),
        ('at: "09:30"', 'at: "9:30"', "at is an hour such as"),
        ("event: milestone_started, dimension: networks", "event: milestone_started, dimension: x",
         "there is no dimension x"),
        ("days: 10}", "days: 0}", "days must be a whole number from 1"),
        ("field: stage, is: starting", "field: score.skils, above: 40", "skils"),
        ("- branch:", "- branches:", "a step has one of letter, wait_for and branch"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    """Whatever is wrong, deep in a branch too, is told with the file and the line where it stands."""
    before, found, _ = WHOLE.partition(old)
    assert found, old
    path = written(tmp_path, WHOLE.replace(old, new, 1))
    line = before.count("\n") + 1
    assert any(one.startswith(f"{path}:{line}: ") and reason in one for one in faults_of(path)), faults_of(
        path
    )


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """A sequence without steps, or with a share left out and no goal to compare by, is refused."""
    no_steps = WHOLE[: WHOLE.index("steps:")]
    assert any("a sequence needs at least one step" in one for one in faults_of(written(tmp_path, no_steps)))
    goal = re.search(r"goal:\n.*\n.*\n", WHOLE)
    assert goal is not None
    no_goal = written(tmp_path, WHOLE.replace(goal[0], ""))
    assert faults_of(no_goal) == (f"{no_goal}:15: a hold-out share needs a goal to compare by",)


def test_faults_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    """One look shows everything that is wrong, line by line and file by file."""
    first = written(tmp_path, WHOLE.replace("rank: 4", "rank: 0").replace("hold_out: 10", "hold_out: -1"))
    second = tmp_path / "walks.yaml"
    second.write_text(WHOLE, encoding="utf-8")
    with pytest.raises(ContentError) as refusal:
        load_sequences(tmp_path, DIMENSIONS)
    places = [fault.split(": ")[0] for fault in refusal.value.faults]
    assert places == [f"{first}:6", f"{first}:15", f"{second}:1"]


def test_no_yaml_is_a_fault_with_a_line(tmp_path: Path) -> None:
    """What can't be read as YAML is named like any other fault."""
    path = written(tmp_path, WHOLE.replace("rank: 4", "rank: [4"))
    assert re.match(rf"{re.escape(str(path))}:\d+: ", faults_of(path)[0])


def test_content_is_refused_with_a_faulty_sequence(tmp_path: Path) -> None:
    """The firm's content loads as a whole, and a fault of a sequence stops it like any other."""
    folder = Path(copytree(CONTENT, tmp_path / "content"))
    path = folder / "sequences" / "networks.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("networks-try", "networks-tri"), encoding="utf-8"
    )
    with pytest.raises(ContentError, match="there is no letter networks-tri"):
        Content.load(folder)


def test_every_dimension_has_its_sequence() -> None:
    """Each dimension has one of its name, three letters for it, and a goal in it."""
    content = Content.load(CONTENT)
    for dimension in content.instrument("job-career").dimensions:
        one = content.sequences[dimension.key]
        assert one.dimension == dimension.key
        assert [step.letter for step in one.steps()] == [
            f"{one.name}-{way}" for way in ("see", "try", "keep")
        ]
        assert one.goal is not None
        assert {fact.dimension for fact in one.goal.facts} == {dimension.key}
        assert one.hold_out == 10
