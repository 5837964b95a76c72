"""Who may ask, from where and how often."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from api import create_app
from coaching.adapters.content import Content
from coaching.adapters.database import Database
from coaching.adapters.house import House
from coaching.adapters.secrets import Secrets
from coaching.settings import Settings
from coaching.usecases.keys import create_key, revoke_key
from tests.api.api_calls import errors_of, form, get, nothing_stored, send

SITE = "https://www.firm.example.test"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
def site_key(database: Database, now: datetime) -> str:
    """An intake key for the firm's own web site."""
    with database.transaction() as session:
        return create_key(session, scope="intake", origins=(SITE,), now=now)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "wp_",
        "Bearer",
        "Bearer wp_00000000_" + "a" * 43,
        "Basic d3A6d3A=",
        "Bearer \xe9",
        "Bearer a b",
    ],
)
def test_a_request_without_a_key_is_refused(http: FlaskClient, database: Database, told: str | None) -> None:
    """No key, no true key and no readable key all answer 401 alike."""
    response = send(http, None, form(), headers={"Authorization": told} if told is not None else {})
    errors_of(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert nothing_stored(database)


def test_a_revoked_key_is_refused(http: FlaskClient, intake_key: str, database: Database) -> None:
    """A key ends the moment it is revoked."""
    assert send(http, intake_key, form()).status_code == 202
    with database.transaction() as session:
        revoke_key(session, intake_key[:11], now=datetime.now(UTC))
    errors_of(send(http, intake_key, form()), 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/assessments/01890000-0000-7000-8000-000000000000"),
        ("GET", "/v1/clients"),
        ("POST", "/v1/clients"),
        ("GET", "/v1/clients/01890000-0000-7000-8000-000000000000"),
        ("PATCH", "/v1/clients/01890000-0000-7000-8000-000000000000"),
    ],
)
def test_an_intake_key_only_submits(http: FlaskClient, intake_key: str, method: str, path: str) -> None:
    """A publishable key reads nothing and changes nobody."""
    errors_of(send(http, intake_key, {"email": "x@example.test"}, path=path, method=method), 403)


def test_a_browser_on_the_site_may_submit(http: FlaskClient, site_key: str) -> None:
    """A page of the key's own origin may send forms and read the answer."""
    response = send(http, site_key, form(), headers={"Origin": SITE})
    assert response.status_code == 202
    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "Origin" in response.headers["Vary"]


def test_a_browser_on_the_site_may_read_what_was_wrong(http: FlaskClient, site_key: str) -> None:
    """Refusals carry the same permission, or the page couldn't show them."""
    response = send(http, site_key, form("answers.H1", 9), headers={"Origin": SITE})
    assert "answers.H1" in errors_of(response, 422)
    assert response.headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "origin", ["https://evil.example.test", "null", f"{SITE}.evil.test", "http://www.firm.example.test"]
)
def test_a_foreign_page_may_not_submit(
    http: FlaskClient, site_key: str, database: Database, origin: str
) -> None:
    """The key of one site is of no use on another."""
    response = send(http, site_key, form(), headers={"Origin": origin})
    errors_of(response, 403)
    assert "Access-Control-Allow-Origin" not in response.headers
    assert nothing_stored(database)


def test_a_key_without_origins_is_for_servers(http: FlaskClient, intake_key: str) -> None:
    """A browser anywhere is refused such a key; a server, which names no origin, is not."""
    errors_of(send(http, intake_key, form(), headers={"Origin": SITE}), 403)
    assert send(http, intake_key, form()).status_code == 202


def test_a_preflight_from_the_site_is_allowed(http: FlaskClient, site_key: str) -> None:
    """The browser's question before the request is answered without a key."""
    response = http.options("/v1/assessments", headers={"Origin": SITE, **PREFLIGHT})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Vary"] == "Origin"


@pytest.mark.usefixtures("site_key")
@pytest.mark.parametrize("origin", ["https://evil.example.test", "null", "*", "\xe9"])
def test_a_preflight_from_elsewhere_is_not(http: FlaskClient, origin: str) -> None:
    """A browser on a foreign page is told nothing that would let it go on."""
    response = http.options("/v1/assessments", headers={"Origin": origin, **PREFLIGHT})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.status_code == 204


def limited(settings: Settings, database: Database, content: Content, secrets: Secrets) -> FlaskClient:
    """Return a client of an application with these settings, on the same database."""
    app = create_app(settings, House(settings, database, content, secrets))
    return app.test_client()


@pytest.mark.parametrize("which", ["rate_intake_per_address", "rate_intake_per_key"])
def test_too_many_forms_have_to_wait(app: Flask, settings: Settings, intake_key: str, which: str) -> None:
    """Beyond the limit the answer is 429 and says after how many seconds to come back."""
    few = replace(settings, **{which: parse("2/hour")})  # type: ignore[arg-type]  # one of two fields
    http = create_app(few, replace(app.extensions["waypoint"], settings=few)).test_client()
    address = "198.51.100.7" if which == "rate_intake_per_address" else "198.51.100.8"
    statuses = [send(http, intake_key, form(), address=address).status_code for _ in range(2)]
    assert statuses == [202, 202]
    response = send(http, intake_key, form(), address=address)
    errors_of(response, 429)
    assert 0 < int(response.headers["Retry-After"]) <= 3601


def test_too_many_questions_have_to_wait(
    settings: Settings, database: Database, content: Content, secrets: Secrets, manage_key: str
) -> None:
    """Manage keys have a limit of their own."""
    http = limited(replace(settings, rate_manage_per_key=parse("1/hour")), database, content, secrets)
    assert get(http, manage_key, "/v1/clients").status_code == 200
    errors_of(get(http, manage_key, "/v1/clients"), 429)


def test_a_stranger_cannot_choose_an_address(
    settings: Settings, database: Database, content: Content, secrets: Secrets, intake_key: str
) -> None:
    """X-Forwarded-For from anybody but a trusted proxy counts for nothing."""
    http = limited(replace(settings, rate_intake_per_address=parse("2/hour")), database, content, secrets)
    statuses = [
        send(
            http,
            intake_key,
            form(),
            headers={"X-Forwarded-For": f"203.0.113.{place}"},
            address="198.51.100.20",
        ).status_code
        for place in range(3)
    ]
    assert statuses == [202, 202, 429]


def test_a_trusted_proxy_tells_visitors_apart(
    settings: Settings, database: Database, content: Content, secrets: Secrets, intake_key: str
) -> None:
    """Behind a trusted proxy each visitor is counted alone, and what a visitor put in front is ignored."""
    behind = replace(
        settings, rate_intake_per_address=parse("1/hour"), trusted_proxies=(ip_network("192.0.2.0/24"),)
    )
    http = limited(behind, database, content, secrets)

    def status(forwarded: str) -> int:
        told = {"X-Forwarded-For": forwarded}
        return send(http, intake_key, form(), headers=told, address="192.0.2.1").status_code

    assert status("203.0.113.50") == 202
    assert status("203.0.113.51, 192.0.2.9") == 202
    assert status("9.9.9.9, 203.0.113.50") == 429
    assert status("rubbish, 203.0.113.51") == 429


def test_answers_of_one_app_do_not_leak_a_key(app: Flask, http: FlaskClient, intake_key: str) -> None:
    """A refused request never repeats the key it came with."""
    response = send(http, intake_key + "x", form())
    assert intake_key not in response.text
