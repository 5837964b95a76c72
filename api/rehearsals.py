"""/v1/rehearsals: what the days ahead would bring, by the live rules, in memory."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from api.access import needs_key
from api.house import here
from api.schemas.rehearsals import MOST_CLIENTS, QuestionSchema, RehearsalSchema
from coaching.adapters.sequence_files import sequence_faults
from coaching.domain.errors import Refused
from coaching.domain.faults import DocumentFaults, place
from coaching.domain.rehearsal.documents import rehearsal_document
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Sequence
from coaching.usecases.rehearse import Question, count_clients, read_only, rehearse_beside

blueprint = Blueprint("rehearsals", __name__, url_prefix="/v1", description="The days ahead, in memory")


@blueprint.route("/rehearsals", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Rehearse the days ahead")
@blueprint.arguments(QuestionSchema)
@blueprint.response(200, RehearsalSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def rehearse_days(body: dict[str, Any]) -> Response:
    """Return the letters that would go, wait or be left out, when and why. Nothing is sent or changed.

    404 where one of `clients` isn't there. docs/rehearsal.md says what is not foreseen.
    """
    house = here()
    question = _question(body)
    with house.database.transaction() as session:
        read_only(session)
        if question.client_ids is None and count_clients(session) > MOST_CLIENTS:
            raise Refused(
                {"clients": [f"There are more than {MOST_CLIENTS:,} clients. Name those to rehearse."]}
            )
        found, live = rehearse_beside(
            session,
            question,
            against_live="against" in body,
            may_write_to=house.may_write_to,
            now=house.database.now(session),
        )
    letters = live.letters if live else None
    return jsonify(rehearsal_document(found.letters, found.exits, question.assumption, letters, found.plans))


def _question(body: dict[str, Any]) -> Question:
    sequence = _sequence(body["sequence"]) if "sequence" in body else None
    if sequence is None:
        said = "This says what becomes of a sequence; send one with it."
        faults = {name: [said] for name in ("move", "against") if body.get(name)}
        if faults:
            raise Refused(faults)
    clients = body.get("clients")
    return Question(
        days=body["days"],
        assumption=body["people"],
        client_ids=None if clients is None else frozenset(clients),
        instead=sequence,
        moves=body["move"],
        starts_alone=here().settings.plans_start_unapproved,
    )


def _sequence(document: dict[str, Any]) -> Sequence:
    """Read a sequence as if it were a file. Raises Refused, naming each place below `sequence`."""
    try:
        sequence = read_sequence(document)
        faults = tuple(sequence_faults(sequence, sequence.name, here().content.dimensions))
    except DocumentFaults as error:
        faults = error.faults
    found: dict[str, list[str]] = {}
    for where, reason in faults:
        found.setdefault(place(("sequence", *where)), []).append(reason)
    if found:
        raise Refused(found)
    return sequence
