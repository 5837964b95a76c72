"""Which facts the code records, read from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

from coaching.domain.events import EventKind
from coaching.settings import ROOT

USE_CASES = tuple((ROOT / "coaching" / "usecases").rglob("*.py"))
# What writes a fact down, and what use cases call that does.
RECORDING = {"record", "Fact", "tell", "_tell"}


def nodes_of(*paths: Path) -> Iterator[ast.AST]:
    """Yield every node of these Python files."""
    for path in paths:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def kinds_in(*nodes: ast.AST) -> set[str]:
    """Name the kinds of facts that stand anywhere below these nodes."""
    return {
        EventKind[node.attr].value
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "EventKind"
    }


def recorded() -> set[str]:
    """Name the kinds of facts that some use case records; to ask for one or to speak of it is not enough.

    Where it is chosen beforehand which one it is, those that the file chooses from.
    """
    found: set[str] = set()
    for path in USE_CASES:
        nodes = list(nodes_of(path))
        calls = [one for one in nodes if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
        recording = [one for one in calls if getattr(one.func, "id", "") in RECORDING]
        found |= kinds_in(*recording)
        if not all(kinds_in(one) for one in recording):
            found |= kinds_in(*(one.value for one in nodes if isinstance(one, ast.Assign)))
    return found
