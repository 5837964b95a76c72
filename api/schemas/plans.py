"""Shapes of a plan, coming in and going out."""

from typing import get_args

from marshmallow import fields, validate

from api.schemas.base import Shape, Text, WholeNumber, YesNo
from coaching.domain.plan_differences import DifferenceKind
from coaching.domain.plan_edits import LONGEST_DETAIL, LONGEST_TITLE
from coaching.domain.plan_rules import AHEAD_DAYS, CadenceKind
from coaching.domain.plan_words import DECISIONS, MILESTONE_STATES, PLAN_STATES, RELATIONSHIP_KINDS

AHEAD_SAYS = (
    "So many days before its day the reminder comes; if left out for a new one, 3 for what is due within 14 "
    "days, 7 up to 45 days, else 14."
)
_DAYS = validate.Range(min=1, max=730)


class MilestoneEditSchema(Shape):
    """With `id`, what is given changes in that milestone; without, it is a new one."""

    id = fields.UUID()
    kind = Text(
        validate=[validate.Length(max=60), validate.Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*\Z")],
        metadata={"description": "For a new one; 'own' if left out."},
    )
    title = Text(validate=validate.Length(min=1, max=LONGEST_TITLE))
    detail = Text(validate=validate.Length(max=LONGEST_DETAIL))
    why = Text(
        validate=validate.Length(min=1, max=400),
        metadata={"description": "For a new one: the reason, as the client reads it."},
    )
    due_on = fields.Date()
    ahead_days = WholeNumber(
        validate=validate.OneOf(AHEAD_DAYS),
        metadata={"description": AHEAD_SAYS},
    )
    state = Text(
        validate=validate.OneOf(MILESTONE_STATES),
        metadata={"description": "'dropped' takes it out; nothing else may change here."},
    )


class CadenceEditSchema(Shape):
    """A rhythm: `count` times every `every_days`, for `times` rounds, then every `then_every_days`.

    Without `every_days`, for a mentor: one is found by `first_by_on`, then the later rhythm holds.
    """

    kind = Text(required=True, validate=validate.OneOf(get_args(CadenceKind)))
    text = Text(required=True, validate=validate.Length(min=1, max=200))
    every_days = WholeNumber(allow_none=True, validate=_DAYS)
    times = WholeNumber(allow_none=True, validate=validate.Range(min=1, max=100))
    then_every_days = WholeNumber(allow_none=True, validate=_DAYS)
    count = WholeNumber(load_default=1, validate=validate.Range(min=1, max=20))
    optional = YesNo(load_default=False)
    first_by_on = fields.Date(allow_none=True)


class PlanEditSchema(Shape):
    """The plan as it shall be. Milestones left out stay; cadences, if given, are all there are."""

    if_version = WholeNumber(
        validate=validate.Range(min=1, max=2**31 - 1),
        metadata={
            "description": "Change it only if it is still at this version; else 409. Needed with a new "
            "milestone, so that the same request, sent again, doesn't add it twice."
        },
    )
    milestones = fields.List(fields.Nested(MilestoneEditSchema), validate=validate.Length(max=100))
    cadences = fields.List(fields.Nested(CadenceEditSchema), validate=validate.Length(max=20))


class PlanApprovalSchema(Shape):
    """Which proposed changes to take into a plan that runs; left out, all of them; none of them: leave it.

    What isn't taken is laid aside: the answer names it once, and only newer answers propose it again.
    """

    differences = fields.List(
        Text(validate=validate.Length(min=1, max=120)), allow_none=True, validate=validate.Length(max=200)
    )


class NothingSchema(Shape):
    """Nothing has to be said."""


class PlanMilestoneSchema(Shape):
    """A milestone of a plan; `overdue` is derived from its date, where the client is."""

    id = fields.UUID()
    kind = fields.String()
    ref = fields.String(allow_none=True)
    dimension = fields.String(allow_none=True)
    title = fields.String()
    detail = fields.String()
    service = fields.List(fields.String())
    why = fields.String()
    state = fields.String(validate=validate.OneOf(MILESTONE_STATES))
    overdue = fields.Boolean()
    due_on = fields.Date()
    ahead_days = fields.Integer()
    decides = fields.Boolean()
    decision = fields.String(allow_none=True, validate=validate.OneOf(DECISIONS))
    opened_by = fields.UUID(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    reached_at = fields.AwareDateTime(allow_none=True)
    dropped_at = fields.AwareDateTime(allow_none=True)
    touched_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "A person changed it; no rule overwrites it any more."}
    )


