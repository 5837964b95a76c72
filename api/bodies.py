"""Reads JSON as strictly as people expect: what one reader takes so and another so is refused by name."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


class BodyFault(Exception):
    """The body is no clear JSON; `errors` names where and why."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


class _NoNumber:
    """Stands where NaN or Infinity stood."""


class _Repeating(dict[str, Any]):
    """An object in which some keys stand more than once."""

    twice: tuple[str, ...] = ()


def check_json(body: bytes) -> None:
    """Raise BodyFault for broken UTF-8 or JSON, repeated keys, NaN and the like, and endless nesting."""
    try:
        read = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=lambda _: _NoNumber())
        errors = dict(_faults(read, ""))
    except UnicodeDecodeError as error:
        raise BodyFault({"body": [f"Send UTF-8: byte {error.start + 1} is none."]}) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BodyFault({"body": [f"This is not JSON: {error.msg} at {where}."]}) from error
    except RecursionError as error:
        raise BodyFault({"body": ["This is nested too deeply."]}) from error
    except ValueError as error:  # a number of thousands of digits
        raise BodyFault({"body": ["Some number has too many digits."]}) from error
    if errors:
        raise BodyFault(errors)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    marked = _Repeating(plain)
    names = [name for name, _ in pairs]
    marked.twice = tuple(name for name in plain if names.count(name) > 1)
    return marked


def _faults(value: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, _NoNumber):
        yield path or "body", ["JSON has no NaN and no Infinity; send a number or null."]
    elif isinstance(value, dict | list):
        for name in value.twice if isinstance(value, _Repeating) else ():
            yield _join(path, name), ["This stands here more than once."]
        for name, inner in _parts(value):
            yield from _faults(inner, _join(path, name))


def _parts(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    return (
        value.items() if isinstance(value, dict) else ((str(place), one) for place, one in enumerate(value))
    )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
