"""One running system that all faults befall, and the table of what they left behind.

FAULTS=full (`make faults`) makes each as large as was promised; else it is a short form of itself.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from tests.support.campaigns import Books, Reckoning
from tests.support.system import ROOT, System

FULL = os.environ.get("FAULTS") == "full"
HURRIED = {"SETTLE_WINDOW_S": "3", "LEASE_S": "5", "RATE_INTAKE_PER_KEY": "100000/minute"}
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
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """A system as a user starts it, with several workers, short leases and a short settle window."""
    system = System(
        tmp_path_factory.mktemp("faults") / "home", options=("--workers", "3"), settings=dict(HURRIED)
    )
    try:
        with closing(Books(system.start())) as books:
            yield books
    finally:
        system.discard()


@pytest.fixture(autouse=True)
def _calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each fault ends with its test."""
    yield
    for name in {"house", "proxied"} & set(request.fixturenames):
        found = request.getfixturevalue(name)
        books = found if isinstance(found, Books) else found.books
        books.system.ask_mailbox("faults", {})


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
