"""POST /v1/assessments: what is taken, what is refused, and by which name."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coaching.adapters import tables
from coaching.adapters.content import Content
from coaching.adapters.database import Database, now
from coaching.reactions import Reactions
from coaching.usecases.facts import drain
from tests.api.api_calls import ANSWERS, errors_of, form, get, nothing_stored, send

TEXT = json.dumps(form())


def test_a_form_is_taken_and_told_where_to_look(http: FlaskClient, intake_key: str) -> None:
    """An intake key gets 202 with id, status and links, and no client id."""
    response = send(http, intake_key, form())
    assert response.status_code == 202
    body = response.get_json()
    assert sorted(body) == ["id", "links", "status"]
    assert body["status"] == "queued"
    assert body["links"]["self"].endswith(f"/v1/assessments/{body['id']}")
    report = body["links"]["report"].partition("/report/")[2]
    assert http.get(f"/report/{report}").status_code == 200


def test_a_manage_key_is_told_the_client(http: FlaskClient, manage_key: str) -> None:
    """The firm's own programs get the client's id."""
    body = send(http, manage_key, form()).get_json()
    client = get(http, manage_key, f"/v1/clients/{body['client_id']}").get_json()
    assert client["email"] == "ana@example.test"


def test_a_form_is_queued_then_scored(
    app: Flask, database: Database, content: Content, intake_key: str, manage_key: str
) -> None:
    """GET shows queued with no numbers, and once it is worked out every number and the profile."""
    http = app.test_client()
    path = f"/v1/assessments/{send(http, intake_key, form()).get_json()['id']}"
    before = get(http, manage_key, path).get_json()
    assert (before["status"], before["dimensions"], before["composite"]) == ("queued", None, None)
    react = Reactions(content, app.extensions["waypoint"].may_write_to)
    with database.transaction() as session:
        drain(session, react, now=now(session))
    after = get(http, manage_key, path).get_json()
    assert after["status"] == "scored"
    assert len(after["dimensions"]) == 7
    assert all(one["low"] <= one["score"] <= one["high"] for one in after["dimensions"].values())
    assert sum(after["profile"]["probabilities"].values()) == pytest.approx(1)
    assert after["profile"]["class"] in {"job-leaning", "in transition", "career-leaning"}


def test_an_unknown_assessment_is_not_found(http: FlaskClient, manage_key: str) -> None:
    """An id that was never given out answers 404."""
    errors_of(get(http, manage_key, f"/v1/assessments/{uuid4()}"), 404)


def test_only_a_manage_key_confirms(http: FlaskClient, intake_key: str, database: Database) -> None:
    """An intake key can't say that an address is its client's own."""
    errors = errors_of(send(http, intake_key, form("client.confirmed", True)), 422)
    assert "client.confirmed" in errors
    assert nothing_stored(database)


def test_a_name_in_any_script_is_taken(http: FlaskClient, manage_key: str) -> None:
    """Names are people's own: accents, other scripts and apostrophes come back as they came."""
    for place, name in enumerate(("Zoë O'Brien-Łuk", "山田 太郎", "محمد", "")):
        body = form("client.name", name)
        body["client"]["email"] = f"name{place}@example.test"
        client_id = send(http, manage_key, body).get_json()["client_id"]
        assert get(http, manage_key, f"/v1/clients/{client_id}").get_json()["name"] == name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("answers.ZZ9", 3),
        ("answers.H1", 0),
        ("answers.H1", 7),
        ("answers.H1", True),
        ("answers.H1", "5"),
        ("answers.H1", 5.0),
        ("answers.H1", 10**300),
        ("answers.H1", -(2**63) - 1),
        ("answers.H1", [5]),
        ("answers.bad\0id", 3),
        ("answers", []),
        ("answers", None),
        ("instrument", "no-such"),
        ("instrument", "../job-career"),
        ("instrument", 7),
        ("version", True),
        ("client", None),
        ("client.email", "no address"),
        ("client.email", "ana@"),
        ("client.email", "ana@example.test\r\nBcc: x@example.test"),
        ("client.email", "a" * 250 + "@example.test"),
        ("client.email", "ana@exa\0mple.test"),
        ("client.email", 5),
        ("client.name", "{{ config }}"),
        ("client.name", "{% for x in y %}"),
        ("client.name", "${7*7}"),
        ("client.name", "[%name%]"),
        ("client.name", "<b>Ana</b>"),
        ("client.name", "Ana\r\nBcc: all@example.test"),
        ("client.name", "Ana\0"),
        ("client.name", "Ana\ud800"),
        ("client.name", "A" * 121),
        ("client.time_zone", "Mars/Olympus"),
        ("client.time_zone", "../../etc/passwd"),
        ("client.time_zone", "Europe/Paris\0"),
        ("client.stage", "retired"),
        ("client.rhythm", "daily"),
        ("client.nickname", "Annie"),
        ("importance.horizon", 6),
        ("importance.horizon", True),
        ("importance.luck", 3),
        ("timing.pages", [-1]),
        ("timing.pages", [1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("timing.pages", ["long"]),
        ("consent.profiling", False),
        ("consent.profiling", "yes"),
        ("consent.profiling", 1),
        ("consent.email", None),
        ("consent.text_version", ""),
        ("question", "why " * 300),
        ("source", ""),
        ("score", 100),
        ("value", 1),
    ],
)
def test_a_faulty_field_is_named(
    http: FlaskClient, intake_key: str, database: Database, path: str, value: object
) -> None:
    """Every wrong value is named by its dotted path, and nothing is stored."""
    errors = errors_of(send(http, intake_key, form(path, value)), 422)
    assert any(name == path or name.startswith(f"{path}.") for name in errors), errors
    assert all(said and all(said) for said in errors.values())
    assert nothing_stored(database)


