"""What is wrong in a file of the library is named with file, line and reason; all of it at once."""

from pathlib import Path
from shutil import copytree

import pytest

from coaching.adapters.content import Content, ContentError
from coaching.adapters.library_files import load_library
from coaching.settings import CONTENT

DIMENSIONS = ("horizon", "skills", "commitment", "purpose", "progression", "identity", "networks")
FILE = "recruitment.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the firm's content that a test may spoil."""
    return Path(copytree(CONTENT, tmp_path / "content"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: map-of-routes", "id: Map of routes", "an id is small letters, digits and hyphens"),
        ("id: map-of-routes", "id: twenty-names", "there is another item twenty-names"),
        ("id: map-of-routes", "id: first-resume", "there is another item first-resume"),
        ("kind: article", "kind: video", "kind must be one of article, podcast, tip"),
        ("topic: recruitment", "topic: hiring", "topic must be one of career-advice, resume"),
        ("[progression, horizon]", "[progression, money]", "there is no dimension money; there are horizon"),
        ("[progression, horizon]", "[horizon, horizon]", "dimensions names one twice"),
        ("[starting, pivoting, undecided]", "[retired]", "there is no stage retired; there are starting"),
        ("minutes: 10", "minutes: 0", "minutes must be from 1 to 180"),
        ("minutes: 10", "minutes: ten", "minutes must be a whole number"),
        (
            "https://library.example.org/map-of-routes",
            "http://x.example/",
            "address must begin with https://",
        ),
        (
            "https://library.example.org/map-of-routes",
            "https://library.example.org/twenty-names",
            "another item leads to https://library.example.org/twenty-names, too",
        ),
        ("see which roles lead where.", "see which roles lead where", "about must be a sentence that ends"),
        ("title: A map", f"title: {'A map ' * 20}", "title must be one line of at most 100 characters"),
        ("  - id: map-of-routes", "  - ids: map-of-routes", "unknown key 'ids'"),
    ],
)
def test_each_fault_is_told(folder: Path, old: str, new: str, reason: str) -> None:
    """Each fault has words of its own."""
    path = folder / "library" / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as told:
        load_library(folder / "library", DIMENSIONS)
    assert [fault for fault in told.value.faults if reason in fault], told.value.faults


def test_the_line_is_that_of_the_field(folder: Path) -> None:
    """Not the item's first line: where the mistake is."""
    path = folder / "library" / FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if "minutes: 8" in line)
    lines[at] = lines[at].replace("8", "900")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError) as told:
        load_library(folder / "library", DIMENSIONS)
    assert told.value.faults == (f"{path}:{at + 1}: minutes must be from 1 to 180",)


def test_all_files_are_told_at_once(folder: Path) -> None:
    """Who mends one file needn't start again to hear of the next."""
    for name in ("resume.yaml", "leadership.yaml"):
        (folder / "library" / name).write_text("items: 3\n", encoding="utf-8")
    with pytest.raises(ContentError) as told:
        Content.load(folder)
    assert [fault.rpartition("/")[2] for fault in told.value.faults] == [
        "leadership.yaml:1: items must be a list, not 3",
        "resume.yaml:1: items must be a list, not 3",
    ]


def test_an_empty_library_is_a_fault(folder: Path) -> None:
    """Letters would have nothing to bring, and nobody would notice."""
    for path in (folder / "library").iterdir():
        path.unlink()
    with pytest.raises(ContentError, match="no file with items"):
        Content.load(folder)


def test_without_an_instrument_dimensions_are_not_looked_at() -> None:
    """One fault in an instrument is told as that one, not again for each item."""
    assert load_library(CONTENT / "library", ())
