"""/v1/rehearsals: what the days ahead would bring, by the live rules, in memory."""

# mypy: disallow-untyped-decorators=False
# (flask-smorest ships no types)

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from api.access import needs_key
from api.house import here
from api.schemas.rehearsals import MOST_CLIENT_DAYS, MOST_CLIENTS, QuestionSchema, RehearsalSchema
from coaching.adapters.plan_files import read_plan_rules
from coaching.adapters.sequence_files import sequence_faults
from coaching.domain.errors import Refused
from coaching.domain.faults import DocumentFaults, Fault, by_place
from coaching.domain.rehearsal.documents import rehearsal_document
from coaching.domain.sequence_documents import read_sequence
from coaching.domain.sequences import Sequence
from coaching.usecases.rehearse import Question, count_clients, read_only, rehearse_beside
from coaching.usecases.rehearse_plans import NewRules

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

    404 where one of `clients` isn't there; 422 where it would be too much for one call. `not_foreseen` says
    what nobody knows.
    """
    house = here()
    question = _question(body)
    with house.database.transaction() as session:
        read_only(session)
        _refuse_too_much(session, question, twice="against" in body)
        found, live = rehearse_beside(
            session,
            question,
            against_live="against" in body,
            may_write_to=house.may_write_to,
            now=house.database.now(session),
        )
    letters = live.letters if live else None
    return jsonify(rehearsal_document(found.letters, found.exits, question.assumption, letters, found.plans))


def _refuse_too_much(session: Session, question: Question, *, twice: bool) -> None:
    """Refuse what would take longer than somebody waits for an answer. Raises Refused."""
    ids = question.client_ids
    clients = count_clients(session) if ids is None else len(ids)
    if ids is None and clients > MOST_CLIENTS:
        raise Refused({"clients": [f"There are more than {MOST_CLIENTS:,} clients. Name those to rehearse."]})
    most = MOST_CLIENT_DAYS // (2 if twice else 1)
    if clients * question.days > most:
        said = (
            f"{clients:,} clients times {question.days} days is more than {most:,}, which one call may ask "
            "for. Ask for fewer days or clients, or use the command `waypoint rehearse`."
        )
        raise Refused({"days": [said]})


def _question(body: dict[str, Any]) -> Question:
    sequence = _sequence(body["sequence"]) if "sequence" in body else None
    rules = _plan_rules(body["plan_rules"]) if "plan_rules" in body else None
    faults = {}
    if sequence is None and body["move"]:
        faults["move"] = ["This says what becomes of a sequence; send one with it."]
    if sequence is None and rules is None and "against" in body:
        faults["against"] = ["This compares; send a sequence or plan_rules with it."]
    if faults:
        raise Refused(faults)
    clients = body.get("clients")
    return Question(
        days=body["days"],
        assumption=body["people"],
        client_ids=None if clients is None else frozenset(clients),
        instead=sequence,
        moves=body["move"],
        plan_rules=rules,
        starts_alone=here().settings.plans_start_unapproved,
    )


def _sequence(document: dict[str, Any]) -> Sequence:
    """Read a sequence as if it were a file. Raises Refused, naming each place below `sequence`."""
    try:
        sequence = read_sequence(document)
        faults = tuple(sequence_faults(sequence, sequence.name, here().content.dimensions))
    except DocumentFaults as error:
        faults = error.faults
    _refuse("sequence", faults)
    return sequence


def _plan_rules(document: dict[str, Any]) -> NewRules:
    """Read plan rules as if they were a file, named after an instrument. Raises Refused as `_sequence`."""
    name = str(document.get("name"))
    instruments = here().content.instruments.get(name)
    if instruments is None:
        raise Refused({"plan_rules.name": ["There is no instrument of this name."]})
    try:
        rules = read_plan_rules(document, name, tuple(instruments.values()))
        return NewRules(rules, instruments, here().content.plan_rules(name))
    except DocumentFaults as error:
        raise Refused(by_place(error.faults, ("plan_rules",))) from error


def _refuse(field: str, faults: Iterable[Fault]) -> None:
    found = by_place(faults, (field,))
    if found:
        raise Refused(found)
