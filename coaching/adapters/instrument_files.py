"""Reads an instrument file and holds it against the rules that scoring and the form rely on."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Literal

from coaching.adapters.yaml_files import Fault, Where, YamlFile
from coaching.domain.instruments import (
    Check,
    Dimension,
    Instrument,
    Item,
    Key,
    MissingRules,
    Norm,
    Norms,
    Scale,
)

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # ids become form fields and columns
_ITEMS_A_MINUTE = 7
_MOST_POINTS = 101


@dataclass(frozen=True)
class _ScaleEntry:
    min: int
    max: int
    labels: tuple[str, ...] | None


@dataclass(frozen=True)
class _CompositeEntry:
    at_least: int


@dataclass(frozen=True)
class _NormsEntry:
    version: str
    kind: Literal["prior", "sample"]
    n: int
    default: Norm | None
    dimensions: Mapping[str, Norm] | None


@dataclass(frozen=True)
class _ItemEntry:
    id: str
    dimension: str
    key: Key
    text: str
    order: float | None
    page: int = 1


@dataclass(frozen=True)
class _CheckEntry:
    id: str
    expect: int
    text: str
    order: float | None
    page: int = 1


@dataclass(frozen=True)
class _InstrumentEntry:
    """An instrument file as it is written; title, minutes, labels, page and order may be left out."""

    name: str
    version: int
    title: str | None
    minutes: int | None
    scale: _ScaleEntry
    missing: MissingRules
    composite: _CompositeEntry
    bands: tuple[float, float]
    norms: _NormsEntry
    dimensions: tuple[Dimension, ...]
    items: tuple[_ItemEntry, ...]
    checks: tuple[_CheckEntry, ...] = ()


def load_instrument(path: Path) -> Instrument:
    """One instrument file, whatever its size and scale; raises ContentError naming file, line and reason."""
    file = YamlFile(path)
    entry = file.read_as(_InstrumentEntry)
    for where, reason in _faults(entry):
        file.fault(where, reason)
    file.refuse_faults()
    return _instrument(entry)


def _instrument(entry: _InstrumentEntry) -> Instrument:
    scale, norms = entry.scale, entry.norms
    own = norms.dimensions or {}
    items = tuple(
        Item(
            item.id,
            item.dimension,
            item.key,
            item.page,
            float(n) if item.order is None else item.order,
            item.text,
        )
        for n, item in enumerate(entry.items, start=1)
    )
    return Instrument(
        name=entry.name,
        version=entry.version,
        title=entry.title or entry.name.replace("-", " ").capitalize(),
        minutes=entry.minutes or max(1, round(len(items) / _ITEMS_A_MINUTE)),
        scale=Scale(scale.min, scale.max, scale.labels or tuple(map(str, range(scale.min, scale.max + 1)))),
        missing=entry.missing,
        composite_at_least=entry.composite.at_least,
        bands=entry.bands,
        norms=Norms(
            version=norms.version,
            kind=norms.kind,
            n=norms.n,
            by_dimension={d.key: norm for d in entry.dimensions if (norm := own.get(d.key, norms.default))},
        ),
        dimensions=entry.dimensions,
        items=items,
        checks=tuple(_placed(check, items) for check in entry.checks),
    )


def _placed(check: _CheckEntry, items: Sequence[Item]) -> Check:
    """A check without an order stands in the middle of its page, after the first half of the items."""
    order = check.order
    if order is None:
        orders = sorted(item.order for item in items if item.page == check.page)
        middle = (len(orders) - 1) // 2
        order = mean(orders[middle : middle + 2])
    return Check(check.id, check.expect, check.page, order, check.text)


def _faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    yield from _head_faults(entry)
    yield from _rule_faults(entry)
    yield from _norm_faults(entry)
    yield from _dimension_faults(entry)
    yield from _question_faults(entry)
    yield from _page_faults(entry)
    yield from _order_faults(entry)


def _head_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    if not _NAME.fullmatch(entry.name):
        yield ("name",), f"name must be small letters, digits and single hyphens, not {entry.name!r}"
    if entry.version < 1:
        yield ("version",), "version must be 1 or more"
    if entry.minutes is not None and entry.minutes < 1:
        yield ("minutes",), "minutes must be 1 or more"
    scale = entry.scale
    points = scale.max - scale.min + 1
    if not 2 <= points <= _MOST_POINTS:
        yield (
            ("scale", "max"),
            f"max must be {scale.min + 1} to {scale.min + _MOST_POINTS - 1}, not {scale.max}",
        )
    elif scale.labels is not None and len(scale.labels) != points:
        yield ("scale", "labels"), f"{points} points need {points} labels, not {len(scale.labels)}"


def _rule_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    rules = entry.missing
    longest = max(Counter(item.dimension for item in entry.items).values(), default=0)
    if not 1 <= rules.full <= longest:
        yield ("missing", "full"), f"full must be from 1 to {longest}, the items of the longest dimension"
    if rules.prorated is not None and not 1 <= rules.prorated < rules.full:
        yield ("missing", "prorated"), f"prorated must be from 1 to below full, {rules.full}"
    above = rules.prorated or rules.full
    if rules.provisional is not None and not 2 <= rules.provisional < above:
        yield ("missing", "provisional"), f"provisional must be from 2, one of each key, to below {above}"
    if not 1 <= entry.composite.at_least <= len(entry.dimensions):
        reason = f"at_least must be from 1 to {len(entry.dimensions)}, the number of dimensions"
        yield ("composite", "at_least"), reason
    lower, upper = entry.bands
    if not 0 <= lower < upper <= 100:
        yield ("bands",), "bands must be two numbers from 0 to 100, the lower one first"


def _norm_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    norms = entry.norms
    if norms.n < 0:
        yield ("norms", "n"), "n must be 0 or more"
    places: list[tuple[Where, Norm]] = [(("norms", "default"), norms.default)] if norms.default else []
    own = norms.dimensions or {}
    places += [(("norms", "dimensions", key), norm) for key, norm in own.items()]
    for where, norm in places:
        if norm.sd <= 0:
            yield (*where, "sd"), "sd must be above 0"
        if not 0 <= norm.alpha < 1:
            yield (*where, "alpha"), "alpha must be from 0 to below 1"
    keys = {dimension.key for dimension in entry.dimensions}
    for key in own:
        if key not in keys:
            yield ("norms", "dimensions", key), f"there is no dimension {key}"
    for n, dimension in enumerate(entry.dimensions):
        if norms.default is None and dimension.key not in own:
            yield ("dimensions", n), f"{dimension.key} has no norm, and there is no default"


def _dimension_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    if not entry.dimensions:
        yield ("dimensions",), "there must be at least one dimension"
    used = {item.dimension for item in entry.items}
    seen: set[str] = set()
    for n, dimension in enumerate(entry.dimensions):
        where: Where = ("dimensions", n, "key")
        if not _ID.fullmatch(dimension.key):
            yield where, f"a key is letters, digits, hyphens and underscores, not {dimension.key!r}"
        if dimension.key in seen:
            yield where, f"there are two dimensions {dimension.key}"
        if dimension.key not in used:
            yield where, f"{dimension.key} has no items"
        seen.add(dimension.key)


def _entries(entry: _InstrumentEntry) -> Iterable[tuple[Where, _ItemEntry | _CheckEntry]]:
    yield from ((("items", n), item) for n, item in enumerate(entry.items))
    yield from ((("checks", n), check) for n, check in enumerate(entry.checks))


def _question_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    keys = {dimension.key for dimension in entry.dimensions}
    seen: set[str] = set()
    for where, question in _entries(entry):
        if not _ID.fullmatch(question.id):
            yield (*where, "id"), f"an id is letters, digits, hyphens and underscores, not {question.id!r}"
        if question.id in seen:
            yield (*where, "id"), f"there are two items {question.id}"
        seen.add(question.id)
        if isinstance(question, _ItemEntry) and question.dimension not in keys:
            yield (*where, "dimension"), f"there is no dimension {question.dimension}"
        if isinstance(question, _CheckEntry) and not entry.scale.min <= question.expect <= entry.scale.max:
            yield (*where, "expect"), f"expect must be from {entry.scale.min} to {entry.scale.max}"


def _page_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    pages = {item.page for item in entry.items}
    reported = set()
    for where, question in _entries(entry):
        page = question.page
        if page < 1:
            yield (*where, "page"), f"pages are counted from 1, not {page}"
        elif isinstance(question, _CheckEntry) and page not in pages:
            yield (*where, "page"), f"page {page} has no items"
        elif page > 1 and page - 1 not in pages and page not in reported:
            reported.add(page)
            yield (*where, "page"), f"page {page} follows no page {page - 1}"


def _order_faults(entry: _InstrumentEntry) -> Iterable[Fault]:
    given = [item for item in entry.items if item.order is not None]
    seen: dict[float, str] = {}
    for where, question in _entries(entry):
        if question.order is None:
            if given and isinstance(question, _ItemEntry):
                yield where, f"{question.id} has no order, though other items have one"
            continue
        if question.order in seen:
            yield (*where, "order"), f"{question.id} has the order of {seen[question.order]}"
        seen[question.order] = question.id


def dimension_keys(instruments: Iterable[Instrument]) -> tuple[str, ...]:
    """Every dimension that some version has, each once: what rules and words have to cover."""
    return tuple(dict.fromkeys(dimension.key for each in instruments for dimension in each.dimensions))
