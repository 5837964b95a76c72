"""Reads the firm's sequences, and holds them against letters and dimensions that there are."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from coaching.adapters.yaml_files import ContentError, Fault, Where, YamlFile
from coaching.domain.audience_documents import unknown_dimensions
from coaching.domain.faults import DocumentFaults
from coaching.domain.letters import LETTERS
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Branch, Part, Sequence, Step

DRIP = "drip"


def load_sequences(folder: Path, dimensions: Collection[str]) -> Mapping[str, Sequence]:
    """Every sequence of the folder by name; `dimensions`: those of the instruments there are.

    Raises ContentError with what is wrong in all of the files.
    """
    faults: list[str] = []
    sequences: dict[str, Sequence] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            sequences[path.stem] = load_sequence(path, dimensions)
        except ContentError as error:
            faults.extend(error.faults)
    if faults:
        raise ContentError(faults)
    return sequences


def load_sequence(path: Path, dimensions: Collection[str]) -> Sequence:
    """One sequence, from a file of its name. Raises ContentError naming file, line and reason."""
    file = YamlFile(path)
    try:
        sequence = read_sequence(file.root)
    except DocumentFaults as error:
        for where, reason in error.faults:
            file.fault(where, reason)
        file.refuse_faults()
        raise  # not reached: there is no DocumentFaults without a fault
    for where, reason in sequence_faults(sequence, path.stem, dimensions):
        file.fault(where, reason)
    file.refuse_faults()
    return sequence


def sequence_faults(sequence: Sequence, stem: str, dimensions: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with it beside letters and dimensions that there are; `stem`: its name."""
    if sequence.name != stem:
        yield ("name",), f"name must be that of the file, {stem}"
    for step, where in _steps(sequence.parts, ("steps",)):
        template = LETTERS.get(step.letter)
        if template is None:
            yield (*where, "letter"), f"there is no letter {step.letter} in templates/email"
        elif template.family != DRIP:
            yield (*where, "letter"), f"{step.letter} is a {template.family} letter, no drip"
    yield from unknown_dimensions(sequence.document, dimensions)
    for dimension, where in _dimensions(sequence.document, ()):
        if dimension not in dimensions:
            yield where, f"there is no dimension {dimension}; there are {', '.join(dimensions)}"


def _steps(parts: tuple[Part, ...], where: Where) -> Iterator[tuple[Step, Where]]:
    """Yield every letter with its place: parts stand in the order of the document."""
    for n, part in enumerate(parts):
        if isinstance(part, Step):
            yield part, (*where, n)
        elif isinstance(part, Branch):
            for k, way in enumerate(part.ways):
                yield from _steps(way.steps, (*where, n, "branch", k, "steps"))


def _dimensions(node: Any, where: Where) -> Iterator[tuple[str, Where]]:
    """Yield the dimension of the sequence and those of facts, each with its place; filters aside."""
    if isinstance(node, list):
        for n, one in enumerate(node):
            yield from _dimensions(one, (*where, n))
    elif isinstance(node, Mapping):
        if node.get("dimension") is not None:
            yield node["dimension"], (*where, "dimension")
        for key, one in node.items():
            yield from _dimensions(one, (*where, key))
