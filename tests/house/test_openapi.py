"""The API's description is valid, whole, and shown on a page of our own."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

METHODS = {"get", "post", "put", "patch", "delete"}
# What programs were promised about audiences, sequences and rehearsals.
PROMISED = {
    ("/v1/audiences/count", "post"),
    ("/v1/sequences", "get"),
    ("/v1/sequences/{name}", "get"),
    ("/v1/sequences/{name}/outcome", "get"),
    ("/v1/clients/{client_id}/enrollments", "post"),
    ("/v1/enrollments/{enrollment_id}", "delete"),
    ("/v1/clients/{client_id}/replies", "post"),
    ("/v1/rehearsals", "post"),
}
# They only ask, and may be asked again as they are.
CHANGE_NOTHING = {"/v1/audiences/count", "/v1/rehearsals"}


def described(http: FlaskClient) -> dict[str, Any]:
    """Return the description as programs get it."""
    response = http.get("/openapi.json")
    assert response.status_code == 200
    spec: dict[str, Any] = response.get_json()
    return spec


def test_the_description_is_valid(http: FlaskClient) -> None:
    """It is OpenAPI 3.1.0, by the validator."""
    spec = described(http)
    assert spec["openapi"] == "3.1.0"
    validate(spec)


def test_every_route_is_described(app: Flask, http: FlaskClient) -> None:
    """Each method of each /v1 route stands in it, and nothing that isn't served."""
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    spec = described(http)
    told = {(path, method) for path, item in spec["paths"].items() for method in item.keys() & METHODS}
    assert served == told
    assert served


def test_what_was_promised_is_described(http: FlaskClient) -> None:
    """Each of these calls stands in the description."""
    spec = described(http)
    assert {(path, method) for path, item in spec["paths"].items() for method in item} >= PROMISED


def test_every_call_says_what_it_needs_and_how_it_fails(http: FlaskClient) -> None:
    """Each call has a summary, needs the key, and tells faults as problem+json."""
    spec = described(http)
    for path, item in spec["paths"].items():
        for method in item.keys() & METHODS:
            call = item[method]
            assert call["summary"], (path, method)
            assert call["security"] == [{"key": []}]
            assert {"401", "403", "429"} <= set(call["responses"])
    for name, response in spec["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name


def test_calls_that_create_take_an_idempotency_key(http: FlaskClient) -> None:
    """The header is described where it is read."""
    for path, item in described(http)["paths"].items():
        if "post" in item and path not in CHANGE_NOTHING:
            assert "Idempotency-Key" in {one.get("name") for one in item["post"]["parameters"]}, path


def test_the_page_shows_the_description(http: FlaskClient) -> None:
    """/docs answers with and without a slash, and loads nothing from another host."""
    response = http.get("/docs", follow_redirects=True)
    assert response.status_code == 200
    page = http.get("/docs/")
    assert page.status_code == 200
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/docs/")
        with http.get(address) as file:
            assert file.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
