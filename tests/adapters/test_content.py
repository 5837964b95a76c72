"""What the firm has published, and how its rules and words are held against the instrument they serve."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from coaching.adapters.content import (
    Content,
    ContentError,
    NotInContent,
    load_plan_rules,
    load_report_words,
)
from coaching.domain.instruments import Instrument
from coaching.settings import CONTENT

GOLD = Path(__file__).parents[1] / "gold"


def fingerprint(instrument: Instrument) -> str:
    """A hash over everything that people are asked, and how it counts."""
    scale = instrument.scale
    asked = [
        [item.id, item.dimension, item.key, item.page, item.order, item.text]
        for item in sorted(instrument.items, key=lambda item: item.id)
    ]
    checks = [[check.id, check.expect, check.page, check.order, check.text] for check in instrument.checks]
    everything = json.dumps([scale.minimum, scale.maximum, scale.labels, asked, checks], ensure_ascii=True)
    return hashlib.sha256(everything.encode()).hexdigest()


def test_what_is_published_loads() -> None:
    """The firm's own content is whole and free of faults."""
    content = Content.load(CONTENT)
    instrument = content.instrument("job-career")
    assert (instrument.version, len(instrument.dimensions), len(instrument.items)) == (1, 7, 28)
    assert content.instrument("job-career", 1) is instrument
    assert content.plan_rules("job-career").name == content.report_words("job-career").name == "job-career"


def test_published_items_are_never_reworded() -> None:
    """Every published instrument still asks what its fingerprint says; a new wording is a new version."""
    recorded = json.loads((GOLD / "instruments.json").read_text(encoding="utf-8"))
    found = {
        f"{instrument.name}.{instrument.version}": fingerprint(instrument)
        for versions in Content.load(CONTENT).instruments.values()
        for instrument in versions.values()
    }
    assert found == recorded


def test_a_changed_word_changes_the_fingerprint() -> None:
    """One word, one key or one place is enough to be noticed."""
    instrument = Content.load(CONTENT).instrument("job-career")
    first, *others = instrument.items
    prints = {
        fingerprint(replace(instrument, items=(changed, *others)))
        for changed in (first, replace(first, text="x"), replace(first, key=-1), replace(first, page=3))
    }
    assert len(prints) == 4


def test_items_stand_as_they_were_written() -> None:
    """The published items are those of the reference files, word for word and in their order."""
    lines = (GOLD / "sim28" / "items.csv").read_text(encoding="utf-8").splitlines()[1:]
    items = Content.load(CONTENT).instrument("job-career").items
    assert [
        f'"{i.id}","{i.dimension}",{i.key},"{i.text}",{i.page},{line.rsplit(",", 2)[1]},{i.order:g}'
        for i, line in zip(items, lines, strict=True)
    ] == lines


def test_unknown_instruments_and_versions_are_not_found() -> None:
    """Asking for what the firm doesn't have says so."""
    content = Content.load(CONTENT)
    for name, version in (("career-job", None), ("job-career", 2), ("job-career", 0)):
        with pytest.raises(NotInContent, match=name):
            content.instrument(name, version)
    with pytest.raises(NotInContent):
        content.plan_rules("career-job")
    with pytest.raises(NotInContent):
        content.report_words("career-job")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the firm's content that a test may spoil."""
    return Path(copytree(CONTENT, tmp_path / "content"))


def spoil(path: Path, old: str, new: str) -> int:
    """Change the first such text of a file; returns the line it stands on."""
    text = path.read_text(encoding="utf-8")
    before, found, _ = text.partition(old)
    assert found, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return before.count("\n") + 1


