"""How the tests of the API ask, and how they read an answer."""

import copy
import json
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from coaching.adapters import tables
from coaching.adapters.database import Database

ANSWERS = {f"{letter}{number}": number + 1 for letter in "HSMPAIN" for number in range(1, 5)} | {"AC1": 2}


def form(path: str = "", value: object = None) -> dict[str, Any]:
    """Return a well-filled form, but for one value at a dotted path."""
    whole: dict[str, Any] = {
        "instrument": "job-career",
        "client": {
            "email": "ana@example.test",
            "name": "Ana",
            "time_zone": "Europe/Paris",
            "stage": "pivoting",
        },
        "answers": dict(ANSWERS),
        "importance": {},
        "timing": {"pages": [47.6, 51.3, 40.2, 36.1]},
        "consent": {"profiling": True, "email": True, "text_version": "2026-11"},
        "source": "site-form",
    }
    if path:
        at = whole
        *way, last = path.split(".")
        for step in way:
            at = at[step]
        at[last] = value
    return copy.deepcopy(whole)


def send(
    http: FlaskClient,
    key: str | None,
    body: object,
    *,
    path: str = "/v1/assessments",
    method: str = "POST",
    headers: dict[str, str] | None = None,
    address: str = "127.0.0.1",
) -> TestResponse:
    """Send JSON (bytes are sent as they are), with a key and other headers."""
    told = {"Content-Type": "application/json", **(headers or {})}
    if key is not None:
        told["Authorization"] = f"Bearer {key}"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http.open(path, method=method, data=data, headers=told, environ_overrides={"REMOTE_ADDR": address})


def get(http: FlaskClient, key: str | None, path: str, **headers: str) -> TestResponse:
    """Ask for something with a key."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        told["Authorization"] = f"Bearer {key}"
    return http.get(path, headers=told)


def errors_of(response: TestResponse, status: int) -> dict[str, list[str]]:
    """Check that this is a problem document of this status, and return what it says by field."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem = response.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["type"]
    errors: dict[str, list[str]] = problem.get("errors", {})
    return errors


def count(database: Database, *kinds: type[tables.Base]) -> int:
    """Return how many rows the tables hold together."""
    with database.transaction() as session:
        return sum(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)


def nothing_stored(database: Database) -> bool:
    """Tell whether no client, form or fact is there."""
    return count(database, tables.Client, tables.Submission, tables.Event, tables.Consent) == 0
