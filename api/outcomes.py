"""/v1/sequences/{name}/outcome: what became of a sequence, beside those who were left alone."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from typing import Any

from flask_smorest import Blueprint
from marshmallow import RAISE

from api.access import needs_key
from api.house import here
from api.schemas.outcomes import OutcomeQuerySchema, OutcomeSchema
from coaching.domain.outcome_documents import outcome_document
from coaching.usecases.sequence_outcome import sequence_outcome

blueprint = Blueprint("outcomes", __name__, url_prefix="/v1", description="What sequences bring about")


@blueprint.route("/sequences/<string:name>/outcome", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="What became of a sequence")
@blueprint.arguments(OutcomeQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, OutcomeSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(query: dict[str, Any], name: str) -> dict[str, Any]:
    """Return its letters step by step, and goal and scores of who was let in beside who was left alone.

    `said` has in words how much, or how little, the numbers say.
    """
    database = here().database
    with database.transaction() as session:
        return outcome_document(sequence_outcome(session, name, query["version"], now=database.now(session)))
