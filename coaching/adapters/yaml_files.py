"""Reads documents into frozen dataclasses; whatever is wrong is named, in YAML with file and line."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from string import Formatter
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from coaching.domain.faults import DocumentFaults, Fault, Where

__all__ = ["ContentError", "Document", "Fault", "Where", "YamlFile", "placeholder_fault"]

T = TypeVar("T")
_HUGE = 1e300


class ContentError(Exception):
    """A content file can't be used; one line a fault, each `file:line: reason`."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Document:
    """Values that people wrote, and the faults found in them so far, each by its place."""

    def __init__(self, root: Any) -> None:
        self._faults: list[Fault] = []
        self._root = root

    @property
    def root(self) -> Any:
        """What it says, as mappings, lists and plain values."""
        return self._root

    def read_as(self, shape: type[T]) -> T:
        """The whole of it as that dataclass; raises as `refuse_faults`, with every fault of shape at once."""
        value = self._read(self._root, shape, ())
        self.refuse_faults()
        return value  # type: ignore[no-any-return]  # _read returns what the hint says, or has noted a fault

    def fault(self, where: Where, reason: str) -> None:
        """Note a fault at that place: keys and indexes from the top, as far as they exist."""
        self._faults.append((where, reason))

    def refuse_faults(self) -> None:
        """Raise DocumentFaults if a fault was noted."""
        if self._faults:
            raise DocumentFaults(self._faults)

    def _wrong(self, where: Where, wanted: str, value: object) -> None:
        name = str(where[-1]) if where and isinstance(where[-1], str) else "this"
        self.fault(where, f"{name} must be {wanted}, not {_said(value)}")

    def _read(self, value: Any, hint: Any, where: Where) -> Any:
        """The value as the hint says; None after noting a fault, so that reading goes on to the next one."""
        if hint in _PLAIN:
            wanted, convert = _PLAIN[hint]
            read = convert(value)
            return self._wrong(where, wanted, value) if read is None else read
        if is_dataclass(hint):
            return self._read_shape(value, hint, where)
        return self._by_origin[get_origin(hint)](value, get_args(hint), where)

    @property
    def _by_origin(self) -> dict[Any, Callable[[Any, tuple[Any, ...], Where], Any]]:
        return {
            Union: self._read_optional,
            types.UnionType: self._read_optional,
            Literal: self._read_choice,
            tuple: self._read_sequence,
            Mapping: self._read_mapping,
        }

    def _read_optional(self, value: Any, hints: tuple[Any, ...], where: Where) -> Any:
        """A hint of the form X | None: nothing written means None."""
        return None if value is None else self._read(value, hints[0], where)

    def _read_choice(self, value: Any, choices: tuple[Any, ...], where: Where) -> Any:
        for choice in choices:
            if value == choice and isinstance(value, type(choice)) and not isinstance(value, bool):
                return choice
        return self._wrong(where, "one of " + ", ".join(map(str, choices)), value)

    def _read_sequence(self, value: Any, hints: tuple[Any, ...], where: Where) -> Any:
        if not isinstance(value, list):
            return self._wrong(where, "a list", value)
        if hints[-1] is Ellipsis:
            hints = (hints[0],) * len(value)
        if len(value) != len(hints):
            return self._wrong(where, f"a list of {len(hints)}", value)
        return tuple(
            self._read(entry, hint, (*where, n))
            for n, (entry, hint) in enumerate(zip(value, hints, strict=True))
        )

    def _read_mapping(self, value: Any, hints: tuple[Any, ...], where: Where) -> Any:
        key_hint, value_hint = hints
        if not isinstance(value, Mapping):
            return self._wrong(where, "a mapping", value)
        if get_origin(key_hint) is Literal:
            for missing in (key for key in get_args(key_hint) if key not in value):
                self.fault(where, f"{missing} is missing")
        return {
            self._read(key, key_hint, (*where, key)): self._read(entry, value_hint, (*where, key))
            for key, entry in value.items()
        }

    def _read_shape(self, value: Any, shape: Any, where: Where) -> Any:
        if not isinstance(value, Mapping):
            return self._wrong(where, "a mapping", value)
        hints = get_type_hints(shape)
        for key in value:
            if key not in hints:
                self.fault((*where, key), f"unknown key {_said(key)}; known are {', '.join(hints)}")
        read = {}
        for field in fields(shape):
            hint = hints[field.name]
            if field.name in value:
                read[field.name] = self._read(value[field.name], hint, (*where, field.name))
            elif type(None) in get_args(hint):
                read[field.name] = None
            elif field.default is MISSING:
                self.fault(where, f"{field.name} is missing")
        return None if self._faults else shape(**read)


class YamlFile(Document):
    """One file: its values, the line of each, and the faults found so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(self._parse())

    def refuse_faults(self) -> None:
        """Raise ContentError if a fault was noted."""
        if self._faults:
            lines = sorted((self._line(where), reason) for where, reason in self._faults)
            raise ContentError([f"{self.path}:{line}: {reason}" for line, reason in lines])

    def _parse(self) -> Any:
        try:
            root = YAML(typ="rt").load(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ContentError([f"{self.path}:1: can't be read: {error.strerror}"]) from None
        except UnicodeDecodeError:
            raise ContentError([f"{self.path}:1: is not UTF-8 text"]) from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = str(error.problem or error.context).split("\n", 1)[0]
            raise ContentError([f"{self.path}:{mark.line + 1 if mark else 1}: {reason}"]) from None
        except (YAMLError, ValueError) as error:  # ValueError: a number of thousands of digits
            reason = str(error).split("\n", 1)[0]
            raise ContentError([f"{self.path}:1: {reason}"]) from None
        except RecursionError:
            raise ContentError([f"{self.path}:1: this is nested too deeply"]) from None
        if root is None:
            raise ContentError([f"{self.path}:1: the file is empty"])
        return root

    def _line(self, where: Where) -> int:
        node, line = self._root, 1
        for step in where:
            places = getattr(node, "lc", None)
            try:
                line = 1 + (places.key(step) if isinstance(node, Mapping) else places.item(step))[0]  # type: ignore[union-attr]
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return line


def placeholder_fault(sentence: str, known: frozenset[str]) -> str | None:
    """What is wrong with a sentence's {placeholders}, if anything: one that is unknown, or a stray brace."""
    try:
        parts = [part[1:] for part in Formatter().parse(sentence) if part[1] is not None]
    except ValueError:
        return "a brace stands alone; write a placeholder as {name}"
    for name, spec, conversion in parts:
        if name not in known or spec or conversion:
            return f"unknown placeholder {{{name}}}; known are {', '.join(sorted(known)) or 'none'}"
    return None


def _said(value: object) -> str:
    """A value as an error shows it: short, on one line."""
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else f"a list of {len(value)}"
    text = "nothing" if value is None else repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _HUGE else None  # neither infinite nor 'not a number' is below it


def _truth(value: object) -> bool | None:
    return bool(value) if isinstance(value, bool) else None


_PLAIN: Mapping[Any, tuple[str, Callable[[object], Any]]] = {
    str: ("text", _text),
    int: ("a whole number", _whole),
    float: ("a number", _number),
    bool: ("true or false", _truth),
}
