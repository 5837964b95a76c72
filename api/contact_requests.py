"""/v1/contact-requests and /v1/suggestions: what clients ask for by the links of their letters."""

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
from api.schemas.plans import NothingSchema
from api.schemas.relationships import PageQuerySchema
from api.schemas.wishes import (
    ContactRequestPageSchema,
    ContactRequestQuerySchema,
    ContactRequestSchema,
    SuggestionPageSchema,
)
from coaching.usecases.contact_requests import answer_request, list_requests
from coaching.usecases.suggestions import list_suggestions

blueprint = Blueprint(
    "contact_requests", __name__, url_prefix="/v1", description="What clients ask for by their letters"
)


@blueprint.route("/contact-requests", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List who asks for a talk")
@blueprint.arguments(ContactRequestQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, ContactRequestPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Return one page in the order in which they came in; `open=true`: those that still wait."""
    with here().database.transaction() as session:
        page, following = list_requests(session, **query)
        return {"items": page, "next": str(following) if following else None}


@blueprint.route("/contact-requests/<uuid:request_id>/answer", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Mark a contact request as answered", parameters=[PARAMETER])
@blueprint.arguments(NothingSchema)
@blueprint.response(200, ContactRequestSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def answer(_body: dict[str, Any], request_id: UUID) -> Response:
    """Say that somebody has written or called: it leaves the coach's morning list. Again changes nothing."""

    def work(session: Session, now: datetime) -> dict[str, Any]:
        row = answer_request(session, request_id, actor=actor(), now=now)
        kept: dict[str, Any] = ContactRequestSchema().dump(row)
        return kept

    return answer_once(work, 200)


@blueprint.route("/suggestions", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List the topics that readers suggest")
@blueprint.arguments(PageQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, SuggestionPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def suggestions(query: dict[str, Any]) -> dict[str, Any]:
    """Return one page in the order in which they came in."""
    with here().database.transaction() as session:
        page, following = list_suggestions(session, **query)
        return {"items": page, "next": str(following) if following else None}
