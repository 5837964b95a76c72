"""Shapes of a client, coming in and going out."""

from marshmallow import fields, validate

from api.schemas.base import Shape, Text, YesNo, is_mailbox, is_name, is_time_zone
from coaching.domain.clients import RHYTHMS, STAGES


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
