"""/v1/events: the event log, for programs that follow what happens here."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from typing import Any

from flask_smorest import Blueprint
from marshmallow import RAISE

from api.access import needs_key
from api.house import here
from api.schemas.events import EventPageSchema, EventQuerySchema
from coaching.domain.events import EventKind
from coaching.usecases.event_log import read_events

blueprint = Blueprint("events", __name__, url_prefix="/v1", description="What happened, in order")


@blueprint.route("/events", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="Read the event log")
@blueprint.arguments(EventQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Return facts in the order of their numbers, from the one above `after` on.

    To follow the log, keep the number of the last fact you have dealt with, and ask again with it as `after`:
    at once while `next` says that more are there, else every few seconds. Read so, none is missed and none
    comes twice: numbers only grow, and below one that you have seen nothing new appears. A fact usually
    stands here within a second or two of happening.
    """
    kinds = [EventKind(kind) for kind in query["kind"]]
    with here().database.transaction() as session:
        page, following = read_events(session, after=query["after"], limit=query["limit"], kinds=kinds)
        return {"items": page, "next": following}
