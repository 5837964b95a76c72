"""Shapes of a submission and of what became of it."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from api.house import here
from api.schemas.base import Shape, Text, WholeNumber, YesNo, is_mailbox, is_name, is_time_zone, nested
from coaching.domain.clients import RHYTHMS, STAGES
from coaching.usecases.submit import LONGEST_QUESTION, form_faults

_MOST_ITEMS = 500


class SubmittedClientSchema(Shape):
    """Who filled in the form."""

    email = Text(
        required=True, validate=[validate.Length(min=3, max=254), is_mailbox], metadata={"format": "email"}
    )
    name = Text(load_default="", validate=[validate.Length(max=120), is_name])
    time_zone = Text(
        load_default=None,
        allow_none=True,
        validate=[validate.Length(max=64), is_time_zone],
        metadata={"description": "An IANA name such as Europe/Paris."},
    )
    stage = Text(load_default=None, allow_none=True, validate=validate.OneOf(STAGES))
    rhythm = Text(load_default="weekly", validate=validate.OneOf(RHYTHMS))
    confirmed = YesNo(
        load_default=False,
        metadata={"description": "Manage keys only: the firm knows that this address is the client's own."},
    )


class TimingSchema(Shape):
    """How long the pages took."""

    pages = fields.List(
        fields.Float(validate=validate.Range(min=0, max=604_800)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Seconds on each page of items, in order."},
    )


class ConsentSchema(Shape):
    """What the person said yes or no to, and to which text."""

    profiling = YesNo(required=True, metadata={"description": "Without it nothing is stored."})
    email = YesNo(required=True, metadata={"description": "Consent to letters."})
    text_version = Text(required=True, validate=validate.Length(min=1, max=40))


class AssessmentSchema(Shape):
    """One filled-in form."""

    instrument = Text(required=True, validate=validate.Length(min=1, max=80))
    version = WholeNumber(load_default=None, allow_none=True, validate=validate.Range(min=1, max=1_000_000))
    client = fields.Nested(SubmittedClientSchema, required=True)
    answers = fields.Dict(
        keys=Text(validate=validate.Length(max=40)),
        values=WholeNumber(allow_none=True),
        required=True,
        validate=validate.Length(max=_MOST_ITEMS),
        metadata={"description": "Item id to answer; null where the person would rather not say."},
    )
    importance = fields.Dict(
        keys=Text(validate=validate.Length(max=40)),
        values=WholeNumber(validate=validate.Range(min=1, max=5)),
        load_default=dict,
        metadata={"description": "Dimension to importance, 1 to 5."},
    )
    timing = fields.Nested(TimingSchema, load_default=lambda: {"pages": []})
    question = Text(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_QUESTION))
    consent = fields.Nested(ConsentSchema, required=True)
    source = Text(load_default="api", validate=validate.Length(min=1, max=80))

    @validates_schema(skip_on_field_errors=False)
    def fits_the_instrument(self, data: dict[str, Any], **_: Any) -> None:
        """Look at what can be read even where other fields are wrong: every fault is named at once."""
        if "instrument" not in data:
            return
        faults = form_faults(
            here().content,
            data["instrument"],
            data.get("version"),
            answers=data.get("answers", {}),
            importance=data.get("importance", {}),
            pages=len(data.get("timing", {}).get("pages", ())),
            profiling=data.get("consent", {}).get("profiling", True),
        )
        if faults:
            raise ValidationError(nested(faults))


class LinksSchema(Shape):
    """Where to look next."""

    self = fields.String()
    report = fields.String(metadata={"description": "A page that shows this submission only."})


class AcceptedSchema(Shape):
    """A submission that is stored and waits to be scored."""

    id = fields.UUID()
    status = fields.String()
    links = fields.Nested(LinksSchema)
    client_id = fields.UUID(metadata={"description": "With a manage key."})


class DimensionSchema(Shape):
    """One dimension, 0 (job pole) to 100 (career pole), with its 80% band."""

    name = fields.String()
    score = fields.Float(allow_none=True)
    answered = fields.Integer()
    status = fields.String(metadata={"description": "full, prorated, provisional or none"})
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    band = fields.String(allow_none=True, metadata={"description": "low, middle or high"})


class ProfileSchema(Shape):
    """Which group the composite falls into, and how surely."""

    class_ = fields.String(
        data_key="class", metadata={"description": "job-leaning, in transition or career-leaning"}
    )
    certainty = fields.String(metadata={"description": "clear, likely or borderline"})
    probabilities = fields.Dict(keys=fields.String(), values=fields.Float())
    neighbours = fields.List(fields.String(), metadata={"description": "If borderline: both neighbours."})


class AssessmentResultSchema(Shape):
    """A submission and, once it is scored, what the rules made of it."""

    id = fields.UUID()
    client_id = fields.UUID()
    instrument = fields.String()
    version = fields.Integer()
    status = fields.String(metadata={"description": "queued or scored"})
    held = fields.Boolean()
    accepted = fields.Boolean(metadata={"description": "Its owner, or the firm, has said that it is theirs."})
    submitted_at = fields.AwareDateTime()
    rule_version = fields.String(allow_none=True)
    norms_version = fields.String(allow_none=True)
    dimensions = fields.Dict(keys=fields.String(), values=fields.Nested(DimensionSchema), allow_none=True)
    composite = fields.Float(allow_none=True)
    composite_low = fields.Float(allow_none=True)
    composite_high = fields.Float(allow_none=True)
    profile = fields.Nested(ProfileSchema, allow_none=True)
