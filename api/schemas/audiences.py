"""The shapes of an audience: a filter over clients, and for whom it holds."""

from marshmallow import fields

from api.schemas.base import Shape

_ABOUT = (
    "A condition has a field, a comparison and a value; `all`, `any` and `not` stand around others, up to "
    "ten deep. An empty `all` is every client. docs/audiences.md has the fields and comparisons."
)


class AudienceQuerySchema(Shape):
    """Whom to count."""

    audience = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": _ABOUT,
            "example": {
                "all": [{"field": "stage", "is": "starting"}, {"field": "last_act", "before_days": 30}]
            },
        },
    )


class MemberSchema(Shape):
    """One client of an audience."""

    client_id = fields.UUID()
    name = fields.String()
    stage = fields.String(allow_none=True)


class AudienceSchema(Shape):
    """How many clients there are, whether or not they may be written to, and the first few."""

    total = fields.Integer()
    first = fields.List(
        fields.Nested(MemberSchema),
        metadata={"description": "Up to five, in the order in which they were added."},
    )