def test_every_faulty_field_is_named_at_once(http: FlaskClient, intake_key: str) -> None:
    """Whoever mends a form needs one round only."""
    body = form("answers.H1", 9)
    body["client"] |= {"email": "nobody", "name": "{{ x }}", "time_zone": "Nowhere"}
    errors = errors_of(send(http, intake_key, body), 422)
    assert {"answers.H1", "client.email", "client.name", "client.time_zone"} <= set(errors)


@pytest.mark.parametrize(
    "needed", ["instrument", "client", "answers", "consent", "client.email", "consent.profiling"]
)
def test_a_missing_field_is_named(
    http: FlaskClient, intake_key: str, database: Database, needed: str
) -> None:
    """What must be there and is not is named."""
    body = form()
    *way, last = needed.split(".")
    at = body
    for step in way:
        at = at[step]
    del at[last]
    assert needed in errors_of(send(http, intake_key, body), 422)
    assert nothing_stored(database)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"{", "body"),
        (TEXT[:-1].encode(), "body"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "body"),
        (TEXT.replace("Ana", "An\xe4").encode("latin-1"), "body"),
        (TEXT.encode("utf-16"), "body"),
        (b"[" * 100_000, "body"),
        (b'{"answers":' * 20_000, "body"),
        (TEXT.replace('"H1": 2', '"H1": ' + "9" * 5000).encode(), "body"),
        (TEXT.replace('"H1": 2', '"H1": NaN').encode(), "answers.H1"),
        (TEXT.replace("47.6", "Infinity").encode(), "timing.pages.0"),
        (TEXT.replace("47.6", "-Infinity").encode(), "timing.pages.0"),
        (TEXT.replace('"H1": 2', '"H1": 2, "H1": 5').encode(), "answers.H1"),
        (TEXT.replace('"source"', '"answers": {}, "source"').encode(), "answers"),
    ],
)
def test_what_is_no_clear_json_is_refused(
    http: FlaskClient, intake_key: str, database: Database, body: bytes, named: str
) -> None:
    """Broken, ambiguous or endless JSON answers 400 and names the place."""
    assert named in errors_of(send(http, intake_key, body), 400)
    assert nothing_stored(database)


