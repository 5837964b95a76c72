"""What all shapes share: unknown fields are refused, and text is text that can be stored."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from coaching.adapters.mailboxes import checked_address
from coaching.domain.clients import name_fault
from coaching.domain.local_time import is_zone

_KEPT_CONTROLS = frozenset("\n\r\t")


class Shape(Schema):
    """A shape that refuses fields it does not know, so that a misspelt one is noticed."""

    class Meta:
        """Strictness for every shape."""

        unknown = RAISE


class Text(fields.String):
    """Text without characters that no database and no letter can carry."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if any(unicodedata.category(one) in ("Cc", "Cs") and one not in _KEPT_CONTROLS for one in text):
            raise ValidationError("Contains characters that can't be stored.")
        return text


class WholeNumber(fields.Integer):
    """An integer written as one: neither '5' nor 5.0 nor true."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class YesNo(fields.Boolean):
    """True or false and nothing that merely looks like it: consent must not come from a typing slip."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def is_mailbox(address: str) -> None:
    """Refuse what can't be an e-mail address, in words for who typed it."""
    try:
        checked_address(address)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def is_name(name: str) -> None:
    """Refuse what can't be a person's name."""
    fault = name_fault(name)
    if fault:
        raise ValidationError(fault)


def is_time_zone(name: str) -> None:
    """Refuse what is no time zone."""
    if not is_zone(name):
        raise ValidationError("There is no time zone of this name; one would be Europe/Paris.")


def nested(faults: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return faults by dotted field as marshmallow nests them: one level below the first dot."""
    found: dict[str, Any] = {}
    for field, said in faults.items():
        outer, _, inner = field.partition(".")
        if inner:
            found.setdefault(outer, {})[inner] = said
        else:
            found[outer] = said
    return found
