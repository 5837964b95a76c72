"""What each answer of SendGrid means for the letters of a request."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict

from coaching.adapters.mail_answers import TROUBLE_WAIT_S, PostResult, read_answer

NOW_S = 1_795_500_000.0  # Tue, 24 Nov 2026 06:00:00 GMT
DATE = "Tue, 24 Nov 2026 06:00:00 GMT"
IDENTITY = "The from address does not match a verified Sender Identity. Mail cannot be sent until then."


def errors(message: str, field: str | None = None) -> dict[str, Any]:
    """SendGrid's error body with one entry."""
    return {"errors": [{"message": message, "field": field, "help": None}]}


def read(status: int, body: Any = None, **headers: str) -> PostResult:
    """Read an answer whose headers are given with underscores."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    named = HTTPHeaderDict({name.replace("_", "-"): value for name, value in headers.items()})
    return read_answer(status, named, raw, now_s=NOW_S)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "trouble", "members"),
    [
        (202, None, "accepted", None, ()),
        (200, None, "unknown", None, ()),
        (204, None, "unknown", None, ()),
        (301, None, "unknown", None, ()),
        (408, None, "later", None, ()),
        (429, errors("too many requests"), "later", None, ()),
        (503, errors("service unavailable"), "later", None, ()),
        (503, b"<html>busy</html>", "later", None, ()),
        (500, errors("internal server error"), "unknown", None, ()),
        (502, b"", "unknown", None, ()),
        (504, None, "unknown", None, ()),
        (500, errors("Maximum credits exceeded"), "unknown", None, ()),
        (401, errors("authorization required", "null"), "later", "key", ()),
        (401, b"", "later", "key", ()),
        (403, errors("access forbidden", "null"), "later", "key", ()),
        (401, errors("Maximum credits exceeded"), "later", "quota", ()),
        (403, errors("Maximum credits exceeded"), "later", "quota", ()),
        (400, errors("maximum credits exceeded"), "later", "quota", ()),
        (429, errors("Maximum credits exceeded"), "later", "quota", ()),
        (403, errors(IDENTITY, "from"), "later", "sender", ()),
        (400, errors(IDENTITY), "later", "sender", ()),
        (
            400,
            errors("The from email does not contain a valid address.", "from.email"),
            "later",
            "sender",
            (),
        ),
        (400, errors("invalid request", "null"), "refused", None, ()),
        (400, errors("Additional property from_ is not allowed.", "from_"), "refused", None, ()),
        (400, b"<html>", "refused", None, ()),
        (400, b"[1]", "refused", None, ()),
        (400, {"errors": "none"}, "refused", None, ()),
        (400, {"errors": [1, {"field": 3}]}, "refused", None, ()),
        (404, None, "refused", None, ()),
        (413, errors("content too large", "null"), "refused", None, ()),
        (415, None, "refused", None, ()),
        (400, errors("Invalid.", "personalizations.3.to.0.email"), "refused", None, (3,)),
        (400, errors("Invalid.", "personalizations[12].to[0].email"), "refused", None, (12,)),
        (400, errors("Invalid.", "personalizations.7"), "refused", None, (7,)),
        (403, errors("access forbidden", "personalizations.5.to.0.email"), "refused", None, (5,)),
        (400, errors("1 to 1,000 are allowed.", "personalizations"), "refused", None, ()),
        (400, errors("Odd.", "personalizations.to"), "refused", None, ()),
        (400, errors("Odd.", "personalizations.12345.to"), "refused", None, ()),
    ],
)
def test_what_an_answer_means(
    status: int, body: Any, outcome: str, trouble: str | None, members: tuple[int, ...]
) -> None:
    """Each kind of answer leads to one outcome."""
    result = read(status, body)
    assert (result.outcome, result.status) == (outcome, status)
    assert (result.trouble, result.members) == (trouble, members)
    assert result.retry_after_s == (TROUBLE_WAIT_S if trouble else None)


def test_members_are_named_once_and_in_order() -> None:
    """Two faults of one recipient name one member."""
    body = {
        "errors": [
            {"message": "Invalid.", "field": f"personalizations.{place}.to.0.{part}"}
            for place, part in [(9, "email"), (2, "email"), (9, "name")]
        ]
    }
    assert read(400, body).members == (2, 9)


def test_the_id_of_an_accepted_request_is_kept() -> None:
    """X-Message-Id is what receipts begin with."""
    assert read(202, X_Message_Id="abc").provider_id == "abc"


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {}, None),
        (429, {"X_RateLimit_Reset": "1795500030"}, 30.0),
        (429, {"X_RateLimit_Reset": "1795503630", "Date": "Tue, 24 Nov 2026 07:00:00 GMT"}, 30.0),
        (429, {"X_RateLimit_Reset": "1795496430", "Date": "Tue, 24 Nov 2026 05:00:00 GMT"}, 30.0),
        (429, {"X_RateLimit_Reset": "1795500030", "Date": "yesterday"}, 30.0),
        (429, {"X_RateLimit_Reset": "1795499000"}, 0.0),
        (429, {"X_RateLimit_Reset": "1795599000"}, 3600.0),
        (429, {"X_RateLimit_Reset": "45"}, 45.0),
        (429, {"X_RateLimit_Reset": "soon"}, None),
        (429, {"X_RateLimit_Reset": "-5"}, None),
        (429, {"X_RateLimit_Reset": "9" * 40}, None),
        (429, {"Retry_After": "7", "X_RateLimit_Reset": "1795500003"}, 7.0),
        (429, {"Retry_After": "3", "X_RateLimit_Reset": "1795500007"}, 7.0),
        (429, {"Retry_After": "Tue, 24 Nov 2026 06:01:00 GMT", "Date": DATE}, 60.0),
        (503, {"Retry_After": "120"}, 120.0),
        (503, {"Retry_After": "86400"}, 3600.0),
        (503, {"X_RateLimit_Reset": "1795500030"}, None),
    ],
)
def test_how_long_an_answer_asks_us_to_wait(
    status: int, headers: dict[str, str], wait_s: float | None
) -> None:
    """Resets are measured against the answer's own date, within an hour, and the longer wish counts."""
    assert read(status, {}, **headers).retry_after_s == wait_s


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (errors("Bad Request"), "Bad Request"),
        (
            errors("ana.b+x@example.test is no address", "personalizations.0.to.0.email"),
            "personalizations.0.to.0.email: (address) is no address",
        ),
        (
            errors('Not valid: "Ana" <ana@exa-mple.co.uk>; bo@b.test'),
            'Not valid: "Ana" <(address)>; (address)',
        ),
        (b"<p>ana@example.test is not known</p>", "<p>(address) is not known</p>"),
        (b"ana%40example.test", "(address)"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (b"", None),
    ],
)
def test_what_is_kept_of_an_answer_names_nobody(body: Any, detail: str | None) -> None:
    """The words of a refusal are kept for people to read, without addresses."""
    assert read(400, body).detail == detail


def test_a_long_answer_is_cut_after_addresses_are_gone() -> None:
    """No half of an address is left at the end."""
    detail = read(400, errors("x" * 490 + " ana.berg@example.test " + "y" * 10_000)).detail
    assert detail is not None
    assert len(detail) == 500
    assert "ana" not in detail


@given(st.binary(max_size=200), st.integers(100, 599), st.text(max_size=40))
def test_no_answer_is_too_strange(body: bytes, status: int, header: str) -> None:
    """Whatever comes back, something is said about it, and no wait is negative or longer than an hour."""
    headers = {"Retry-After": header, "X-RateLimit-Reset": header, "Date": header}
    result = read_answer(status, headers, body, now_s=NOW_S)
    assert result.retry_after_s is None or 0 <= result.retry_after_s <= 3600
    assert "@" not in (result.detail or "") or result.outcome != "accepted"