@pytest.mark.parametrize("body", [[], "text", 7, None, True, [form()]])
def test_json_that_is_no_form_is_refused(
    http: FlaskClient, intake_key: str, database: Database, body: object
) -> None:
    """JSON of another kind than an object answers 422."""
    assert errors_of(send(http, intake_key, body), 422)
    assert nothing_stored(database)


def test_an_endless_float_is_refused(http: FlaskClient, intake_key: str, database: Database) -> None:
    """A number beyond every float is refused like any other wrong number."""
    text = TEXT.replace("47.6", "1e999")
    assert "timing.pages.0" in errors_of(send(http, intake_key, text.encode()), 422)
    assert nothing_stored(database)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_read(http: FlaskClient, intake_key: str, database: Database, kind: str) -> None:
    """Another content type answers 415, whatever the body."""
    errors_of(send(http, intake_key, form(), headers={"Content-Type": kind}), 415)
    assert nothing_stored(database)


def test_json_with_a_charset_is_read(http: FlaskClient, intake_key: str) -> None:
    """A parameter of the content type does no harm."""
    told = {"Content-Type": "application/json; charset=utf-8"}
    assert send(http, intake_key, form(), headers=told).status_code == 202


def test_a_megabyte_is_refused(http: FlaskClient, intake_key: str, database: Database) -> None:
    """A body with a stated length beyond the limit answers 413."""
    errors_of(send(http, intake_key, form("question", "x" * 1_000_000)), 413)
    assert nothing_stored(database)


class _Unmeasured(BytesIO):
    """A body that comes in pieces, so that nobody knows its length before."""


@pytest.mark.parametrize("size", [256 * 1024, 1_000_000])
def test_a_megabyte_without_a_length_is_refused(
    http: FlaskClient, intake_key: str, database: Database, size: int
) -> None:
    """A body in pieces is refused as soon as it passes the limit, not read to its end."""
    stream = _Unmeasured(json.dumps(form("question", "x" * size)).encode())
    response = http.post(
        "/v1/assessments",
        input_stream=stream,
        content_type="application/json",
        headers={"Authorization": f"Bearer {intake_key}", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    errors_of(response, 413)
    assert nothing_stored(database)


def test_a_form_in_pieces_is_taken(http: FlaskClient, intake_key: str) -> None:
    """A body without a stated length is fine while it is small."""
    response = http.post(
        "/v1/assessments",
        input_stream=_Unmeasured(TEXT.encode()),
        content_type="application/json",
        headers={"Authorization": f"Bearer {intake_key}", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == 202


def test_unanswered_items_may_be_left_out_or_null(http: FlaskClient, intake_key: str) -> None:
    """A person may leave items blank; the scoring says what that means."""
    body = form("answers.H1", None)
    del body["answers"]["H2"]
    assert send(http, intake_key, body).status_code == 202


@pytest.fixture
def known(http: FlaskClient, intake_key: str) -> None:
    """Ana has sent a form before."""
    assert send(http, intake_key, form()).status_code == 202


@pytest.mark.usefixtures("known")
def test_a_known_address_answers_alike(http: FlaskClient, intake_key: str, database: Database) -> None:
    """The answer never tells whether an address is known, and letter case makes no second client."""
    again = send(http, intake_key, form("client.email", "ANA@Example.test"))
    assert again.status_code == 202
    assert sorted(again.get_json()) == ["id", "links", "status"]
    with database.transaction() as session:
        assert len(session.query(tables.Client).all()) == 1
        assert len(session.query(tables.Submission).all()) == 2


def test_other_methods_are_refused(http: FlaskClient, manage_key: str) -> None:
    """A method that is not served answers 405 and says which are."""
    response = http.delete("/v1/assessments", headers={"Authorization": f"Bearer {manage_key}"})
    errors_of(response, 405)
    assert "POST" in response.headers["Allow"]


def test_the_answers_of_the_tests_are_the_instruments(content: Content) -> None:
    """The form that these tests send answers every item."""
    assert set(ANSWERS) == set(content.instrument("job-career").item_ids)
