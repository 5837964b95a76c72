"""/v1/clients/{id}/plan: read, changed, approved, completed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import current_key, needs_key
from api.house import here
from api.once import PARAMETER, answer_once
from api.schemas.plans import (
    CadenceSchema,
    NothingSchema,
    PlanApprovalSchema,
    PlanEditSchema,
    PlanMilestoneSchema,
    PlanRelationshipSchema,
    PlanSchema,
)
from coaching.usecases.approve_plan import approve_plan
from coaching.usecases.complete_plan import complete_plan
from coaching.usecases.plan_changes import change_plan
from coaching.usecases.read_plan import PlanView, read_plan

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
        change_plan(session, client_id, body, actor=_actor(), now=now)
        return _as_json(read_plan(session, client_id, now=now))


@blueprint.route("/clients/<uuid:client_id>/plan/approve", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Approve a plan, or the changes that newer answers propose", parameters=[PARAMETER])
@blueprint.arguments(PlanApprovalSchema)
@blueprint.response(200, PlanSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def approve(body: dict[str, Any], client_id: UUID) -> Response:
    """Start the draft, its dates counted from today; beside a running plan, take the proposed changes."""
    content, chosen = here().content, body.get("differences")

    def approved(session: Session, now: datetime) -> None:
        approve_plan(session, content, client_id, differences=chosen, actor=_actor(), now=now)

    return _answer(client_id, approved)


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
    """End a plan that has served its purpose; its reminders end with it."""

    def completed(session: Session, now: datetime) -> None:
        complete_plan(session, client_id, actor=_actor(), now=now)

    return _answer(client_id, completed)


def _answer(client_id: UUID, act: Callable[[Session, datetime], None]) -> Response:
    """Do it once, and answer with the plan as it stands then."""

    def work(session: Session, now: datetime) -> dict[str, Any]:
        act(session, now)
        kept: dict[str, Any] = PlanSchema().dump(_as_json(read_plan(session, client_id, now=now)))
        return kept

    return answer_once(work, 200)


def _actor() -> str:
    return f"key:{current_key().id}"


def _as_json(view: PlanView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "client_id": row.client_id,
        "state": row.state,
        "version": row.version,
        "rules": row.rules,
        "rules_version": row.rules_version,
        "coach_confirms_first": row.coach_confirms_first,
        "focus": list(view.focus),
        "starts_on": row.starts_on,
        "created_at": row.created_at,
        "approved_at": row.approved_at,
        "approved_by": row.approved_by,
        "completed_at": row.completed_at,
        "cadences": [{name: one.get(name) for name in CadenceSchema().fields} for one in view.cadences],
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
    }
