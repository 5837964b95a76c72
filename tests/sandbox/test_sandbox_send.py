"""SendGrid's doors answer as SendGrid does."""

import json
import time
from typing import Any

import pytest
from sendgrid.helpers.eventwebhook import EventWebhook

from sandbox.signing import SigningKey
from tests.sandbox.sandbox_support import KEY, mail, many, new_app, post_mail

KEYED = {"Authorization": f"Bearer {KEY}"}


def test_accepts_with_an_id_and_no_body() -> None:
    """202, X-Message-Id, rate-limit headers, nothing else."""
    answer = post_mail(new_app().test_client(), mail())
    assert (answer.status_code, answer.data) == (202, b"")
    assert len(answer.headers["X-Message-Id"]) == 22
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(answer.headers.keys())


def test_every_answer_has_another_id() -> None:
    """Two requests never share an X-Message-Id."""
    client = new_app().test_client()
    ids = {post_mail(client, mail()).headers["X-Message-Id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {KEY}", KEY])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v3/mail/send"), ("GET", "/v3/scopes"), ("GET", "/v3/user/webhooks/event/settings/signed")],
)
def test_wants_the_key(method: str, path: str, value: str) -> None:
    """Without the right bearer key every door answers 401 in SendGrid's form, and nothing is kept."""
    client = new_app().test_client()
    answer = client.open(path, method=method, json=mail(), headers={"Authorization": value})
    assert answer.status_code == 401
    (error,) = answer.get_json()["errors"]
    assert error["field"] is None
    assert "authorization grant is invalid" in error["message"]
    assert client.get("/sandbox/messages").get_json() == []


def test_takes_any_key_when_none_is_set() -> None:
    """A sandbox without a key of its own wants just one that isn't empty."""
    client = new_app(api_key=None).test_client()
    assert post_mail(client, mail(), key="whatever").status_code == 202
    assert post_mail(client, mail(), key="").status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"[" * 100_000, {"Content-Type": "application/json"}, 400),
        (b'{"from": NaN}', {"Content-Type": "application/json"}, 400),
        (rb'{"subject": "\ud800"}', {"Content-Type": "application/json"}, 415),
        (b"\xff", {"Content-Type": "application/json"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        (b"", {"Content-Type": "application/json"}, 400),
    ],
)
def test_refuses_bodies_it_cannot_read(body: bytes, headers: dict[str, str], status: int) -> None:
    """What is no JSON in UTF-8 gets 400 or 415, in SendGrid's form."""
    answer = new_app().test_client().post("/v3/mail/send", data=body, headers={**KEYED, **headers})
    assert answer.status_code == status
    assert list(answer.get_json()) == ["errors"]


def test_takes_characters_written_as_two_escapes() -> None:
    """An escaped character beyond the first plane is text like any other."""
    client = new_app().test_client()
    assert post_mail(client, mail(subject="Your week \N{SEEDLING}")).status_code == 202
    assert client.get("/sandbox/messages").get_json()[0]["subject"] == "Your week \N{SEEDLING}"


def test_refuses_more_than_thirty_megabytes() -> None:
    """A request over 30 MB is 413, whether or not it says its length."""
    client = new_app().test_client()
    large = json.dumps(mail(custom_args={"a": "x" * 30 * 1024 * 1024})).encode()
    headers = {**KEYED, "Content-Type": "application/json"}
    answer = client.post("/v3/mail/send", data=large, headers=headers)
    assert (answer.status_code, list(answer.get_json())) == (413, ["errors"])


def test_names_what_is_wrong() -> None:
    """A refused letter is 400 with message, field and help, and is not kept."""
    client = new_app().test_client()
    answer = post_mail(client, mail("nobody"))
    assert answer.status_code == 400
    (error,) = answer.get_json()["errors"]
    assert error["field"] == "personalizations.0.to.0.email"
    assert client.get("/sandbox/stats").get_json() == {
        "requests": 1,
        "accepted": 0,
        "recipients": 0,
        "repeated": 0,
    }


def test_only_checks_in_sendgrids_sandbox_mode() -> None:
    """With sandbox_mode the answer is 200 and no letter is kept."""
    client = new_app().test_client()
    answer = post_mail(client, mail(mail_settings={"sandbox_mode": {"enable": True}}))
    assert answer.status_code == 200
    assert client.get("/sandbox/messages").get_json() == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/v3/mail/send"), ("GET", "/v3/nothing")])
def test_other_paths_and_methods_fail_in_sendgrids_form(method: str, path: str) -> None:
    """404 and 405 carry SendGrid's error list."""
    answer = new_app().test_client().open(path, method=method, headers=KEYED)
    assert answer.status_code in (404, 405)
    assert list(answer.get_json()) == ["errors"]


