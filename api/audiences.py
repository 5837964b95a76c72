"""/v1/audiences: for whom a filter holds, before anything is done with it."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from typing import Any

from flask_smorest import Blueprint

from api.access import needs_key
from api.house import here
from api.schemas.audiences import AudienceQuerySchema, AudienceSchema
from coaching.domain.errors import Refused
from coaching.domain.faults import DocumentFaults, by_place
from coaching.usecases.count_audience import count_audience, read_audience

blueprint = Blueprint("audiences", __name__, url_prefix="/v1", description="Filters over clients")


@blueprint.route("/audiences/count", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Count the clients of an audience")
@blueprint.arguments(AudienceQuerySchema)
@blueprint.response(200, AudienceSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def count(body: dict[str, Any]) -> dict[str, Any]:
    """Return how many clients it has now, and the first few. It changes nothing and may be asked again."""
    house = here()
    try:
        audience = read_audience(body["audience"], house.content.dimensions, ("audience",))
    except DocumentFaults as error:
        raise Refused(by_place(error.faults)) from error
    with house.database.transaction() as session:
        found = count_audience(session, audience, now=house.database.now(session))
    return {"total": found.total, "first": found.first}
