"""The API asked at random, from its own description: it never falls over and answers as described."""

from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coaching.adapters.database import Database
from coaching.usecases.keys import Scope, create_key

pytestmark = pytest.mark.long

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
    negative_data_rejection,
]


CALLS = [
    ("/v1/assessments", "POST"),
    ("/v1/assessments/{submission_id}", "GET"),
    ("/v1/audiences/count", "POST"),
    ("/v1/clients", "GET"),
    ("/v1/clients", "POST"),
    ("/v1/clients/{client_id}", "GET"),
    ("/v1/clients/{client_id}", "PATCH"),
    ("/v1/clients/{client_id}/plan", "GET"),
    ("/v1/clients/{client_id}/plan", "PUT"),
    ("/v1/clients/{client_id}/plan/versions/{number}", "GET"),
    ("/v1/clients/{client_id}/plan/approve", "POST"),
    ("/v1/clients/{client_id}/plan/complete", "POST"),
    ("/v1/clients/{client_id}/milestones", "POST"),
    ("/v1/milestones/{milestone_id}", "GET"),
    ("/v1/milestones/{milestone_id}/events", "POST"),
    ("/v1/milestone-events", "GET"),
    ("/v1/milestone-events", "POST"),
    ("/v1/milestone-events/{report_id}/match", "POST"),
    ("/v1/clients/{client_id}/relationships", "GET"),
    ("/v1/clients/{client_id}/relationships", "POST"),
    ("/v1/relationships/{relationship_id}", "PATCH"),
    ("/v1/relationships/{relationship_id}", "DELETE"),
    ("/v1/relationships/{relationship_id}/interactions", "GET"),
    ("/v1/relationships/{relationship_id}/interactions", "POST"),
    ("/v1/clients/{client_id}/pause", "POST"),
    ("/v1/clients/{client_id}/resume", "POST"),
    ("/v1/clients/{client_id}/replies", "POST"),
    ("/v1/clients/{client_id}/timeline", "GET"),
    ("/v1/clients/{client_id}/enrollments", "GET"),
    ("/v1/clients/{client_id}/enrollments", "POST"),
    ("/v1/enrollments/{enrollment_id}", "DELETE"),
    ("/v1/contact-requests", "GET"),
    ("/v1/contact-requests/{request_id}/answer", "POST"),
    ("/v1/rehearsals", "POST"),
    ("/v1/suggestions", "GET"),
    ("/v1/sequences", "GET"),
    ("/v1/sequences/{name}", "GET"),
    ("/v1/sequences/{name}/outcome", "GET"),
    ("/v1/events", "GET"),
]


# schemathesis' own parametrize does not know pytest 9.2, so that its strategies are drawn from here.
@pytest.mark.parametrize("scope", ["intake", "manage"])
@pytest.mark.parametrize(("path", "method"), CALLS)
def test_every_call_answers_as_described(
    app: Flask, database: Database, scope: Scope, path: str, method: str
) -> None:
    """No 5xx, no status, type, header or shape that the description doesn't name, no wrong data taken."""
    with database.transaction() as session:
        key = create_key(session, scope=scope, now=datetime.now(UTC))
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for mode in modes:

        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case[Any]) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        ask()


def test_every_call_is_asked(app: Flask) -> None:
    """A call that is added to the description has to be added here."""
    spec = app.test_client().get("/openapi.json").get_json()
    assert set(CALLS) == {
        (path, method.upper())
        for path, item in spec["paths"].items()
        for method in item.keys() - {"parameters"}
    }
