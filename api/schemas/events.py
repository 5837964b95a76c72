"""Shapes of the event log."""

from marshmallow import fields, validate

from api.schemas.base import Shape, Text
from coaching.domain.events import EventKind

_LARGEST_NUMBER = 2**63 - 1


class EventSchema(Shape):
    """One fact: what happened, to what, and when."""

    number = fields.Integer(metadata={"description": "Its place in the log: always above those before it."})
    id = fields.UUID()
    kind = fields.String(
        metadata={"description": f"One of {', '.join(EventKind)}; more will come, so pass over unknown ones."}
    )
    subject_id = fields.UUID(metadata={"description": "What it happened to: a client, a submission, a plan."})
    client_id = fields.UUID(allow_none=True)
    at = fields.AwareDateTime()
    data = fields.Dict(
        keys=fields.String(), metadata={"description": "Ids and plain values that belong to it."}
    )


class EventPageSchema(Shape):
    """One page of the log; `next` is where the page after it goes on, or null at the end of the log."""

    items = fields.List(fields.Nested(EventSchema))
    next = fields.Integer(allow_none=True)


class EventQuerySchema(Shape):
    """From where on to read, and how much."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=_LARGEST_NUMBER),
        metadata={"description": "The last number that you have seen; 0 to begin."},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1000))
    kind = fields.List(
        Text(validate=validate.OneOf(list(EventKind))),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Only facts of this kind; may stand more than once."},
    )
