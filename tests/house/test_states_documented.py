"""The paper's tables of states and moves say what `coaching/domain/ledger.py` and the moves say."""

import inspect
import re
from collections import Counter
from itertools import product
from types import ModuleType

import pytest

from coaching.domain.ledger import ATTEMPT_MOVES, BATCH_MOVES, MESSAGE_MOVES, Moves
from coaching.settings import ROOT
from coaching.usecases.moves import attempts, batches, messages

PAPER = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BIRTH, NONE = "nothing", "none"
# A table's row, of three cells; the second row of a table is its rule.
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)

each_ledger = pytest.mark.parametrize(
    ("of", "moves", "module"),
    [
        ("a message", MESSAGE_MOVES, messages),
        ("a batch", BATCH_MOVES, batches),
        ("an attempt", ATTEMPT_MOVES, attempts),
    ],
    ids=["message", "batch", "attempt"],
)


def rows(paper: str, of: str) -> list[tuple[str, str, str]]:
    """Return the rows of the section about these states, of both of its tables."""
    _, _, section = paper.partition(f"## States of {of}\n")
    return [row for row in _ROW.findall(section.partition("\n## ")[0]) if row[0] not in ("state", "move")]


def states_told(paper: str, of: str) -> list[str]:
    """Return the states in the order in which the paper explains them."""
    return [first for first, _, _ in rows(paper, of) if "→" not in first]


def moves_told(paper: str, of: str) -> Counter[tuple[str, str]]:
    """Return how often the paper tells each move; 'a, b → c' is two."""
    return Counter(pair for first, _, _ in rows(paper, of) for pair in pairs(first) if pair[0] != BIRTH)


def pairs(cell: str) -> list[tuple[str, str]]:
    """Return the moves in a cell such as 'planned, queued → skipped'; none in any other cell."""
    before, arrow, after = cell.partition(" → ")
    return list(product(before.split(", "), after.split(", "))) if arrow else []


def moves_made(moves: Moves) -> Counter[tuple[str, str]]:
    """Return every move of the domain's table, each once."""
    return Counter((before, after) for before, following in moves.items() for after in following)


def functions_told(paper: str, of: str) -> dict[str, set[str]]:
    """Return the functions that the paper names, each with the states that it says they lead to."""
    told: dict[str, set[str]] = {}
    for first, function, _ in rows(paper, of):
        if "→" in first and function != NONE:
            told.setdefault(function.strip("`"), set()).update(after for _, after in pairs(first))
    return told


def functions_made(module: ModuleType) -> dict[str, set[str]]:
    """Return the moves of a module, each with the state that its docstring says it leads to."""
    found = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        leads_to = re.search(r"-> (\w+)", inspect.getdoc(function) or "")
        if leads_to and function.__module__ == module.__name__:
            found[name] = {leads_to[1]}
    return found


@each_ledger
def test_every_state_is_explained(of: str, moves: Moves, module: ModuleType) -> None:
    """The paper explains each state once, and none that isn't one."""
    assert sorted(states_told(PAPER, of)) == sorted(moves)


@each_ledger
def test_every_move_is_told_once(of: str, moves: Moves, module: ModuleType) -> None:
    """The paper tells exactly the moves that the domain lists."""
    assert moves_told(PAPER, of) == moves_made(moves)


@each_ledger
def test_every_move_has_its_function(of: str, moves: Moves, module: ModuleType) -> None:
    """The paper names exactly the functions that move something, and where each leads."""
    assert functions_told(PAPER, of) == functions_made(module)


@each_ledger
def test_ends_are_called_ends(of: str, moves: Moves, module: ModuleType) -> None:
    """A state that nothing follows is an end in the paper, and no other is."""
    told = {state for state, _, crash in rows(PAPER, of) if "→" not in state and crash == "an end"}
    assert told == {state for state, following in moves.items() if not following}


def test_a_move_that_is_none_would_be_seen() -> None:
    """The tests above tell a paper that says too much or too little from one that is right."""
    right = "| ready, claimed, parked → accepted |"
    assert right in PAPER
    for wrong in ("| ready, claimed → accepted |", "| ready, claimed, parked, closed → accepted |"):
        assert moves_told(PAPER.replace(right, wrong), "a batch") != moves_made(BATCH_MOVES)
    twice = PAPER.replace("| claimed → posting |", "| claimed, ready → posting |")
    assert moves_told(twice, "a batch") != moves_made(BATCH_MOVES)
    renamed = PAPER.replace("| `begin_posting` |", "| `start_posting` |")
    assert functions_told(renamed, "a batch") != functions_made(batches)
    assert states_told(PAPER.replace("| parked | refused", "| laid by | refused"), "a batch") != states_told(
        PAPER, "a batch"
    )
