"""Health, metrics, and what is answered while the database or the broker is away."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from api import create_app
from coaching.adapters import tables
from coaching.adapters.database import Database
from coaching.settings import Settings
from tests.api.api_calls import count, errors_of, form, get, send

NOBODY_LISTENS = "redis://:x@127.0.0.1:9/0"


@pytest.fixture
def brokerless(app: Flask, settings: Settings) -> FlaskClient:
    """A client of an application whose broker is away."""
    away = replace(settings, redis_url=NOBODY_LISTENS)
    return create_app(away, replace(app.extensions["waypoint"], settings=away)).test_client()


@pytest.fixture
def storeless(app: Flask, settings: Settings) -> FlaskClient:
    """A client of an application whose database is away."""
    gone = Database("postgresql+psycopg://waypoint:x@127.0.0.1:9/waypoint")
    return create_app(settings, replace(app.extensions["waypoint"], database=gone)).test_client()


def test_a_process_that_lives_says_so(http: FlaskClient) -> None:
    """/healthz is open to everybody."""
    response = http.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_a_process_that_can_work_says_so(http: FlaskClient) -> None:
    """/readyz looks at database and broker."""
    response = http.get("/readyz")
    assert (response.status_code, response.get_json()["status"]) == (200, "ready")


def test_without_the_broker_forms_are_taken(
    brokerless: FlaskClient, intake_key: str, database: Database
) -> None:
    """A form is stored all the same, and /readyz stays ready and says degraded."""
    assert send(brokerless, intake_key, form()).status_code == 202
    assert count(database, tables.Submission) == 1
    response = brokerless.get("/readyz")
    assert (response.status_code, response.get_json()["status"]) == (200, "degraded")


def test_without_the_database_nobody_is_ready(storeless: FlaskClient) -> None:
    """/readyz says 503 and when to ask again, while /healthz still answers."""
    response = storeless.get("/readyz")
    errors_of(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert storeless.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/assessments"),
        ("GET", "/v1/clients"),
        ("POST", "/v1/clients"),
        ("GET", "/metrics"),
    ],
)
def test_without_the_database_nothing_is_promised(
    storeless: FlaskClient, intake_key: str, method: str, path: str
) -> None:
    """Every call answers 503 with Retry-After, never a false yes."""
    response = send(storeless, intake_key, form(), path=path, method=method)
    errors_of(response, 503)
    assert int(response.headers["Retry-After"]) > 0


def test_a_form_that_could_not_be_committed_is_not_promised(
    app: Flask, intake_key: str, database: Database
) -> None:
    """A connection that dies before the commit answers 503, and the form is not there."""

    def cut(session: Session) -> None:
        if session.scalar(select(func.count()).select_from(tables.Submission)):
            own = session.scalar(text("SELECT pg_backend_pid()"))
            with database.transaction() as other:
                event.remove(Session, "before_commit", cut)
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})

    event.listen(Session, "before_commit", cut)
    response = send(app.test_client(), intake_key, form())
    errors_of(response, 503)
    assert not event.contains(Session, "before_commit", cut)
    assert count(database, tables.Submission, tables.Client) == 0


def test_metrics_are_for_prometheus(http: FlaskClient, intake_key: str) -> None:
    """The text can be read by Prometheus, and counts requests by route."""
    send(http, intake_key, form())
    response = http.get("/metrics")
    assert response.content_type.startswith("text/plain")
    families = {family.name for family in text_string_to_metric_families(response.text)}
    assert {"waypoint_http_requests", "waypoint_http_request_seconds", "waypoint_events_waiting"} <= families
    assert 'route="/v1/assessments"' in response.text


def test_metrics_name_nobody(http: FlaskClient, intake_key: str, manage_key: str) -> None:
    """No address, name, id, token or key, and no word that a stranger made up, stands in the metrics."""
    body = send(http, intake_key, form("client.name", "Anabelle")).get_json()
    get(http, manage_key, f"/v1/assessments/{body['id']}")
    http.get(body["links"]["report"].partition("http://127.0.0.1:8000")[2] or "/report/x")
    http.open("/healthz", method="MADEUP")
    shown = http.get("/metrics").text
    token = body["links"]["report"].rpartition("/")[2]
    for word in ("ana@", "example.test", "Anabelle", body["id"], token, intake_key, "wp_", "MADEUP"):
        assert word not in shown
