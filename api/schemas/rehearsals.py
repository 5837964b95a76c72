"""The shapes of a rehearsal: what to rehearse, and what would come."""

from marshmallow import fields, validate

from api.schemas.base import Shape
from coaching.domain.rehearsal.assumptions import ASSUMPTIONS
from coaching.usecases.rehearse import LONGEST_DAYS

MOST_CLIENTS = 1000
# A call answers in seconds: a second is enough for some thousand days of one client.
MOST_CLIENT_DAYS = 30_000
_PEOPLE = " ".join(f"`{name}`: {said}" for name, said in ASSUMPTIONS.items())


class QuestionSchema(Shape):
    """Which days to rehearse, for whom, and under what assumption."""

    days = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, LONGEST_DAYS),
        metadata={
            "description": f"So many days ahead. Clients times days are at most {MOST_CLIENT_DAYS:,}, with "
            f"`against` {MOST_CLIENT_DAYS // 2:,}; the command `waypoint rehearse` has no such limit."
        },
    )
    clients = fields.List(
        fields.UUID(),
        validate=validate.Length(1, MOST_CLIENTS),
        metadata={"description": f"Only these; without it all, where there are at most {MOST_CLIENTS:,}."},
    )
    people = fields.String(
        load_default="nobody",
        validate=validate.OneOf(list(ASSUMPTIONS)),
        metadata={"description": f"Who acts on letters. {_PEOPLE}"},
    )
    sequence = fields.Dict(
        keys=fields.String(),
        metadata={"description": "A sequence as its file says it, as if it were live."},
    )
    move = fields.Boolean(
        load_default=False,
        metadata={"description": "With `sequence`: who is under way goes on in it at the next step."},
    )
    plan_rules = fields.Dict(
        keys=fields.String(),
        metadata={"description": "Plan rules as their file says them, as if the plans that run had them."},
    )
    against = fields.String(
        validate=validate.OneOf(["live"]),
        metadata={"description": "With `sequence` or `plan_rules`: also return what it changes."},
    )


class AssumptionSchema(Shape):
    """What people are assumed to do about letters."""

    name = fields.String(validate=validate.OneOf(list(ASSUMPTIONS)))
    says = fields.String()


class ForeseenSchema(Shape):
    """One letter, and how it ends or what it waits for when the days are over."""

    client_id = fields.UUID()
    family = fields.String()
    template = fields.String()
    due_at = fields.AwareDateTime()
    local_at = fields.AwareDateTime(
        metadata={"description": "When it goes, or was last looked at, by the client's clock."}
    )
    outcome = fields.String(validate=validate.OneOf(["send", "wait", "merge", "skip", "expire"]))
    reason = fields.String()
    why = fields.String()
    waited_for = fields.List(fields.String())
    carries = fields.List(fields.String(), metadata={"description": "The letters that ride in it."})


class ExitSchema(Shape):
    """A client's way through a sequence that ends within the days."""

    client_id = fields.UUID()
    sequence = fields.String()
    at = fields.AwareDateTime()
    reason = fields.String()


class LetterDifferenceSchema(Shape):
    """A letter that comes at another time, or only in one of the two."""

    client_id = fields.UUID()
    template = fields.String()
    live_at = fields.AwareDateTime(allow_none=True)
    then_at = fields.AwareDateTime(allow_none=True)


class PlanChangeSchema(Shape):
    """What would stand otherwise in a client's plan."""

    client_id = fields.UUID()
    change = fields.String()
    about = fields.String()
    words = fields.String()
    due_on = fields.Date(allow_none=True)


class TotalsSchema(Shape):
    """The sums."""

    letters = fields.Integer()
    clients = fields.Integer(metadata={"description": "Clients about whom any letter was looked at."})
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())
    families = fields.Dict(keys=fields.String(), values=fields.Integer())
    waits = fields.Dict(keys=fields.String(), values=fields.Integer())
    exits = fields.Dict(keys=fields.String(), values=fields.Integer())


class RehearsalSchema(Shape):
    """What the days would bring, as `waypoint rehearse --json` tells it."""

    assumption = fields.Nested(AssumptionSchema)
    not_foreseen = fields.List(
        fields.String(), metadata={"description": "What no rehearsal knows, in words for people."}
    )
    messages = fields.List(fields.Nested(ForeseenSchema))
    totals = fields.Nested(TotalsSchema)
    days = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        metadata={"description": "Letters that go, by local date and family."},
    )
    exits = fields.List(fields.Nested(ExitSchema))
    differences = fields.List(fields.Nested(LetterDifferenceSchema))
    plan_changes = fields.List(fields.Nested(PlanChangeSchema))
