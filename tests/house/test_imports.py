"""Rooms know only what they may know, and files keep to the house's names and sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("api", "workers", "cli", "coaching", "sandbox")
BANNED = {"utils", "helpers", "common", "manager", "service", "misc"}
LONGEST = 300
HASHED = re.compile(r"==\S+.*--hash=sha256:[0-9a-f]{64}")


def sources(root: Path, *rooms: str) -> Iterator[Path]:
    """Yield the Python files of these rooms."""
    for room in rooms:
        yield from sorted((root / room).rglob("*.py"))


def test_the_import_contracts_hold(root: Path) -> None:
    """import-linter finds no import that the contracts in pyproject.toml forbid."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


def test_no_file_has_an_empty_name(root: Path) -> None:
    """A name that could hold anything says nothing; none of those is used for a file or folder."""
    for path in sources(root, *ROOMS, "tests"):
        words = set(re.split(r"[_/.]", str(path.relative_to(root))))
        assert not words & BANNED, path


def test_no_product_file_is_too_long(root: Path) -> None:
    """A file past 300 lines usually holds two ideas."""
    long = {
        str(path.relative_to(root)): lines
        for path in sources(root, *ROOMS)
        if (lines := path.read_text().count("\n")) > LONGEST
    }
    assert not long


def test_every_test_says_what_it_holds(root: Path) -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.relative_to(root)}::{node.name}"
        for path in sources(root, "tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_hold_hashes_and_no_host(root: Path, name: str) -> None:
    """Every requirement is fixed with hashes, and where to fetch it from is left to the machine."""
    text = (root / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    requirements = text.replace("\\\n", " ").splitlines()
    wanting = [
        line for line in requirements if line.strip() and not line.startswith("#") and not HASHED.search(line)
    ]
    assert not wanting
