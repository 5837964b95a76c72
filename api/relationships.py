"""/v1/relationships: who and what is in a client's network, and contact with them."""

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
from api.schemas.relationships import (
    InteractionAnswerSchema,
    InteractionPageSchema,
    NewInteractionSchema,
    NewRelationshipSchema,
    PageQuerySchema,
    RelationshipPageSchema,
    RelationshipPatchSchema,
    RelationshipQuerySchema,
    RelationshipSchema,
)
from coaching.adapters import tables
from coaching.usecases.relationships import (
    Contact,
    add_relationship,
    change_relationship,
    end_relationship,
    list_contacts,
    list_relationships,
    note_contact,
    read_contact,
    read_relationship,
)

blueprint = Blueprint(
    "relationships", __name__, url_prefix="/v1", description="Mentors, peers, leaders, groups and events"
)


@blueprint.route("/clients/<uuid:client_id>/relationships", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List a client's relationships")
@blueprint.arguments(RelationshipQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, RelationshipPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index(query: dict[str, Any], client_id: UUID) -> dict[str, Any]:
    """Return one page in the order in which they were added, with those that ended; or of one state only."""
    with here().database.transaction() as session:
        page, following = list_relationships(session, client_id, **query)
        return {"items": list(map(_as_json, page)), "next": str(following) if following else None}


@blueprint.route("/clients/<uuid:client_id>/relationships", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Add a relationship", parameters=[PARAMETER])
@blueprint.arguments(NewRelationshipSchema)
@blueprint.response(201, RelationshipSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def create(body: dict[str, Any], client_id: UUID) -> Response:
    """Add a person or group to keep in touch with, or an event to go to.

    With a mentor, the plan's step of finding one is reached.
    """

    def work(session: Session, now: datetime) -> dict[str, Any]:
        added = add_relationship(session, here().content, client_id, body, actor=actor(), now=now)
        kept: dict[str, Any] = RelationshipSchema().dump(_as_json(read_relationship(session, added)))
        return kept

    return answer_once(work, 201)


@blueprint.route("/relationships/<uuid:relationship_id>", methods=["PATCH"])
@needs_key("manage")
@blueprint.doc(summary="Change a relationship")
@blueprint.arguments(RelationshipPatchSchema)
@blueprint.response(200, RelationshipSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def change(body: dict[str, Any], relationship_id: UUID) -> dict[str, Any]:
    """Change the fields that are given and leave the others as they are; one that ended answers 409."""
    house = here()
    with house.database.transaction() as session:
        now = house.database.now(session)
        change_relationship(session, house.content, relationship_id, body, actor=actor(), now=now)
        return _as_json(read_relationship(session, relationship_id))


@blueprint.route("/relationships/<uuid:relationship_id>", methods=["DELETE"])
@needs_key("manage")
@blueprint.doc(summary="End a relationship")
@blueprint.response(204)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def end(relationship_id: UUID) -> None:
    """End it: no letter is about it any more. It stays in the list, with its contacts."""
    database = here().database
    with database.transaction() as session:
        end_relationship(session, relationship_id, actor=actor(), now=database.now(session))


@blueprint.route("/relationships/<uuid:relationship_id>/interactions", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List the contacts in a relationship")
@blueprint.arguments(PageQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, InteractionPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def contacts(query: dict[str, Any], relationship_id: UUID) -> dict[str, Any]:
    """Return one page in the order in which the contacts were told."""
    with here().database.transaction() as session:
        page, following = list_contacts(session, relationship_id, **query)
        return {"items": list(map(_contact_as_json, page)), "next": str(following) if following else None}


@blueprint.route("/relationships/<uuid:relationship_id>/interactions", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Tell of contact", parameters=[PARAMETER])
@blueprint.arguments(NewInteractionSchema)
@blueprint.response(201, InteractionAnswerSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def note(body: dict[str, Any], relationship_id: UUID) -> Response:
    """Note real contact: the next reminder counts from the last one, and what was quiet is back.

    One before the last contact, told late, is kept and moves no reminder. A relationship that ended
    answers 409.
    """
    contact = Contact(body["on"], body["kind"], body.get("note"))

    def work(session: Session, now: datetime) -> dict[str, Any]:
        undo = note_contact(session, relationship_id, contact, actor=actor(), now=now)
        line = read_contact(session, UUID(undo.after["interaction"]))
        stands = read_relationship(session, relationship_id)
        kept: dict[str, Any] = InteractionAnswerSchema().dump(
            {**_contact_as_json(line), "relationship": _as_json(stands)}
        )
        return kept

    return answer_once(work, 201)


def _as_json(row: tables.Relationship) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RelationshipSchema().fields}


def _contact_as_json(row: tables.Interaction) -> dict[str, Any]:
    names = ("id", "relationship_id", "contact_on", "kind", "note", "actor", "created_at")
    return {name: getattr(row, name) for name in names}
