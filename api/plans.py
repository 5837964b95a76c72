"""/v1/clients/{id}/plan: read, changed, approved, completed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import actor, needs_key
from api.house import here
from api.once import PARAMETER, answer_once
from api.schemas.plans import (
    ApprovedPlanSchema,
    CadenceSchema,
    NothingSchema,
    PlanApprovalSchema,
    PlanEditSchema,
    PlanMilestoneSchema,
    PlanRelationshipSchema,
    PlanSchema,
    PlanVersionContentSchema,
)
from coaching.usecases.approve_plan import Approved, approve_plan
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.read_plan import PlanView, read_plan, read_version

blueprint = Blueprint("plans", __name__, url_prefix="/v1", description="Milestones and rhythms of a client")

_DERIVED = frozenset({"overdue"})


@blueprint.route("/clients/<uuid:client_id>/plan", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="A client's plan")
@blueprint.response(200, PlanSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(client_id: UUID) -> dict[str, Any]:
    """Return the plan that runs, else the draft that waits, else the one completed last."""
    database = here().database
    with database.transaction() as session:
        return _as_json(read_plan(session, client_id, now=database.now(session)))


@blueprint.route("/clients/<uuid:client_id>/plan/versions/<int:number>", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="A client's plan as it stood at one version")
@blueprint.response(200, PlanVersionContentSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show_version(client_id: UUID, number: int) -> dict[str, Any]:
    """Return one version of the plan that /plan shows: its content, when it came to be, and by whom."""
    with here().database.transaction() as session:
        row = read_version(session, client_id, number)
        kept = row.content
        return {
            "number": row.version,
            "at": row.at,
            "actor": row.actor,
            "focus": kept["focus"],
            "cadences": [_cadence(one) for one in kept["cadences"]],
            "milestones": kept["milestones"],
        }


@blueprint.route("/clients/<uuid:client_id>/plan", methods=["PUT"])
@needs_key("manage")
@blueprint.doc(summary="Change a client's plan")
@blueprint.arguments(PlanEditSchema)
@blueprint.response(200, PlanSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def change(body: dict[str, Any], client_id: UUID) -> dict[str, Any]:
    """Change the running plan, or the draft before it is approved; every change is kept as a version."""
    database = here().database
    with database.transaction() as session:
        now = database.now(session)
        change_plan(session, client_id, body, actor=actor(), now=now)
        return _as_json(read_plan(session, client_id, now=now))


@blueprint.route("/clients/<uuid:client_id>/plan/approve", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Approve a plan, or the changes that newer answers propose", parameters=[PARAMETER])
@blueprint.arguments(PlanApprovalSchema)
@blueprint.response(200, ApprovedPlanSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def approve(body: dict[str, Any], client_id: UUID) -> Response:
    """Start the draft, its dates counted from today; beside a running plan, take the proposed changes.

    Those of them that aren't taken are laid aside, and named in the answer.
    """
    chosen = body.get("differences")

    def work(session: Session, now: datetime) -> dict[str, Any]:
        done = approve_plan(session, client_id, differences=chosen, actor=actor(), now=now)
        return _approved(read_plan(session, client_id, now=now), done)

    return answer_once(work, 200)


@blueprint.route("/clients/<uuid:client_id>/plan/complete", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Complete a plan", parameters=[PARAMETER])
@blueprint.arguments(NothingSchema)
@blueprint.response(200, PlanSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def complete(_body: dict[str, Any], client_id: UUID) -> Response:
    """End a plan that has served its purpose; its reminders end with it.

    What newer answers had proposed for it is laid aside; only answers that come later make another plan.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        complete_plan(session, client_id, actor=actor(), now=now)
        kept: dict[str, Any] = PlanSchema().dump(_as_json(read_plan(session, client_id, now=now)))
        return kept

    return answer_once(work, 200)


def _approved(view: PlanView, done: Approved) -> dict[str, Any]:
    kept: dict[str, Any] = ApprovedPlanSchema().dump({**_as_json(view), "laid_aside": list(done.laid_aside)})
    return kept


def _as_json(view: PlanView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "client_id": row.client_id,
        "state": row.state,
        "version": row.version,
        "rules": row.rules,
        "rules_version": row.rules_version,
        "score_rules": view.score_rules,
        "coach_confirms_first": row.coach_confirms_first,
        "focus": list(view.focus),
        "starts_on": row.starts_on,
        "created_at": row.created_at,
        "approved_at": row.approved_at,
        "approved_by": row.approved_by,
        "completed_at": row.completed_at,
        "cadences": [_cadence(one) for one in view.cadences],
        "milestones": [
            {name: getattr(one.row, name) for name in PlanMilestoneSchema().fields.keys() - _DERIVED}
            | {"overdue": one.overdue}
            for one in view.milestones
        ],
        "relationships": [
            {name: getattr(one, name) for name in PlanRelationshipSchema().fields}
            for one in view.relationships
        ],
        "proposed": None if view.proposed is None else list(view.proposed),
        "versions": list(view.versions),
        "version_count": view.version_count,
    }


def _cadence(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name) for name in CadenceSchema().fields}
