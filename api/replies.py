"""/v1/clients/{id}/replies: for programs and coaches who see a reply in a mailbox of their own."""

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
from api.schemas.wishes import NewReplySchema, ReplySchema
from coaching.usecases.replies import note_reply

blueprint = Blueprint("replies", __name__, url_prefix="/v1", description="Answers to letters")


@blueprint.route("/clients/<uuid:client_id>/replies", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Tell that a client wrote back", parameters=[PARAMETER])
@blueprint.arguments(NewReplySchema)
@blueprint.response(202, ReplySchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def create(body: dict[str, Any], client_id: UUID) -> Response:
    """Count the reply as an act of theirs, and end the sequences that a reply ends: a person answers now.

    The reply itself stays where it is; nothing of it is kept here.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        at = note_reply(session, client_id, actor=actor(), now=now, **body)
        kept: dict[str, Any] = ReplySchema().dump({"client_id": client_id, "at": at})
        return kept

    return answer_once(work, 202)