def test_says_what_the_key_may_do() -> None:
    """A key can be checked."""
    answer = new_app().test_client().get("/v3/scopes", headers=KEYED)
    assert answer.get_json() == {"scopes": ["mail.send"]}


def test_hands_out_the_public_key() -> None:
    """SendGrid's helper reads the key that the settings give."""
    key = SigningKey()
    answer = (
        new_app(signing_key=key).test_client().get("/v3/user/webhooks/event/settings/signed", headers=KEYED)
    )
    checker = EventWebhook(answer.get_json()["public_key"])
    assert checker.verify_signature("[]", key.sign("1", b"[]"), "1")


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429, 500, 503])
def test_refuses_as_wished(status: int) -> None:
    """A fault refuses so many requests; none of them is kept, the next is accepted."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"status": status, "times": 2})
    answers = [post_mail(client, mail()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 202]
    assert list(answers[0].get_json()) == ["errors"]
    assert client.get("/sandbox/stats").get_json()["recipients"] == 1


@pytest.mark.parametrize(
    ("wish", "words", "field"),
    [
        ({"status": 400}, "Bad Request", None),
        ({"status": 401}, "authorization grant is invalid", None),
        ({"status": 401, "quota": True}, "Maximum credits exceeded", None),
        ({"status": 403}, "does not match a verified Sender Identity", "from"),
        ({"status": 413}, "content too large", None),
        ({"status": 429}, "too many requests", None),
        ({"status": 503}, "service unavailable", None),
    ],
)
def test_a_wished_refusal_gives_its_usual_reason(wish: dict[str, Any], words: str, field: str | None) -> None:
    """The words are those by which a sender can tell key, quota and sender apart."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json=wish)
    (error,) = post_mail(client, mail()).get_json()["errors"]
    assert words in error["message"]
    assert error["field"] == field


def test_refuses_every_request_with_a_certain_address() -> None:
    """One bad address fails its whole request and is not named; the others pass, until the wish is ended."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"refuse": "C7@"})
    answers = [post_mail(client, many(count)) for count in (10, 8, 7, 1)]
    assert [answer.status_code for answer in answers] == [400, 400, 202, 202]
    assert answers[0].get_json()["errors"][0]["field"] is None
    client.post("/sandbox/faults", json={"refuse": ""})
    assert post_mail(client, many(10)).status_code == 202


def test_429_says_when_to_come_back() -> None:
    """The reset time lies one to two seconds ahead, and nothing remains until then."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"status": 429})
    now = time.time()
    headers = post_mail(client, mail()).headers
    assert now < int(headers["X-RateLimit-Reset"]) <= now + 3
    assert headers["X-RateLimit-Remaining"] == "0"


def test_a_wrong_key_uses_up_no_fault() -> None:
    """Faults are for requests that would have been looked at."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"status": 503})
    assert post_mail(client, mail(), key="wrong").status_code == 401
    assert post_mail(client, mail()).status_code == 503


def test_answers_late_as_wished() -> None:
    """The letter is accepted, the answer takes its time."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"delay_ms": 50})
    begin = time.monotonic()
    assert post_mail(client, mail()).status_code == 202
    assert time.monotonic() - begin >= 0.05


def test_a_cut_answer_was_accepted() -> None:
    """The letter is kept, though its sender never hears of it."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"drop_after_accept": 1})
    with pytest.raises(ConnectionAbortedError):
        post_mail(client, mail())
    assert client.get("/sandbox/stats").get_json()["accepted"] == 1


def test_only_accepted_letters_use_up_a_cut() -> None:
    """A refused letter is answered, whatever is to be cut."""
    client = new_app().test_client()
    client.post("/sandbox/faults", json={"drop_after_accept": 1})
    assert post_mail(client, mail("nobody")).status_code == 400
    with pytest.raises(ConnectionAbortedError):
        post_mail(client, mail())


def test_counts_ids_that_come_again() -> None:
    """An id accepted before counts as repeated; one in a refused request doesn't count."""
    client = new_app().test_client()
    post_mail(client, {**many(3), "subject": ""})
    for _ in range(2):
        post_mail(client, many(3))
    wanted: dict[str, Any] = {"requests": 3, "accepted": 2, "recipients": 6, "repeated": 3}
    assert client.get("/sandbox/stats").get_json() == wanted


def test_an_id_of_the_whole_request_counts_too() -> None:
    """custom_args of the request hold for every personalization."""
    client = new_app().test_client()
    for _ in range(2):
        post_mail(client, mail(custom_args={"message_id": "m1"}))
    assert client.get("/sandbox/stats").get_json()["repeated"] == 1
