"""Shapes of pausing and resuming letters, and of what that does."""

import re
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from api.schemas.base import Shape, Text, YesNo
from api.schemas.clients import StandingPauseSchema
from coaching.domain.ledger import PAUSE_ENDINGS

_A_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


_INSTANT = fields.AwareDateTime(format="iso")
_NO_TIME = "Give a date, such as 2026-12-24, or a time such as 2026-12-24T09:00:00+01:00."


def _date_or_instant(text: str) -> date:
    """Return a date, or an instant with its offset. Raises ValidationError."""
    try:
        if _A_DATE.fullmatch(text):
            return date.fromisoformat(text)
        instant: datetime = _INSTANT.deserialize(text)
    except (ValueError, ValidationError):
        raise ValidationError(_NO_TIME) from None
    return instant


def _is_date_or_instant(text: str) -> None:
    _date_or_instant(text)


class PreviewSchema(Shape):
    """Whether to say only what would happen."""

    preview = YesNo(load_default=False, metadata={"description": "Change nothing; say what it would do."})


class PauseSchema(PreviewSchema):
    """How long letters rest, and what becomes of those that would fall due meanwhile."""

    until = Text(
        allow_none=True,
        load_default=None,
        validate=_is_date_or_instant,
        metadata={
            "description": "A time with its offset; or a date, on which letters may come again where the "
            "client is; at most a year ahead. Null or left out: until letters are resumed.",
        },
    )
    then = Text(
        load_default="skip",
        validate=validate.OneOf(PAUSE_ENDINGS),
        metadata={
            "description": "skip: what falls due meanwhile is left out, later dates stay. shift: dates of "
            "the plan and rhythms move by the days of the pause. hold: what fell due comes after it, one at "
            "a time."
        },
    )

    @post_load
    def _with_time(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        text = given["until"]
        return {**given, "until": None if text is None else _date_or_instant(text)}


class LetterEffectSchema(Shape):
    """What becomes of one letter."""

    message_id = fields.UUID()
    family = fields.String()
    template = fields.String()
    due_at = fields.AwareDateTime()
    moves_to = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Null where it stays, or where that isn't known yet."}
    )


class LetterEffectsSchema(Shape):
    """The planned letters that fall into the pause, by what becomes of them."""

    skipped = fields.List(fields.Nested(LetterEffectSchema))
    moved = fields.List(fields.Nested(LetterEffectSchema))
    held = fields.List(fields.Nested(LetterEffectSchema))


class MilestoneEffectSchema(Shape):
    """A date of the plan that falls into the pause, or moves because of it."""

    id = fields.UUID()
    title = fields.String()
    due_on = fields.Date()
    moves_to = fields.Date(
        allow_none=True, metadata={"description": "Null where it stays, or where that isn't known yet."}
    )


class PauseOutcomeSchema(Shape):
    """How it stands after the call, or would, and what the call did, or would do."""

    preview = fields.Boolean()
    pause = fields.Nested(StandingPauseSchema, allow_none=True)
    letters = fields.Nested(LetterEffectsSchema)
    milestones = fields.List(fields.Nested(MilestoneEffectSchema))
    sentence = fields.String()
