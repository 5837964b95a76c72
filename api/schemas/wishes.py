"""Shapes of what clients ask for by their letters: a talk, a topic; and of the replies that others see."""

from marshmallow import fields

from api.schemas.base import Shape
from api.schemas.relationships import PageQuerySchema
from coaching.domain.library import TOPICS


class ContactRequestSchema(Shape):
    """A client would like to talk to a coach."""

    id = fields.UUID()
    client_id = fields.UUID()
    message_id = fields.UUID(allow_none=True, metadata={"description": "The letter whose link was pressed."})
    text = fields.String(metadata={"description": "What it is about, in their words; often empty."})
    at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(allow_none=True)


class ContactRequestPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(ContactRequestSchema))
    next = fields.String(allow_none=True)


class ContactRequestQuerySchema(PageQuerySchema):
    """Which requests to list."""

    waiting = fields.Boolean(
        data_key="open",
        truthy={"true"},
        falsy={"false"},
        metadata={"description": "true: only those that nobody has answered; false: only the others."},
    )


class SuggestionSchema(Shape):
    """A topic that a reader would like the firm to write about."""

    id = fields.UUID()
    client_id = fields.UUID()
    topic = fields.String(metadata={"enum": [*TOPICS, "other"]})
    text = fields.String()
    at = fields.AwareDateTime()


class SuggestionPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(SuggestionSchema))
    next = fields.String(allow_none=True)


class NewReplySchema(Shape):
    """A reply that came in, in a mailbox that Waypoint doesn't see."""

    at = fields.AwareDateTime(metadata={"description": "When it came in; now, unless it is given."})


class ReplySchema(Shape):
    """The reply as it counts."""

    client_id = fields.UUID()
    at = fields.AwareDateTime()