class CadenceSchema(Shape):
    """A rhythm of the plan, and why it is there."""

    kind = fields.String()
    text = fields.String()
    why = fields.String()
    every_days = fields.Integer(allow_none=True)
    times = fields.Integer(allow_none=True)
    then_every_days = fields.Integer(allow_none=True)
    count = fields.Integer()
    optional = fields.Boolean()
    first_by_on = fields.String(allow_none=True, metadata={"format": "date"})


class PlanRelationshipSchema(Shape):
    """Somebody, or something, in the client's network."""

    id = fields.UUID()
    kind = fields.String(validate=validate.OneOf(RELATIONSHIP_KINDS))
    name = fields.String()
    state = fields.String()
    cadence_days = fields.Integer(allow_none=True)
    starts_on = fields.Date()
    last_contact_on = fields.Date(allow_none=True)
    not_before = fields.Date(allow_none=True)
    registered_on = fields.Date(allow_none=True)


class DifferenceSchema(Shape):
    """One change that newer answers propose."""

    id = fields.String()
    kind = fields.String(validate=validate.OneOf(get_args(DifferenceKind)))
    words = fields.String()
    why = fields.String()
    due_on = fields.Date(allow_none=True)


class PlanVersionSchema(Shape):
    """One version of the plan."""

    number = fields.Integer()
    at = fields.AwareDateTime()
    actor = fields.String()


class KeptMilestoneSchema(Shape):
    """A milestone as a version holds it."""

    id = fields.UUID()
    kind = fields.String()
    ref = fields.String(allow_none=True)
    dimension = fields.String(allow_none=True)
    title = fields.String()
    detail = fields.String()
    service = fields.List(fields.String())
    why = fields.String()
    state = fields.String(validate=validate.OneOf(MILESTONE_STATES))
    due_on = fields.String(metadata={"format": "date"})
    ahead_days = fields.Integer()
    decides = fields.Boolean()
    decision = fields.String(allow_none=True, validate=validate.OneOf(DECISIONS))


class PlanVersionContentSchema(PlanVersionSchema):
    """The plan as it stood at one version."""

    focus = fields.List(fields.String())
    cadences = fields.List(fields.Nested(CadenceSchema))
    milestones = fields.List(fields.Nested(KeptMilestoneSchema))


class PlanSchema(Shape):
    """A client's plan: the one that runs, else the draft that waits, else the one completed last."""

    id = fields.UUID()
    client_id = fields.UUID()
    state = fields.String(validate=validate.OneOf(PLAN_STATES))
    version = fields.Integer()
    rules = fields.String()
    rules_version = fields.Integer(
        metadata={"description": "The version of the plan rules (`rules`) that drafted it."}
    )
    score_rules = fields.String(
        allow_none=True, metadata={"description": "The version of the scoring rules that its score is by."}
    )
    coach_confirms_first = fields.Boolean()
    focus = fields.List(fields.String())
    starts_on = fields.Date(
        allow_none=True, metadata={"description": "Dates count from this day; a draft's move when it starts."}
    )
    created_at = fields.AwareDateTime()
    approved_at = fields.AwareDateTime(allow_none=True)
    approved_by = fields.String(allow_none=True)
    completed_at = fields.AwareDateTime(allow_none=True)
    cadences = fields.List(fields.Nested(CadenceSchema))
    milestones = fields.List(fields.Nested(PlanMilestoneSchema))
    relationships = fields.List(fields.Nested(PlanRelationshipSchema))
    proposed = fields.List(
        fields.Nested(DifferenceSchema),
        allow_none=True,
        metadata={"description": "What newer answers would change; null where nothing waits."},
    )
    versions = fields.List(
        fields.Nested(PlanVersionSchema),
        metadata={"description": "The newest 20; /plan/versions/{number} says how the plan stood at each."},
    )
    version_count = fields.Integer(metadata={"description": "How many versions are kept in all."})


class ApprovedPlanSchema(PlanSchema):
    """The plan as it runs now, and what was proposed for it and not taken."""

    laid_aside = fields.List(
        fields.Nested(DifferenceSchema),
        metadata={"description": "Proposed and not taken; only newer answers propose it again."},
    )
