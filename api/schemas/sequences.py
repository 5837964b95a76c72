"""The shapes of sequences and of clients' ways through them."""

from marshmallow import fields, validate

from api.schemas.base import Shape, Text


class SequenceSchema(Shape):
    """One sequence, as it lets clients in."""

    name = fields.String()
    version = fields.Integer(metadata={"description": "The newest; who is under way may be in an older one."})
    title = fields.String()
    about = fields.String()
    rank = fields.Integer(metadata={"description": "1 to 9; lower goes first."})
    dimension = fields.String(allow_none=True)
    trigger = fields.List(fields.String(), metadata={"description": "The facts that let clients in."})
    reentry = fields.String()
    hold_out = fields.Integer(metadata={"description": "So many of a hundred are left alone, to compare."})
    versions = fields.List(fields.Integer())
    published_at = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(allow_none=True)
    enrollments = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "How many clients, by active, held_out and ended."},
    )


class WholeSequenceSchema(SequenceSchema):
    """One sequence with all that its file says."""

    document = fields.Dict(metadata={"description": "Trigger, steps, branches, exits and goal, as written."})


class SequenceListSchema(Shape):
    """Every sequence; there are few, so they come on one page."""

    items = fields.List(fields.Nested(SequenceSchema))
    next = fields.String(allow_none=True)


class NewEnrollmentSchema(Shape):
    """Which sequence to let a client into."""

    sequence = Text(required=True, validate=validate.Length(min=1, max=80))


class EnrollmentSchema(Shape):
    """One client's way through one version of a sequence."""

    id = fields.UUID()
    client_id = fields.UUID()
    sequence = fields.String()
    version = fields.Integer()
    state = fields.String(validate=validate.OneOf(("active", "held_out", "ended")))
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    end_reason = fields.String(allow_none=True)
    moves_to = fields.Integer(allow_none=True, metadata={"description": "The version from the next step on."})


class EnrollmentListSchema(Shape):
    """A client's ways through sequences, the newest first."""

    items = fields.List(fields.Nested(EnrollmentSchema))
    next = fields.String(allow_none=True)