PLAN, REPORT = "plans/job-career.yaml", "reports/job-career.yaml"
LOADERS: Mapping[str, Callable[[Path, list[Instrument]], object]] = {
    PLAN: load_plan_rules,
    REPORT: load_report_words,
}
JOB_CAREER = Content.load(CONTENT).instrument("job-career")


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (PLAN, "name: job-career", "name: job", "name must be that of the file, job-career"),
        (PLAN, "version: 2", "version: 0", "version must be 1 or more"),
        (PLAN, "focus_count: 3", "focus_count: 0", "focus_count must be 1 or more"),
        (PLAN, "default_importance: 3", "default_importance: 6", "default_importance must be from 1 to 5"),
        (PLAN, "unsure_row: in transition", "unsure_row: the middle", "unsure_row must be one of"),
        (PLAN, "focus: '{dimension}", "focus: '{dimenson}", "unknown placeholder {dimenson}"),
        (PLAN, "focus: '{dimension}", "focus: '{dimension.key}", "unknown placeholder {dimension.key}"),
        (PLAN, "focus: '{dimension}", "focus: '{dimension:>9999}", "unknown placeholder {dimension}"),
        (PLAN, "focus: '{dimension}", "focus: '{dimension", "a brace stands alone"),
        (PLAN, "dimension: horizon", "dimension: horizn", "there is no dimension horizn"),
        (PLAN, "kind: two-direction-sketch", "kind: Two Directions", "a kind is small letters"),
        (PLAN, "kind: yearly-plan-b", "kind: ninety-day-goals", "there are two milestones ninety-day-goals"),
        (PLAN, "due_in_days: 14", "due_in_days: 0", "due_in_days must be 1 or more"),
        (PLAN, "due_in_days: 14", "due_in_days: two weeks", "due_in_days must be a whole number"),
        (PLAN, "service: [coaching]", "service: [magic]", "this must be one of coaching, skills, search"),
        (PLAN, "service: [coaching]", "service: []", "a milestone needs at least one service"),
        (PLAN, "band: low", "band: below", "band must be one of low, middle, high"),
        (PLAN, "outside_focus: true", "outside_focus: 1", "outside_focus must be true or false"),
        (PLAN, "ahead_days: 14", "ahead_days: 5", "ahead_days must be 3, 7 or 14"),
        (PLAN, "decides: true", "decides: 1", "decides must be true or false"),
        (PLAN, "next: ninety-day-goals", "next: ninety-day", "there is no milestone ninety-day"),
        (PLAN, "next: ninety-day-goals", "next: two-direction-sketch", "two-direction-sketch leads back to"),
        (PLAN, "next: impact-statement", "next: values-sort", "reshape-a-tenth leads back to itself"),
        (PLAN, 'opened: \'You reached "{reached}"', "opened: 'You reached {title}", "unknown placeholder"),
        (PLAN, "times: 6", "times: 0", "times must be 1 or more"),
        (REPORT, "name: job-career", "name: job", "name must be that of the file, job-career"),
        (REPORT, "  - key: horizon", "  - key: horizn", "there is no dimension horizn"),
        (REPORT, 'text_version: "2026-11"', "text_version: 2026", "text_version must be text, not 2026"),
    ],
)
def test_faulty_rules_and_words_are_refused_with_their_line(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    """Plan rules and report words are held against their own rules and their instrument."""
    line = spoil(folder / file, old, new)
    with pytest.raises(ContentError) as refusal:
        LOADERS[file](folder / file, [JOB_CAREER])
    faults = refusal.value.faults
    assert any(fault.startswith(f"{folder / file}:{line}: ") and reason in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (PLAN, "    3: ', and you", "    7: ', and you", "importance needs words for 1, 2, 3, 4 and 5"),
        (PLAN, "  job-leaning:\n", "  job:\n", "job-leaning is missing"),
        (PLAN, "      first_by_days: 42\n", "", "every_days is missing; only first_by_days"),
        (PLAN, "      times: 4\n", "", "then_every_days needs times"),
        (PLAN, "kind: mentor-found", "kind: a-mentor", "with a mentor needs a milestone mentor-found"),
        (
            PLAN,
            "band: middle\n    title: Goals",
            "band: low\n    title: Goals",
            "no milestone for horizon in the middle",
        ),
        (
            REPORT,
            "Your answers lean clearly",
            "{other} Your answers lean",
            "unknown placeholder {other}; known are none",
        ),
        (REPORT, "  job-leaning:\n    clear:", "  job-leaning:\n    quite:", "clear is missing"),
        (REPORT, "  prorated: Not", "  partial: Not", "statuses must be none, prorated, provisional"),
        (REPORT, "  - key: horizon", "  - key: skills", "there are no words for horizon"),
        (REPORT, "  - key: skills", "  - key: horizon", "there are words for horizon already"),
        (REPORT, "value: starting", "value: begun", "stages must have the values starting, pivoting"),
        (REPORT, 'value: "5"', 'value: "6"', "importance_points must have the values 1, 2, 3, 4, 5"),
        (REPORT, "value: monthly", "value: yearly", "rhythms must have the values weekly"),
    ],
)
def test_what_is_missing_from_rules_and_words_is_named(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    """A gap in a table is a fault, even where no single line is wrong."""
    spoil(folder / file, old, new)
    with pytest.raises(ContentError, match=re.escape(reason)):
        LOADERS[file](folder / file, [JOB_CAREER])


def test_faults_of_several_files_come_together(folder: Path) -> None:
    """One start shows everything that is wrong in the folder."""
    spoil(folder / PLAN, "version: 2", "version: 0")
    spoil(folder / REPORT, "name: job-career", "name: job")
    with pytest.raises(ContentError) as refusal:
        Content.load(folder)
    assert len(refusal.value.faults) == 2


def test_a_file_name_says_name_and_version(folder: Path) -> None:
    """An instrument under another's name or version is refused."""
    path = folder / "instruments" / "job-career.1.yaml"
    path.rename(path.with_name("job-career.2.yaml"))
    with pytest.raises(
        ContentError, match=r"job-career\.2\.yaml:1: .* ask for the file name job-career\.1\.yaml"
    ):
        Content.load(folder)


def test_the_newest_version_is_the_one_that_is_asked(folder: Path) -> None:
    """Versions stand beside each other; without a number the highest is meant, counted as a number."""
    path = folder / "instruments" / "job-career.1.yaml"
    for version in (2, 10):
        text = path.read_text(encoding="utf-8").replace("version: 1\n", f"version: {version}\n", 1)
        path.with_name(f"job-career.{version}.yaml").write_text(text, encoding="utf-8")
    content = Content.load(folder)
    assert content.instrument("job-career").version == 10
    assert content.instrument("job-career", 2).version == 2


def test_an_instrument_needs_its_rules_and_words(folder: Path) -> None:
    """An instrument that could be answered but not reported on is refused at the start."""
    (folder / PLAN).unlink()
    (folder / REPORT).unlink()
    with pytest.raises(ContentError) as refusal:
        Content.load(folder)
    assert [fault.split(":")[0] for fault in refusal.value.faults] == [
        str(folder / PLAN),
        str(folder / REPORT),
    ]


def test_an_empty_folder_is_no_content(tmp_path: Path) -> None:
    """Without an instrument there is nothing to run."""
    with pytest.raises(ContentError, match="there is no instrument here"):
        Content.load(tmp_path)


def test_rules_and_words_load_alone() -> None:
    """A single file can be checked without its instrument."""
    assert load_plan_rules(CONTENT / PLAN).version == 2
    assert load_report_words(CONTENT / REPORT).consent.text_version == "2026-11"
