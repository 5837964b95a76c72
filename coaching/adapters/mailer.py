"""The way to SendGrid: its package builds the request, a pooled transport with time-outs carries it.

The package opens a new connection for every request, has no time-out, shares its headers between calls and
writes the key and addresses into debug logs; the one seam under its client mends all four.
"""

import logging
import re
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.request import Request

import urllib3
from python_http_client.client import Client
from sendgrid import SendGridAPIClient

CONNECT_S = 3.0
READ_S = 10.0
_MEMBER = re.compile(rb"personalizations\.(\d{1,4})\.")
_REFUSED = frozenset({429, 503})

# Its debug lines hold the key, addresses and texts: none of them is wanted at any level.
logging.getLogger("python_http_client").disabled = True
logging.getLogger("python_http_client.client").disabled = True


@dataclass(frozen=True)
class PostResult:
    """What became of one request.

    'accepted': 202. 'later': refused in full or never sent, worth another try; `trouble` says that no letter
    of this sender can go until a person mends the key, the quota or the sender. 'refused': at fault, another
    try would end alike; `members` are the places, from 0, of the recipients that it names. 'unknown': it may
    or may not have been accepted, and must not simply be sent again.
    """

    outcome: Literal["accepted", "later", "refused", "unknown"]
    status: int | None = None
    provider_id: str | None = None
    detail: str | None = None
    retry_after_s: float | None = None
    members: tuple[int, ...] = ()
    trouble: Literal["key", "quota", "sender"] | None = None


class Mailer(Protocol):
    """Whatever takes a request body in the form of SendGrid's `POST /v3/mail/send`."""

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Make one request and never repeat it; never raises for what the network or the other side does.

        Once the monotonic clock has passed `not_after` nothing is sent any more, and the result is 'later'.
        """


class SendGridMailer:
    """Posts to SendGrid, or to whatever speaks its language at `host`."""

    def __init__(self, host: str, api_key: str) -> None:
        self._api = SendGridAPIClient(api_key, host=host)
        self._api.client = _PooledClient(
            host=host.rstrip("/"), request_headers=self._api.client.request_headers, version=3
        )

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Make one request and never repeat it."""
        try:
            response = self._api.send(body)
        except urllib3.exceptions.NewConnectionError:
            return PostResult("later", detail="nobody answers at the mail host")
        except urllib3.exceptions.ConnectTimeoutError:
            return PostResult("later", detail="the mail host did not answer in time")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return PostResult("unknown", detail=type(error).__name__)
        return _result(response.status_code, response.headers, response.body)


def _result(status: int, headers: Any, body: bytes) -> PostResult:
    if status == 202:
        return PostResult("accepted", status, headers.get("X-Message-Id"))
    detail = body[:500].decode("utf-8", "replace")
    if status in _REFUSED:
        return PostResult("later", status, detail=detail, retry_after_s=_wait(headers))
    if status in (401, 403):
        # The key or the sender is in trouble, not these letters: they wait until it is mended.
        return PostResult("later", status, detail=detail, retry_after_s=60.0)
    if 400 <= status < 500:
        return PostResult("refused", status, detail=detail, members=_named(body))
    return PostResult("unknown", status, detail=detail)


def _named(body: bytes) -> tuple[int, ...]:
    """Return the places of the recipients that an error body names, as in 'personalizations.3.to.0.email'."""
    return tuple(sorted({int(found) for found in _MEMBER.findall(body)}))


def _wait(headers: Any) -> float | None:
    """Return the seconds until the limit resets, if the answer says so."""
    for name in ("Retry-After", "X-RateLimit-Reset-After"):
        raw = headers.get(name)
        if raw is not None and raw.strip().isdigit():
            return float(raw)
    return None


class _PooledClient(Client):  # type: ignore[misc]  # the package ships no types
    """The package's client over kept-open, verified, timed connections."""

    pool = urllib3.PoolManager(
        maxsize=8, retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S)
    )

    def _build_client(self, name: str | None = None) -> "_PooledClient":
        path = [*self._url_path, name] if name else self._url_path
        return _PooledClient(
            host=self.host, version=self._version, request_headers=dict(self.request_headers), url_path=path
        )

    def _make_request(self, opener: object, request: Request, timeout: object = None) -> "_Answer":
        del opener, timeout
        body = request.data if isinstance(request.data, bytes) else None
        headers = dict(request.header_items())
        response = self.pool.request(request.get_method(), request.full_url, body=body, headers=headers)
        return _Answer(response)


class _Answer:
    """A urllib3 response in the shape that the package reads."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def getcode(self) -> int:
        return self._response.status

    def read(self) -> bytes:
        return self._response.data

    def info(self) -> urllib3.HTTPHeaderDict:
        return self._response.headers
