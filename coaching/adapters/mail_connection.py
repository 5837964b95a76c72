"""The connection to SendGrid: kept open, verified, bounded in time, and it knows whether a letter has left.

urllib3's time-outs begin anew with every byte that comes; a server that drips could hold a worker for hours.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT_S = 3.0
# From the first byte of the letter that leaves to the last byte of the answer, however it may drip.
ANSWER_S = 10.0
# Others close idle connections after a minute or so; a letter written into that moment has an unknown fate.
IDLE_S = 15.0
LARGEST_ANSWER = 64 * 1024


class TooLate(Exception):
    """The letter was not sent, because its time was over."""


class CutAnswer(Exception):
    """The answer began but did not come in full."""

    def __init__(self, status: int, headers: urllib3.HTTPHeaderDict) -> None:
        super().__init__("the answer was cut")
        self.status = status
        self.headers = headers


class Errand:
    """One request on its way, as its body: urllib3 asks for it when connected, with the headers sent.

    Until `left` is true the other side holds no letter, whatever went wrong.
    """

    def __init__(self, body: bytes, not_after: float | None = None) -> None:
        self.left = False
        self.body = body
        self._not_after = not_after
        self._connection: HTTPConnection | None = None
        self._alarm = threading.Timer(ANSWER_S, self._cut)
        self._alarm.daemon = True

    def taken_by(self, connection: HTTPConnection) -> None:
        """Learn which connection carries it."""
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        if self._not_after is not None and time.monotonic() > self._not_after:
            raise TooLate
        self._alarm.start()
        self.left = True
        yield self.body

    def over(self) -> None:
        """Stop watching the time."""
        self._alarm.cancel()

    def _cut(self) -> None:
        """End the connection under whoever waits at it."""
        sock = self._connection.sock if self._connection else None
        if sock is not None:
            with contextlib.suppress(OSError):
                # Not the TLS socket's own shutdown: it changes what the waiting thread is using.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether it may carry another request; the pool connects anew where not."""
        return super().is_connected and time.monotonic() - self._used_at < IDLE_S

    def request(self, method: str, url: str, body: Any = None, *args: Any, **more: Any) -> None:
        """Send a request; an errand learns who carries it."""
        if isinstance(body, Errand):
            body.taken_by(self)
        super().request(method, url, body, *args, **more)

    def getresponse(self) -> Any:
        """Wait for the answer."""
        response = super().getresponse()
        self._used_at = time.monotonic()
        return response


class _VerifiedConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _VerifiedPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _VerifiedConnection


def open_pool() -> urllib3.PoolManager:
    """Return a pool that verifies who answers, repeats nothing and follows no redirect; connects later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    pool = urllib3.PoolManager(
        maxsize=8,
        retries=False,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=ANSWER_S),
        ssl_context=context,
    )
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _VerifiedPool}
    return pool


@dataclass(frozen=True)
class Answer:
    """A whole answer; of its body, the first 64 KiB."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


def carry(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str], errand: Errand) -> Answer:
    """POST once and read the whole answer. Raises TooLate, CutAnswer, HTTPError and OSError."""
    headers = {**headers, "Content-Length": str(len(errand.body))}
    try:
        response = pool.request(
            "POST", url, body=errand, headers=headers, redirect=False, preload_content=False
        )
        return Answer(response.status, response.headers, _read(response))
    finally:
        errand.over()


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Read the body, of which no more than the beginning is kept, and give the connection back."""
    try:
        body = response.read(LARGEST_ANSWER)
        rest = response.read(1)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        response.close()
        raise CutAnswer(response.status, response.headers) from error
    if rest:
        response.close()
    response.release_conn()
    if not _tells_its_length(response):
        raise CutAnswer(response.status, response.headers)
    return body


def _tells_its_length(response: urllib3.BaseHTTPResponse) -> bool:
    """Whether its end could be seen: the standard library takes a head that was cut for a whole one."""
    chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
    return chunked or response.headers.get("Content-Length", "").strip().isdecimal()
