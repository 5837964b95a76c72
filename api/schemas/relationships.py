"""Shapes of relationships and of contact in them."""

from marshmallow import ValidationError, fields, validate

from api.schemas.base import Shape, Text, WholeNumber
from api.schemas.plans import PlanRelationshipSchema
from coaching.domain.deeds import LONGEST_NOTE
from coaching.domain.plan_words import INTERACTION_KINDS, RELATIONSHIP_KINDS, RELATIONSHIP_STATES
from coaching.domain.relationships import LONGEST_CADENCE, LONGEST_NAME, has_controls


def _is_note(note: str) -> None:
    if has_controls(note):
        raise ValidationError("Send plain text: line ends are the only control characters.")


class RelationshipPatchSchema(Shape):
    """What may be changed."""

    kind = Text(
        validate=validate.OneOf(RELATIONSHIP_KINDS),
        metadata={"description": "An event stays one, and nothing else becomes one."},
    )
    name = Text(validate=validate.Length(min=1, max=LONGEST_NAME))
    cadence_days = WholeNumber(
        allow_none=True,
        validate=validate.Range(min=1, max=LONGEST_CADENCE),
        metadata={"description": "Every so many days there should be contact; not for an event."},
    )
    starts_on = fields.Date(
        metadata={"description": "From when the days count until there is contact; for an event, its day."}
    )


class NewRelationshipSchema(RelationshipPatchSchema):
    """Somebody, or something, in the client's network. Left out, `starts_on` is today where the client is."""

    kind = Text(required=True, validate=validate.OneOf(RELATIONSHIP_KINDS))
    name = Text(required=True, validate=validate.Length(min=1, max=LONGEST_NAME))


class RelationshipSchema(PlanRelationshipSchema):
    """A relationship, whose it is, and what to talk about next time: the last note."""

    client_id = fields.UUID()
    state = fields.String(validate=validate.OneOf(RELATIONSHIP_STATES))
    last_note = fields.String(allow_none=True)
    quiet_on = fields.Date(
        allow_none=True, metadata={"description": "It goes quiet then unless there is contact before."}
    )
    created_at = fields.AwareDateTime()


class RelationshipPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(RelationshipSchema))
    next = fields.String(allow_none=True)


class PageQuerySchema(Shape):
    """Which page of a list."""

    after = fields.UUID(metadata={"description": "The cursor from the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class RelationshipQuerySchema(PageQuerySchema):
    """Which of a client's relationships to list."""

    state = Text(validate=validate.OneOf(RELATIONSHIP_STATES))


class NewInteractionSchema(Shape):
    """One real contact."""

    on = fields.Date(
        required=True, metadata={"description": "The day of it; at most a day ahead of the client's date."}
    )
    kind = Text(
        required=True,
        validate=validate.OneOf(INTERACTION_KINDS),
        metadata={"description": "With an event: attended."},
    )
    note = Text(
        allow_none=True,
        validate=[validate.Length(max=LONGEST_NOTE), _is_note],
        metadata={"description": "One or more lines; the next reminder says it as what to talk about."},
    )


class InteractionSchema(Shape):
    """One real contact, as it is kept."""

    id = fields.UUID()
    relationship_id = fields.UUID()
    on = fields.Date(attribute="contact_on")
    kind = fields.String(validate=validate.OneOf(INTERACTION_KINDS))
    note = fields.String(allow_none=True)
    actor = fields.String()
    created_at = fields.AwareDateTime()


class InteractionAnswerSchema(InteractionSchema):
    """The contact, and the relationship as it stands afterwards."""

    relationship = fields.Nested(RelationshipSchema)


class InteractionPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(InteractionSchema))
    next = fields.String(allow_none=True)
