"""/v1/sequences and enrollments: the drips that there are, and who is on their way through one."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import actor, needs_key
from api.house import here
from api.once import PARAMETER, answer_once
from api.schemas.sequences import (
    EnrollmentListSchema,
    EnrollmentSchema,
    NewEnrollmentSchema,
    SequenceListSchema,
    WholeSequenceSchema,
)
from coaching.adapters import tables
from coaching.usecases.enrollments import enroll, withdraw
from coaching.usecases.read_sequences import (
    SequenceView,
    list_enrollments,
    list_sequences,
    show_sequence,
)

blueprint = Blueprint("sequences", __name__, url_prefix="/v1", description="Letters in an order, with a goal")


@blueprint.route("/sequences", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List sequences")
@blueprint.response(200, SequenceListSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index() -> dict[str, Any]:
    """Return every sequence that was ever published, in its newest version."""
    with here().database.transaction() as session:
        return {"items": [_as_json(view) for view in list_sequences(session)], "next": None}


@blueprint.route("/sequences/<string:name>", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="One sequence")
@blueprint.response(200, WholeSequenceSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(name: str) -> dict[str, Any]:
    """Return one sequence with all that its file says."""
    with here().database.transaction() as session:
        view = show_sequence(session, name)
    return {**_as_json(view), "document": dict(view.sequence.document)}


@blueprint.route("/clients/<uuid:client_id>/enrollments", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="A client's ways through sequences")
@blueprint.response(200, EnrollmentListSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def of_client(client_id: UUID) -> dict[str, Any]:
    """Return a client's ways through sequences, the newest first."""
    with here().database.transaction() as session:
        return {"items": [_enrollment(row) for row in list_enrollments(session, client_id)], "next": None}


@blueprint.route("/clients/<uuid:client_id>/enrollments", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Let a client into a sequence", parameters=[PARAMETER])
@blueprint.arguments(NewEnrollmentSchema)
@blueprint.response(201, EnrollmentSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def create(body: dict[str, Any], client_id: UUID) -> Response:
    """Let a client in by hand: neither trigger nor hold-out is asked, every rule for letters is.

    409 where they are in it already, or where letters of this kind can't reach them.
    """
    house = here()

    def work(session: Session, now: datetime) -> dict[str, Any]:
        added = enroll(
            session,
            client_id,
            body["sequence"],
            actor=actor(),
            may_write_to=house.may_write_to,
            now=now,
        )
        row = session.get_one(tables.Enrollment, added)
        kept: dict[str, Any] = EnrollmentSchema().dump(_enrollment(row))
        return kept

    return answer_once(work, 201)


@blueprint.route("/enrollments/<uuid:enrollment_id>", methods=["DELETE"])
@needs_key("manage")
@blueprint.doc(summary="End a client's way through a sequence")
@blueprint.response(204)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def end(enrollment_id: UUID) -> None:
    """End it now: what is planned is called off, what has gone stays. One that is over stays as it is."""
    house = here()
    with house.database.transaction() as session:
        withdraw(session, enrollment_id, actor=actor(), now=house.database.now(session))


def _as_json(view: SequenceView) -> dict[str, Any]:
    sequence = view.sequence
    return {
        "name": sequence.name,
        "version": sequence.version,
        "title": sequence.title,
        "about": sequence.about,
        "rank": sequence.rank,
        "dimension": sequence.dimension,
        "trigger": list(sequence.trigger.events),
        "reentry": sequence.reentry,
        "hold_out": sequence.hold_out,
        "versions": list(view.versions),
        "published_at": view.published_at,
        "retired_at": view.retired_at,
        "enrollments": dict(view.enrollments),
    }


def _enrollment(row: tables.Enrollment) -> dict[str, Any]:
    return {
        "id": row.id,
        "client_id": row.client_id,
        "sequence": row.sequence,
        "version": row.version,
        "state": row.state,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "end_reason": row.end_reason,
        "moves_to": row.move_to,
    }
