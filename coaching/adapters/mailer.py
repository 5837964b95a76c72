"""The way to SendGrid: its package knows the words of a request, a connection of our own carries it.

The package's own client opens a new connection for every request, has no time-out, shares its headers between
calls, and writes all of the body out for a debug log that nobody may keep.
"""

import time
from typing import Any, Protocol

import orjson
import urllib3
from sendgrid import SendGridAPIClient

from coaching.adapters.mail_answers import PostResult, read_answer
from coaching.adapters.mail_connection import CutAnswer, Errand, TooLate, carry, open_pool

__all__ = ["Mailer", "PostResult", "SendGridMailer"]


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
        self._pool = open_pool()
        self._url = f"{host.rstrip('/')}/v3/mail/send"
        self._headers = {**api.client.request_headers, "Content-Type": "application/json"}

    def post(self, body: dict[str, Any], *, not_after: float | None = None) -> PostResult:
        """Make one request and never repeat it; an answer later than 10 s is none."""
        errand = Errand(orjson.dumps(body), not_after)
        try:
            answer = carry(self._pool, self._url, self._headers, errand)
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
        return read_answer(answer.status, answer.headers, answer.body, now_s=time.time())


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
