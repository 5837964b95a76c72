"""Shapes of milestones and of what is reported about them."""

from datetime import UTC, datetime
from typing import Any, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from api.schemas.base import Shape, Text, WholeNumber, YesNo, is_mailbox
from api.schemas.plans import AHEAD_SAYS, PlanMilestoneSchema
from coaching.domain.deeds import LONGEST_NOTE
from coaching.domain.plan_edits import LONGEST_DETAIL, LONGEST_TITLE
from coaching.domain.plan_rules import AHEAD_DAYS, Service
from coaching.domain.plan_words import DECISIONS, MILESTONE_EVENT_KINDS

_SLUG = validate.Regexp(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", error="Write it in small letters, digits and hyphens: route-map."
)
_REF = validate.Length(min=1, max=120)
_NO_PLANS_THEN = datetime(2000, 1, 1, tzinfo=UTC)


def _is_recent(at: datetime) -> None:
    if at < _NO_PLANS_THEN:
        raise ValidationError("This is before the year 2000; check the date.")


class MilestoneSchema(PlanMilestoneSchema):
    """A milestone, and whose it is."""

    client_id = fields.UUID()
    plan_id = fields.UUID()
    created_at = fields.AwareDateTime()


class NewMilestoneSchema(Shape):
    """A milestone of your own for a client's plan."""

    kind = Text(
        required=True,
        validate=[validate.Length(max=60), _SLUG],
        metadata={"description": "What sort of milestone it is; reports may name it by this."},
    )
    title = Text(required=True, validate=validate.Length(min=1, max=LONGEST_TITLE))
    detail = Text(validate=validate.Length(max=LONGEST_DETAIL))
    due_on = fields.Date(required=True, metadata={"description": "From today on, where the client lives."})
    ahead_days = WholeNumber(
        validate=validate.OneOf(AHEAD_DAYS),
        metadata={"description": AHEAD_SAYS},
    )
    decides = YesNo(metadata={"description": "It is the choice to stay, shift or leave."})
    ref = Text(
        validate=_REF,
        metadata={"description": "Your own name for it, one a client; reports may name it by this."},
    )
    dimension = Text(
        validate=[validate.Length(max=60), _SLUG],
        metadata={"description": "One of those of the form that the plan was drafted from; 422 for others."},
    )
    service = fields.List(Text(validate=validate.OneOf(get_args(Service))), validate=validate.Length(max=3))
    why = Text(
        validate=validate.Length(min=1, max=400),
        metadata={"description": "The reason, as the client reads it."},
    )


class MilestoneEventSchema(Shape):
    """What happened to a milestone."""

    kind = Text(required=True, validate=validate.OneOf(MILESTONE_EVENT_KINDS))
    at = fields.AwareDateTime(
        validate=_is_recent,
        metadata={
            "description": "When it happened, with an offset; now if left out. From a year before the plan "
            "was made until a day ahead of our clock."
        },
    )
    due_on = fields.Date(metadata={"description": "With postponed: the new day, from tomorrow on."})
    note = Text(validate=validate.Length(max=LONGEST_NOTE))
    decision = Text(
        validate=validate.OneOf(DECISIONS),
        metadata={"description": "With reached, for a milestone that is a decision."},
    )


class MilestoneAnswerSchema(Shape):
    """The milestone as it stands afterwards."""

    milestone = fields.Nested(MilestoneSchema)


class _OneNameSchema(Shape):
    @validates_schema
    def _exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError(f"Give one of {' and '.join(sorted(self.fields))}, and only one.")


class ClientNameSchema(_OneNameSchema):
    """The client by one of these: the address, or your own ref."""

    email = Text(validate=[validate.Length(min=3, max=254), is_mailbox], metadata={"format": "email"})
    ref = Text(validate=_REF)


class MilestoneNameSchema(_OneNameSchema):
    """The milestone by one of these: your own ref, or its kind."""

    ref = Text(validate=_REF)
    kind = Text(
        validate=[validate.Length(max=60), _SLUG],
        metadata={"description": "Means the one of this kind that is still to be done, else the newest."},
    )


class NamedMilestoneEventSchema(MilestoneEventSchema):
    """The same from a program that doesn't know our ids."""

    client = fields.Nested(ClientNameSchema, required=True)
    milestone = fields.Nested(MilestoneNameSchema, required=True)


class MilestoneReportSchema(Shape):
    """A report as it is kept. `given`: how it named the milestone, and the client until one is known."""

    id = fields.UUID()
    milestone_id = fields.UUID(allow_none=True)
    client_id = fields.UUID(allow_none=True)
    kind = fields.String(validate=validate.OneOf(MILESTONE_EVENT_KINDS))
    at = fields.AwareDateTime()
    due_on = fields.Date(allow_none=True)
    note = fields.String(allow_none=True)
    decision = fields.String(allow_none=True, validate=validate.OneOf(DECISIONS))
    given = fields.Dict(keys=fields.String())
    refused = fields.String(
        allow_none=True, metadata={"description": "Why it changed nothing, though its milestone is known."}
    )
    actor = fields.String()
    recorded_at = fields.AwareDateTime()


class MilestoneReportAnswerSchema(Shape):
    """What became of a report."""

    matched = fields.Boolean(
        metadata={"description": "Its milestone is known. If not, it is kept and waits."}
    )
    refused = fields.String(
        allow_none=True,
        metadata={
            "description": "Why it changed nothing although it matched. It is kept; don't send it again."
        },
    )
    milestone = fields.Nested(MilestoneSchema, allow_none=True)
    report = fields.Nested(
        MilestoneReportSchema,
        allow_none=True,
        metadata={"description": "As it is kept; null where it said what was known already."},
    )


class MilestoneReportPageSchema(Shape):
    """One page of a list; `next` is the cursor of the page after it."""

    items = fields.List(fields.Nested(MilestoneReportSchema))
    next = fields.String(allow_none=True)


class MilestoneReportQuerySchema(Shape):
    """Which reports to list."""

    unmatched = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata={"description": "true: only those whose milestone isn't known; false: only the others."},
    )
    refused = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata={
            "description": "true: only those that their milestone couldn't take; false: only the others."
        },
    )
    client = fields.UUID()
    milestone = fields.UUID()
    after = fields.UUID(metadata={"description": "The cursor from the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class MatchSchema(Shape):
    """The milestone that a waiting report was about."""

    milestone = fields.UUID(required=True)
