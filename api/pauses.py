"""/v1/clients/{id}/pause and /resume: one switch for everything but what the client asked for."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import actor, needs_key
from api.once import PARAMETER, answer_once
from api.schemas.pauses import PauseOutcomeSchema, PauseSchema, PreviewSchema
from coaching.usecases.pauses import Outcome, pause_client, preview_pause, preview_resume, resume_client

blueprint = Blueprint("pauses", __name__, url_prefix="/v1", description="Letters rest for a while")


@blueprint.route("/clients/<uuid:client_id>/pause", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Pause a client's letters", parameters=[PARAMETER])
@blueprint.arguments(PauseSchema)
@blueprint.response(200, PauseOutcomeSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def pause(body: dict[str, Any], client_id: UUID) -> Response:
    """Let letters rest, or give a pause that stands another end; the answer says what that does.

    Transactional letters, which the client asks for, still come. With `preview` nothing changes.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        until, ending, preview = body["until"], body["then"], body["preview"]
        if preview:
            told = preview_pause(session, client_id, until=until, ending=ending, now=now)
        else:
            told = pause_client(session, client_id, until=until, ending=ending, actor=actor(), now=now)
        return _as_json(told, preview=preview)

    return answer_once(work, 200)


@blueprint.route("/clients/<uuid:client_id>/resume", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Resume a client's letters", parameters=[PARAMETER])
@blueprint.arguments(PreviewSchema)
@blueprint.response(200, PauseOutcomeSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def resume(body: dict[str, Any], client_id: UUID) -> Response:
    """End the pause now, as it was meant to end; where letters aren't paused nothing happens."""

    def work(session: Session, now: datetime) -> dict[str, Any]:
        if body["preview"]:
            told = preview_resume(session, client_id, now=now)
        else:
            told = resume_client(session, client_id, actor=actor(), now=now)
        return _as_json(told, preview=body["preview"])

    return answer_once(work, 200)


def _as_json(told: Outcome, *, preview: bool) -> dict[str, Any]:
    effect = told.effect
    plain: dict[str, Any] = PauseOutcomeSchema().dump(
        {
            "preview": preview,
            "pause": told.pause,
            "letters": effect.letters,
            "milestones": effect.milestones,
            "sentence": effect.sentence,
        }
    )
    return plain
