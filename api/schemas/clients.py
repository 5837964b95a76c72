"""Shapes of a client, coming in and going out."""

from datetime import time
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_dump, validate

from api.schemas.base import Shape, Text, YesNo, is_mailbox, is_name, is_time_zone
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.domain.ledger import PAUSE_ENDINGS
from coaching.domain.local_time import Hours

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _clock(name: str) -> Text:
    said = "Give hours and minutes on a 24-hour clock, such as 08:30."
    valid = [validate.Length(equal=5, error=said), validate.Regexp(_CLOCK, error=said)]
    return Text(required=True, data_key=name, validate=valid, metadata={"example": "08:30"})


class HoursSchema(Shape):
    """When letters may come, by the client's own clock: on these days, from one time until before another."""

    days = fields.List(
        Text(validate=validate.OneOf(_DAYS, error="Write days as mon, tue, wed, thu, fri, sat or sun.")),
        required=True,
        validate=validate.Length(min=1, max=7, error="Give one to seven days."),
    )
    opens = _clock("from")
    closes = _clock("to")

    @post_load
    def _as_hours(self, given: dict[str, Any], **_: Any) -> Hours:
        if given["closes"] <= given["opens"]:
            raise ValidationError("The hours have to end later on the day than they begin.", "to")
        days = frozenset(_DAYS.index(day) + 1 for day in given["days"])
        return Hours(days, time.fromisoformat(given["opens"]), time.fromisoformat(given["closes"]))

    @pre_dump
    def _as_json(self, hours: Hours, **_: Any) -> dict[str, Any]:
        return {
            "days": [_DAYS[day - 1] for day in sorted(hours.days)],
            "opens": f"{hours.opens:%H:%M}",
            "closes": f"{hours.closes:%H:%M}",
        }


class StandingPauseSchema(Shape):
    """Letters rest; without `until` they do so until somebody resumes them."""

    since = fields.AwareDateTime(attribute="began_at")
    until = fields.AwareDateTime(attribute="until_at", allow_none=True)
    then = fields.String(
        attribute="ending", metadata={"enum": list(PAUSE_ENDINGS), "description": "What becomes of the rest."}
    )


class ClientConsentSchema(Shape):
    """What the client said yes or no to; what is left out stays as it is."""

    profiling = YesNo()
    email = YesNo(metadata={"description": "Consent to letters."})
    text_version = Text(required=True, validate=validate.Length(min=1, max=40))
    source = Text(load_default="firm", validate=validate.Length(min=1, max=80))


class ClientPatchSchema(Shape):
    """What may be changed."""

    email = Text(validate=[validate.Length(min=3, max=254), is_mailbox], metadata={"format": "email"})
    name = Text(validate=[validate.Length(max=120), is_name])
    time_zone = Text(validate=[validate.Length(min=1, max=64), is_time_zone])
    stage = Text(allow_none=True, validate=validate.OneOf(STAGES))
    rhythm = Text(validate=validate.OneOf(RHYTHMS))
    hours = fields.Nested(HoursSchema)
    confirmed = YesNo(metadata={"description": "The firm knows that this address is the client's own."})
    consent = fields.Nested(ClientConsentSchema)
    tags = fields.List(Text(validate=validate.Length(min=1, max=60)), validate=validate.Length(max=50))
    coach = Text(allow_none=True, metadata={"description": "The coach's e-mail address."})
    ref = Text(
        allow_none=True,
        validate=validate.Length(min=1, max=120),
        metadata={"description": "Your own id for this client."},
    )


class NewClientSchema(ClientPatchSchema):
    """A client of the firm who may not have filled in a form."""

    email = Text(
        required=True, validate=[validate.Length(min=3, max=254), is_mailbox], metadata={"format": "email"}
    )


class ConsentStateSchema(Shape):
    """What holds now; null where nothing was ever said."""

    profiling = fields.Boolean(allow_none=True)
    email = fields.Boolean(allow_none=True)


class ClientSchema(Shape):
    """A client as the firm's programs see them."""

    id = fields.UUID()
    email = fields.String()
    name = fields.String()
    time_zone = fields.String()
    stage = fields.String(allow_none=True)
    rhythm = fields.String()
    hours = fields.Nested(HoursSchema)
    pause = fields.Nested(StandingPauseSchema, allow_none=True)
    confirmed = fields.Boolean()
    consent = fields.Nested(ConsentStateSchema)
    tags = fields.List(fields.String())
    coach = fields.String(allow_none=True)
    ref = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class ClientPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(ClientSchema))
    next = fields.String(allow_none=True)


class ClientQuerySchema(Shape):
    """Which clients to list."""

    email = Text(validate=validate.Length(max=254))
    ref = Text(validate=validate.Length(max=120))
    after = fields.UUID(metadata={"description": "The cursor from the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
