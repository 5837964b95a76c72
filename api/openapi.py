"""The API's description (OpenAPI 3.1 at /openapi.json) and the page that shows it (/docs)."""

import json
from typing import Any

from flask import Flask, Response, request
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint
from marshmallow import fields
from werkzeug.exceptions import HTTPException

from api import errors
from api.schemas.base import Shape

_ABOUT = """
Takes in assessments and events, and tells what became of them.

Every call but the health checks needs a key: `Authorization: Bearer wp_...`. A key of scope *intake* may only
submit; a key of scope *manage* may do everything. Make one with `waypoint keys create --scope intake`.

Faults are answered as `application/problem+json` (RFC 9457), with `errors` by field. A POST that creates
takes an `Idempotency-Key`: the same key and body get the same answer for 24 hours.
"""


class ProblemSchema(Shape):
    """A fault, after RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    client_id = fields.UUID(metadata={"description": "With 409: the client who has this address already."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong, by the dotted path of the field."},
    )


class WaypointApi(Api):  # type: ignore[misc]  # the package ships no types
    """flask-smorest, answering faults as problem documents."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer what the framework refused."""
        return errors.from_http(error)

    def _openapi_json(self) -> Response:
        response: Response = super()._openapi_json()
        response.set_data(_as_problems(response.get_data(as_text=True)))
        return response


def describe(app: Flask) -> Any:
    """Set up the description and its page; return the Api on which blueprints are registered."""
    app.config.update(
        API_TITLE="Waypoint",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        API_SPEC_OPTIONS={
            "info": {"description": _ABOUT},
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        },
    )
    api = WaypointApi(app)
    app.register_blueprint(
        get_swaggerui_blueprint(
            "/docs", "/openapi.json", config={"app_name": "Waypoint API", "tryItOutEnabled": True}
        )
    )
    # The package leaves this out of its template's values, where our pages insist that every value is there.
    app.jinja_env.globals["oauth_config_json"] = None
    app.after_request(_docs_stay_here)
    return api


def _as_problems(description: str) -> str:
    """The package describes every answer as application/json; faults have a media type of their own."""
    spec = json.loads(description)
    for response in spec["components"].get("responses", {}).values():
        content = response.get("content", {})
        if "application/json" in content:
            content[errors.PROBLEM] = content.pop("application/json")
    return json.dumps(spec, indent=2)


def _docs_stay_here(response: Response) -> Response:
    if request.path == "/docs" or request.path.startswith("/docs/"):
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response
