"""Shapes of a client's timeline."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, post_load, validate

from api.schemas.base import Shape, Text
from coaching.domain.ledger import MESSAGE_STATES
from coaching.usecases.timeline import Place

OUTCOMES = ("send", "wait", "merge", "skip", "expire", "cancel", "fail")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile("[0-9]{1,16}-[0-9a-f]{32}")


def _is_cursor(text: str) -> None:
    if not _CURSOR.fullmatch(text):
        raise ValidationError("Hand the cursor back as it was given in 'next'.")


def cursor_of(place: Place | None) -> str | None:
    """Return the text that names a place in the timeline; programs hand it back as it is."""
    if place is None:
        return None
    return f"{(place.due_at - _EPOCH) // _MICROSECOND}-{place.message_id.hex}"


class TimelineQuerySchema(Shape):
    """Which part of the timeline to read."""

    after = Text(
        validate=_is_cursor,
        metadata={"pattern": f"^{_CURSOR.pattern}$", "description": "The cursor from the page before."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))

    @post_load
    def _with_place(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "after" not in given:
            return {**given, "after": None}
        micros, _, message_id = given["after"].partition("-")
        return {**given, "after": Place(_EPOCH + int(micros) * _MICROSECOND, UUID(message_id))}


class RuleSchema(Shape):
    """One rule that was looked at, what it saw, and what it said."""

    rule = fields.String()
    saw = fields.String()
    said = fields.String(metadata={"description": "One of pass, wait, merge, skip, expire."})


class DecisionSchema(Shape):
    """What was decided about a letter last, and why, in a sentence for each who may read it."""

    outcome = fields.String(metadata={"description": f"One of {', '.join(OUTCOMES)}."})
    reason = fields.String(metadata={"description": "For whoever runs the installation."})
    for_client = fields.String(metadata={"description": "The same, said to the client."})
    for_coach = fields.String(metadata={"description": "The same, said to the coach."})
    rules = fields.List(
        fields.Nested(RuleSchema),
        metadata={
            "description": "Every rule that was looked at; none where no rule brought it about, nor before "
            "the letter is due."
        },
    )
    next_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When a letter that waits is looked at again."}
    )


class ReceiptSchema(Shape):
    """What the mail provider reported."""

    kind = fields.String()
    at = fields.AwareDateTime()
    machine = fields.Boolean(metadata={"description": "An open or click that no person made."})


class EntrySchema(Shape):
    """One letter, coming, gone, or kept back."""

    message_id = fields.UUID()
    family = fields.String()
    template = fields.String()
    due_at = fields.AwareDateTime()
    local_at = fields.String(
        metadata={
            "format": "date-time",
            "description": "When it went, or else when it is or was due, by the client's clock.",
        }
    )
    state = fields.String(metadata={"description": f"One of {', '.join(MESSAGE_STATES)}."})
    sent_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When the mail provider took it; null until then."}
    )
    decision = fields.Nested(DecisionSchema)
    receipts = fields.List(fields.Nested(ReceiptSchema))
    merged_into = fields.UUID(allow_none=True, metadata={"description": "The letter that it rides in."})
    why = fields.String(metadata={"description": "What called for it."})


class TimelineSchema(Shape):
    """One page, in order of due time; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(EntrySchema))
    next = fields.String(allow_none=True)
