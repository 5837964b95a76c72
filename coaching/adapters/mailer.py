"""The way to SendGrid: its package builds the request, a connection of our own carries it.

The package opens a new connection for every request, has no time-out, shares its headers between calls and
writes the key and addresses into debug logs; the one seam under its client mends all four.
"""

import logging
import time
from typing import Any, Protocol
from urllib.request import Request

import urllib3
from python_http_client.client import Client
from sendgrid import SendGridAPIClient

from coaching.adapters.mail_answers import PostResult, read_answer
from coaching.adapters.mail_connection import Answer, CutAnswer, Errand, TooLate, carry, open_pool

__all__ = ["Mailer", "PostResult", "SendGridMailer"]

# Its debug lines hold the key, addresses and texts: none of them is wanted at any level.
logging.getLogger("python_http_client").disabled = True
logging.getLogger("python_http_client.client").disabled = True


class Mailer(Protocol):
    """Whatever takes a request body in the form of SendGrid's `POST /v3/mail/send`."""

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Make one request and never repeat it; never raises for what the network or the other side does.

        Once the monotonic clock has passed `not_after` nothing is sent any more, and the result is 'later'.
        """


class SendGridMailer:
    """Posts to SendGrid, or to whatever speaks its language at `host`."""

    def __init__(self, host: str, api_key: str) -> None:
        api = SendGridAPIClient(api_key, host=host)
        self._client = _PooledClient(open_pool(), host.rstrip("/"), api.client.request_headers, version=3)

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Make one request and never repeat it; an answer later than 10 s is none."""
        errand = Errand(not_after)
        try:
            # What the package calls a time-out it hands on unread: here it is the errand, which knows more.
            response = self._client.mail.send.post(request_body=body, timeout=errand)
        except TooLate:
            return PostResult("later", detail="its time was over before it could be sent", retry_after_s=0.0)
        except CutAnswer as cut:
            return _cut_short(cut)
        except (
            urllib3.exceptions.HTTPError,
            OSError,
            RuntimeError,
        ) as error:  # the last: no thread to be had
            return _failed(error, errand)
        return read_answer(response.status_code, response.headers, response.body, now_s=time.time())


def _cut_short(cut: CutAnswer) -> PostResult:
    """Tell what an answer without its end means: its head alone says 'accepted', but a refusal it can't."""
    if cut.status == 202:
        return read_answer(cut.status, cut.headers, b"", now_s=time.time())
    return PostResult("unknown", cut.status, detail="the answer was cut")


def _failed(error: Exception, errand: Errand) -> PostResult:
    """Tell what an error means; its text can hold host and path, so only its kind is kept."""
    if errand.left:
        return PostResult("unknown", detail=f"no answer came ({type(error).__name__})")
    match error:
        case urllib3.exceptions.NameResolutionError():
            detail = "the name of the mail host is not known"
        case urllib3.exceptions.NewConnectionError():
            detail = "nobody answers at the mail host"
        case urllib3.exceptions.SSLError():
            detail = "the mail host could not be verified"
        case urllib3.exceptions.TimeoutError():
            detail = "the mail host did not answer in time"
        case _:
            detail = f"no connection to the mail host ({type(error).__name__})"
    return PostResult("later", detail=detail)


class _PooledClient(Client):  # type: ignore[misc]  # the package ships no types
    """The package's client over our connections; each client has headers of its own."""

    def __init__(
        self,
        pool: urllib3.PoolManager,
        host: str,
        request_headers: dict[str, str],
        version: int | None = None,
        url_path: list[str] | None = None,
    ) -> None:
        super().__init__(host, dict(request_headers), version, url_path)
        self._pool = pool

    def _build_client(self, name: str | None = None) -> "_PooledClient":
        path = [*self._url_path, name] if name else self._url_path
        return _PooledClient(self._pool, self.host, self.request_headers, self._version, path)

    def _make_request(self, opener: object, request: Request, timeout: Errand | None = None) -> Answer:
        del opener
        errand = timeout or Errand()
        errand.body = request.data if isinstance(request.data, bytes) else b""
        headers = dict(request.header_items())
        return carry(self._pool, request.get_method(), request.full_url, headers, errand)
