"""What all shapes share: unknown fields are refused, and text is text that can be stored."""

import unicodedata
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

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
