"""/v1/clients: the firm's client list, for its own programs."""

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
from api.schemas.clients import (
    ClientPageSchema,
    ClientPatchSchema,
    ClientQuerySchema,
    ClientSchema,
    NewClientSchema,
)
from coaching.domain.local_time import Hours
from coaching.usecases.clients import ClientView, add_client, change_client, list_clients, read_client

blueprint = Blueprint("clients", __name__, url_prefix="/v1", description="People whom the firm helps")


@blueprint.route("/clients", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="List clients")
@blueprint.arguments(ClientQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, ClientPageSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Return one page in the order in which the clients were added."""
    with here().database.transaction() as session:
        page, following = list_clients(session, **query)
        return {"items": [_as_json(view) for view in page], "next": str(following) if following else None}


@blueprint.route("/clients", methods=["POST"])
@needs_key("manage")
@blueprint.doc(summary="Add a client", parameters=[PARAMETER])
@blueprint.arguments(NewClientSchema)
@blueprint.response(201, ClientSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def create(body: dict[str, Any]) -> Response:
    """Add a client; an address that is known answers 409 with the client's id."""
    house = here()

    def work(session: Session, now: datetime) -> dict[str, Any]:
        zone = house.settings.default_time_zone
        added = add_client(session, house.secrets, body, default_zone=zone, actor=actor(), now=now)
        return _kept(read_client(session, added))

    return answer_once(work, 201)


@blueprint.route("/clients/<uuid:client_id>", methods=["GET"])
@needs_key("manage")
@blueprint.doc(summary="One client")
@blueprint.response(200, ClientSchema)
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def show(client_id: UUID) -> dict[str, Any]:
    """Return one client."""
    with here().database.transaction() as session:
        return _as_json(read_client(session, client_id))


@blueprint.route("/clients/<uuid:client_id>", methods=["PATCH"])
@needs_key("manage")
@blueprint.doc(summary="Change a client")
@blueprint.arguments(ClientPatchSchema)
@blueprint.response(200, ClientSchema)
@blueprint.alt_response(400, "DEFAULT_ERROR")
@blueprint.alt_response(401, "DEFAULT_ERROR")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(429, "DEFAULT_ERROR")
def change(body: dict[str, Any], client_id: UUID) -> dict[str, Any]:
    """Change the fields that are given and leave the others as they are."""
    house = here()
    with house.database.transaction() as session:
        now = house.database.now(session)
        change_client(session, house.secrets, client_id, body, actor=actor(), now=now)
        return _as_json(read_client(session, client_id))


def _as_json(view: ClientView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "time_zone": row.time_zone,
        "stage": row.stage,
        "rhythm": row.rhythm,
        "hours": Hours.of(row.hours),
        "pause": view.pause,
        "confirmed": row.confirmed_at is not None,
        "consent": dict(view.consent),
        "tags": list(row.tags),
        "coach": view.coach,
        "ref": row.ref,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _kept(view: ClientView) -> dict[str, Any]:
    """Return the answer as plain values, as it is kept for repeats of the request."""
    kept: dict[str, Any] = ClientSchema().dump(_as_json(view))
    return kept
