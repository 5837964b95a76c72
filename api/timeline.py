"""/v1/clients/{id}/timeline: every letter of a client, with what was decided about it and why."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from marshmallow import RAISE

from api.access import needs_key
from api.house import here
from api.schemas.timeline import TimelineQuerySchema, TimelineSchema, cursor_of
from coaching.usecases.timeline import Entry, read_timeline

blueprint = Blueprint("timeline", __name__, url_prefix="/v1", description="Letters, past and coming")


@blueprint.route("/clients/<uuid:client_id>/timeline", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="A client's letters, past and coming, each with its decision")
@blueprint.arguments(TimelineQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, TimelineSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(query: dict[str, Any], client_id: UUID) -> dict[str, Any]:
    """Return one page in order of due time, the oldest first.

    A letter that rides in another bears that one's id in `merged_into`, and is sent, delivered and opened
    with it.
    """
    with here().database.transaction() as session:
        page, following = read_timeline(session, client_id, **query)
        return {"items": [_as_json(entry) for entry in page], "next": cursor_of(following)}


def _as_json(entry: Entry) -> dict[str, Any]:
    row = entry.message
    local_at = (entry.sent_at or row.due_at).astimezone(ZoneInfo(entry.zone))
    return {
        "message_id": row.id,
        "family": row.family,
        "template": row.template,
        "due_at": row.due_at,
        "local_at": local_at.isoformat(),
        "state": row.state,
        "sent_at": entry.sent_at,
        "decision": entry.decision,
        "receipts": entry.receipts,
        "merged_into": row.merged_into,
        "why": row.why,
    }
