"""The shapes of a sequence's outcome."""

from marshmallow import fields, validate

from api.schemas.base import Shape


class OutcomeQuerySchema(Shape):
    """Which version to tell of."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(min=1),
        metadata={"description": "Only who began in this one; all together without it."},
    )


class IntervalSchema(Shape):
    """Where the truth may well lie: 95 of a hundred such intervals hold it."""

    low = fields.Float()
    high = fields.Float()


class StepOutcomeSchema(Shape):
    """The letters of one step. All that were planned have gone, were skipped, or are still to come."""

    key = fields.String()
    letter = fields.String()
    planned = fields.Integer()
    to_come = fields.Integer()
    sent = fields.Integer()
    skipped = fields.Integer(metadata={"description": "Left out, too late or failed."})
    acted_on = fields.Integer(
        metadata={"description": "By a button, a wish to talk, or a person's click; never by an open."}
    )


class GoalFactSchema(Shape):
    """A fact that reaches the goal."""

    event = fields.String()
    dimension = fields.String(allow_none=True)


class GroupSchema(Shape):
    """The clients of one group, each counted once."""

    counted = fields.Integer(metadata={"description": "Clients whose days are over."})
    reached = fields.Integer()
    too_early = fields.Integer(metadata={"description": "Clients whose days aren't over; not counted."})
    rate = fields.Float(allow_none=True, metadata={"description": "From 0 to 1."})
    interval = fields.Nested(IntervalSchema, allow_none=True)


class GoalOutcomeSchema(Shape):
    """How many reached the goal, let in and left alone."""

    facts = fields.List(fields.Nested(GoalFactSchema))
    within_days = fields.Integer()
    entered = fields.Nested(GroupSchema)
    held_out = fields.Nested(GroupSchema)
    difference = fields.Nested(
        IntervalSchema,
        allow_none=True,
        metadata={"description": "Let in less left alone; null while either group has fewer than 30."},
    )


class RetestGroupSchema(Shape):
    """How the scores of one group changed, of those who answered before and again."""

    counted = fields.Integer()
    mean = fields.Float(allow_none=True, metadata={"description": "In points of 100."})
    error = fields.Float(allow_none=True, metadata={"description": "The standard error of the mean."})
    interval = fields.Nested(IntervalSchema, allow_none=True)
    likely_up = fields.Integer(metadata={"description": "Rose by more than errors of measurement explain."})
    likely_down = fields.Integer()


class ChangeOutcomeSchema(Shape):
    """How the score of the sequence's dimension changed, let in and left alone."""

    dimension = fields.String()
    entered = fields.Nested(RetestGroupSchema)
    held_out = fields.Nested(RetestGroupSchema)
    difference = fields.Nested(IntervalSchema, allow_none=True)


class OutcomeSchema(Shape):
    """What became of a sequence."""

    name = fields.String()
    version = fields.Integer(allow_none=True)
    versions = fields.List(fields.Integer(), metadata={"description": "All that there are, newest first."})
    at = fields.String(metadata={"format": "date-time"})
    entered = fields.Integer(metadata={"description": "Ways into it; a client may have had several."})
    by_hand = fields.Integer(metadata={"description": "Those that a person opened; not compared."})
    held_out = fields.Integer()
    under_way = fields.Integer()
    ended = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "How many, by reason."}
    )
    steps = fields.List(fields.Nested(StepOutcomeSchema))
    goal = fields.Nested(GoalOutcomeSchema, allow_none=True)
    change = fields.Nested(ChangeOutcomeSchema, allow_none=True)
    said = fields.List(fields.String(), metadata={"description": "What the numbers say, and what not."})
