"""Reads the firm's library, however many files it is kept in, and names what is wrong by file and line."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coaching.adapters.yaml_files import ContentError, Fault, YamlFile
from coaching.domain.clients import STAGES
from coaching.domain.library import Item, Library
from coaching.domain.web_addresses import is_web_address

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = {"id": 60, "title": 100, "about": 200, "address": 300}
_MOST_MINUTES = 180


@dataclass(frozen=True)
class _Shelf:
    """One file of the library."""

    items: tuple[Item, ...]


def load_library(folder: Path, dimensions: Collection[str]) -> Library:
    """Every item of the folder, file by file.

    `dimensions`: those that instruments have; without any, those of items aren't looked at. Raises
    ContentError with what is wrong in all of the files.
    """
    faults: list[str] = []
    library: dict[str, Item] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            items = _load_shelf(path, dimensions, library)
        except ContentError as error:
            faults.extend(error.faults)
        else:
            library |= {item.id: item for item in items}
    if not faults and not library:
        faults.append(f"{folder}:1: the library has no file with items")
    if faults:
        raise ContentError(faults)
    return library


def _load_shelf(path: Path, dimensions: Collection[str], before: Library) -> tuple[Item, ...]:
    file = YamlFile(path)
    items = file.read_as(_Shelf).items
    for where, reason in _faults(items, dimensions, before.values()):
        file.fault(where, reason)
    file.refuse_faults()
    return items


def _faults(items: Iterable[Item], dimensions: Collection[str], before: Iterable[Item]) -> Iterator[Fault]:
    ids, addresses = {one.id for one in before}, {one.address for one in before}
    for n, item in enumerate(items):
        for field, reason in _faults_of(item, dimensions):
            yield ("items", n, field), reason
        if item.id in ids:
            yield ("items", n, "id"), f"there is another item {item.id}"
        if item.address in addresses:
            yield ("items", n, "address"), f"another item leads to {item.address}, too"
        ids.add(item.id)
        addresses.add(item.address)


def _faults_of(item: Item, dimensions: Collection[str]) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(item.id):
        yield "id", f"an id is small letters, digits and hyphens, not {item.id!r}"
    for field, longest in _LONGEST.items():
        value = getattr(item, field)
        if len(value) > longest or not value.isprintable():
            yield field, f"{field} must be one line of at most {longest} characters"
    if item.about[-1] not in ".?":
        yield "about", "about must be a sentence that ends"
    for name, given, known in (
        ("dimensions", item.dimensions, dimensions),
        ("stages", item.stages, STAGES),
    ):
        for one in given:
            if known and one not in known:
                yield name, f"there is no {name.removesuffix('s')} {one}; there are {', '.join(known)}"
        if len(set(given)) != len(given):
            yield name, f"{name} names one twice"
    if not 1 <= item.minutes <= _MOST_MINUTES:
        yield "minutes", f"minutes must be from 1 to {_MOST_MINUTES}"
    if not is_web_address(item.address):
        yield "address", f"address must begin with https:// and name a host, not {item.address!r}"
