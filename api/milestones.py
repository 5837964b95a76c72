"""/v1/milestones and /v1/milestone-events: what is to be reached, and what is heard about it."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from marshmallow import RAISE
from sqlalchemy.orm import Session

from api.access import actor, needs_key
from api.house import here
from api.once import PARAMETER, answer_once
from api.schemas.milestones import (
    MatchSchema,
    MilestoneAnswerSchema,
    MilestoneEventSchema,
    MilestoneReportAnswerSchema,
    MilestoneReportPageSchema,
    MilestoneReportQuerySchema,
    MilestoneReportSchema,
    MilestoneSchema,
    NamedMilestoneEventSchema,
    NewMilestoneSchema,
)
from coaching.usecases.milestone_reports import Taken
from coaching.usecases.milestones import (
    Report,
    add_milestone,
    list_reports,
    match_report,
    match_waiting,
    read_milestone,
    report_on,
    take_report,
)
from coaching.usecases.read_plan import MilestoneView

blueprint = Blueprint("milestones", __name__, url_prefix="/v1", description="What is to be reached by when")


@blueprint.route("/clients/<uuid:client_id>/milestones", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Add a milestone to a client's plan", parameters=[PARAMETER])
@blueprint.arguments(NewMilestoneSchema)
@blueprint.response(201, MilestoneSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def create(body: dict[str, Any], client_id: UUID) -> Response:
    """Add a milestone: active in a plan that runs, proposed in one that waits for approval.

    A client without a plan, or whose plan is completed, answers 409. Reports that have waited for such a
    milestone take effect at once.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        added = add_milestone(session, here().content, client_id, body, actor=actor(), now=now)
        match_waiting(session, here().content, client_id, now=now)
        return _milestone(session, added, now)

    return answer_once(work, 201)


@blueprint.route("/milestones/<uuid:milestone_id>", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="One milestone")
@blueprint.response(200, MilestoneSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(milestone_id: UUID) -> dict[str, Any]:
    """Return one milestone."""
    database = here().database
    with database.transaction() as session:
        return _as_json(read_milestone(session, milestone_id, now=database.now(session)))


@blueprint.route("/milestones/<uuid:milestone_id>/events", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Report on a milestone", parameters=[PARAMETER])
@blueprint.arguments(MilestoneEventSchema)
@blueprint.response(202, MilestoneAnswerSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def report(body: dict[str, Any], milestone_id: UUID) -> Response:
    """Say that a milestone was started, reached, postponed or dropped.

    What is known already may be said again and changes nothing. What the milestone's state doesn't allow,
    such as starting one that is reached, answers 409 with that state, and is not kept: you know it now. In a
    plan that is completed nothing changes any more: 409 as well.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        report_on(session, here().content, milestone_id, Report(**body), actor=actor(), now=now)
        return {"milestone": _milestone(session, milestone_id, now)}

    return answer_once(work, 202)


@blueprint.route("/milestone-events", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Report on a milestone without knowing its id", parameters=[PARAMETER])
@blueprint.arguments(NamedMilestoneEventSchema)
@blueprint.response(202, MilestoneReportAnswerSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def report_by_name(body: dict[str, Any]) -> Response:
    """Say what happened, naming client and milestone as you know them. 202 means: heard, don't send it again.

    `matched` false: nobody, or no milestone, of that name is known. The report waits, takes effect once there
    is one, and stands in the list of this address until then; a person may also match it. `refused`: the
    milestone is known, but its state doesn't allow this, such as a start that arrives after the finish. The
    report is kept beside the milestone and changes nothing. Only a faulty request (422) isn't kept.
    """
    names = {name: body.pop(name) for name in ("client", "milestone")}

    def work(session: Session, now: datetime) -> dict[str, Any]:
        told = Report(**body)
        return _answer(
            session, take_report(session, here().content, names, told, actor=actor(), now=now), now
        )

    return answer_once(work, 202)


@blueprint.route("/milestone-events", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List what was reported on milestones")
@blueprint.arguments(MilestoneReportQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, MilestoneReportPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Return one page in the order in which the reports came in; `unmatched=true`: those that still wait."""
    with here().database.transaction() as session:
        page, following = list_reports(session, **query)
        return {"items": page, "next": str(following) if following else None}


@blueprint.route("/milestone-events/<uuid:report_id>/match", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Say which milestone a report was about", parameters=[PARAMETER])
@blueprint.arguments(MatchSchema)
@blueprint.response(202, MilestoneReportAnswerSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def match(body: dict[str, Any], report_id: UUID) -> Response:
    """Give a report that waits, or that another milestone couldn't take, to this one, as of when it happened.

    If this milestone's state doesn't allow it either (409), the report stays as it was.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        taken = match_report(session, here().content, report_id, body["milestone"], actor=actor(), now=now)
        return _answer(session, taken, now)

    return answer_once(work, 202)


def _milestone(session: Session, milestone_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the milestone as plain values, as an answer is kept for repeats of its request."""
    kept: dict[str, Any] = MilestoneSchema().dump(_as_json(read_milestone(session, milestone_id, now=now)))
    return kept


def _as_json(view: MilestoneView) -> dict[str, Any]:
    names = MilestoneSchema().fields.keys() - {"overdue"}
    return {name: getattr(view.row, name) for name in names} | {"overdue": view.overdue}


def _answer(session: Session, taken: Taken, now: datetime) -> dict[str, Any]:
    known = taken.milestone_id
    return {
        "matched": known is not None,
        "refused": taken.refused,
        "milestone": None if known is None else _milestone(session, known, now),
        "report": None if taken.line is None else MilestoneReportSchema().dump(taken.line),
    }
