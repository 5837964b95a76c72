"""One running system that all faults befall, and the table of what they left behind.

FAULTS=full (`make faults`) makes each as large as was promised; else it is a short form of itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from tests.faults.harm import FULL
from tests.faults.lines import Lines, lines_laid
from tests.support.campaigns import Books, Reckoning
from tests.support.system import ROOT

T = TypeVar("T")
_TABLE = (
    "| fault | times | letters | lost | repeated | unsettled | strays | by hand | s | seen |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Figures:
    """What one fault did and left behind."""

    fault: str
    times: int
    reckoning: Reckoning
    seen: str

    def __str__(self) -> str:
        one = self.reckoning
        cells = (
            self.fault,
            self.times,
            one.letters,
            one.lost + one.forgotten,
            one.repeated,
            one.unsettled,
            one.strays,
            one.by_hand,
            f"{one.seconds:.0f}",
            "; ".join(filter(None, (self.seen, one.how))),
        )
        return "| " + " | ".join(map(str, cells)) + " |"


_figures: list[Figures] = []


class Note(Protocol):
    """Notes what a fault, made so many times, left behind; fails unless nothing went wrong."""

    def __call__(self, fault: str, times: int, reckoning: Reckoning, seen: str = "", /) -> None:
        """Note it."""


@pytest.fixture
def note() -> Note:
    """Note the figures of a fault, and hold that nothing was lost, repeated or left open."""

    def noted(fault: str, times: int, reckoning: Reckoning, seen: str = "", /) -> None:
        _figures.append(Figures(fault, times, reckoning, seen))
        assert not reckoning.faults, reckoning

    return noted


@pytest.fixture(scope="package")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    """One system for all faults, with several workers, short leases and a short settle window."""
    with lines_laid(tmp_path_factory.mktemp("faults")) as laid:
        yield laid


@pytest.fixture
def house(lines: Lines) -> Iterator[Books]:
    """What can be read of that system; the sandbox is well again after each test."""
    yield lines.books
    lines.books.system.ask_mailbox("faults", {})


def pick(short: T, full: T) -> T:
    """Return the short form's value or the full one's."""
    return full if FULL else short


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the table; the full form also keeps it in build/faults.md."""
    if not _figures:
        return
    table = [*_TABLE, *map(str, _figures)]
    terminalreporter.section("faults")
    terminalreporter.write_line("\n".join(table))
    if FULL:
        kept = ROOT / "build" / "faults.md"
        Path(kept.parent).mkdir(exist_ok=True)
        kept.write_text("\n".join(table) + "\n")
