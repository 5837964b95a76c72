"""One request to a real socket: what is known of the letter afterwards, however the other side behaves."""

import json
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from coaching.adapters import mail_connection
from coaching.adapters.mailer import SendGridMailer
from tests.adapters.mail_host import (
    ACCEPTED,
    Behaviour,
    answer,
    certificate,
    drip,
    mail_host,
    reset,
    server_context,
    silent,
)

KEY = "SG.a-key"
BODY: dict[str, Any] = {"personalizations": [{"to": [{"email": "ana@example.test"}]}], "subject": "Für dich"}


def test_an_accepted_letter() -> None:
    """The body travels once and whole, with the key; the answer's id is kept."""
    with mail_host() as host:
        result = SendGridMailer(host.url, KEY).post(BODY)
        assert (result.outcome, result.status, result.provider_id) == ("accepted", 202, "abc")
        (request,) = host.requests
        head, _, body = request.partition(b"\r\n\r\n")
        assert json.loads(body) == BODY
        assert head.startswith(b"POST /v3/mail/send HTTP/1.1\r\n")
        lines = head.lower().split(b"\r\n")
        assert f"content-length: {len(body)}".encode() in lines
        assert b"authorization: bearer sg.a-key" in lines
        assert b"content-type: application/json" in lines


def test_one_connection_serves_many_letters() -> None:
    """Connections are kept open, also after a refusal."""
    refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"
    with mail_host(answer(ACCEPTED), answer(refusal)) as host:
        mailer = SendGridMailer(host.url, KEY)
        assert [mailer.post(BODY).status for _ in range(3)] == [202, 400, 202]
        assert host.connections == 1


def test_a_connection_that_idled_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side may just be closing it."""
    monkeypatch.setattr(mail_connection, "IDLE_S", 0.0)
    with mail_host() as host:
        mailer = SendGridMailer(host.url, KEY)
        assert [mailer.post(BODY).status for _ in range(2)] == [202, 202]
        assert host.connections == 2


def test_a_connection_that_the_other_side_closed_is_not_used_again() -> None:
    """A close that was seen costs nothing but a new connection."""
    with mail_host(answer(ACCEPTED, close=True)) as host:
        mailer = SendGridMailer(host.url, KEY)
        mailer.post(BODY)
        host.open[0].close()
        assert mailer.post(BODY).outcome == "accepted"
        assert host.connections == 2


def test_nothing_leaves_when_it_is_too_late() -> None:
    """After the last moment no byte of the letter is sent; the connection may have been made."""
    with mail_host() as host:
        mailer = SendGridMailer(host.url, KEY)
        result = mailer.post(BODY, not_after=time.monotonic() - 0.001)
        assert (result.outcome, result.status, result.retry_after_s) == ("later", None, 0.0)
        assert mailer.post(BODY, not_after=time.monotonic() + 60).outcome == "accepted"
        assert len(host.requests) == 1


def test_the_last_moment_is_looked_at_after_connecting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake that uses up the time leaves none for the letter."""
    path = certificate(tmp_path, name="localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context, last = server_context(path), time.monotonic() + 0.2

    def take_all_the_time(*_: object) -> None:
        threading.Event().wait(max(0.0, last - time.monotonic()) + 0.01)

    context.sni_callback = take_all_the_time
    with mail_host(tls=context) as host:
        result = SendGridMailer(host.url.replace("127.0.0.1", "localhost"), KEY).post(BODY, not_after=last)
        assert (result.outcome, result.detail) == ("later", "its time was over before it could be sent")
        assert (host.connections, host.requests) == (1, [])


def test_a_handshake_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the handshake is done nothing was sent, and it has its time."""
    monkeypatch.setattr(mail_connection, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        result = SendGridMailer(f"https://127.0.0.1:{mute.getsockname()[1]}", KEY).post(BODY)
        assert (result.outcome, result.detail) == ("later", "the mail host did not answer in time")


def test_a_refused_connection() -> None:
    """Where nobody listens, nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    result = SendGridMailer(f"http://127.0.0.1:{port}", KEY).post(BODY)
    assert (result.outcome, result.detail) == ("later", "nobody answers at the mail host")


def test_a_name_that_leads_nowhere() -> None:
    """Without an address nothing was sent."""
    result = SendGridMailer("https://nowhere.invalid", KEY).post(BODY)
    assert (result.outcome, result.detail) == ("later", "the name of the mail host is not known")


def test_a_host_behind_a_black_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is not answered is given up in time, and nothing was sent."""
    monkeypatch.setattr(mail_connection, "CONNECT_S", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:  # a full queue: the kernel drops what comes next
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        result = SendGridMailer(f"http://127.0.0.1:{full.getsockname()[1]}", KEY).post(BODY)
        for one in waiting:
            one.close()
    assert (result.outcome, result.detail) == ("later", "the mail host did not answer in time")


@pytest.mark.parametrize("name", ["127.0.0.1", "elsewhere.example.test"])
def test_a_host_that_cannot_be_verified(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody vouches for, or that is another's, ends the call before key and letter."""
    path = certificate(tmp_path, name=name)
    if name != "127.0.0.1":  # known, but not the host we meant
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_host(tls=server_context(path)) as host:
        result = SendGridMailer(host.url, KEY).post(BODY)
        assert (result.outcome, result.detail) == ("later", "the mail host could not be verified")
        assert host.requests == []


def test_a_host_that_speaks_only_old_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS 1.1 is not spoken."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    old = server_context(path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with mail_host(tls=old) as host:
        assert SendGridMailer(host.url, KEY).post(BODY).outcome == "later"
        assert host.requests == []


def test_a_verified_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that this machine trusts, letters go over one kept-open connection."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_host(tls=server_context(path)) as host:
        mailer = SendGridMailer(host.url, KEY)
        assert [mailer.post(BODY).outcome for _ in range(2)] == ["accepted", "accepted"]
        assert host.connections == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(b"", close=True),
        reset,
        answer(b"HTTP/1.1 4", close=True),
        answer(b"no HTTP at all\r\n\r\n", close=True),
        answer(b"HTTP/1.1 429 Too Many Requests\r\nContent-Le", close=True),
        answer(b"HTTP/1.1 503 Service Unavailable\r\n\r\n{", close=True),
        answer(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 100\r\n\r\n{", close=True),
        answer(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", close=True),
    ],
    ids=[
        "closed",
        "reset",
        "half a line",
        "no HTTP",
        "half a head",
        "no length",
        "half a refusal",
        "half a chunk",
    ],
)
@pytest.mark.parametrize("over_tls", [False, True])
def test_a_cut_after_the_letter_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, over_tls: bool
) -> None:
    """Without a whole answer nobody can tell whether the letter was taken; it is not repeated."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_host(behaviour, tls=server_context(path) if over_tls else None) as host:
        result = SendGridMailer(host.url, KEY).post(BODY)
        assert (result.outcome, result.trouble, result.members) == ("unknown", None, ())
        assert len(host.requests) == 1


def test_a_yes_whose_end_is_missing() -> None:
    """202 stands at the head of the answer: what follows can't take it back."""
    yes = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 9\r\n\r\n{"
    with mail_host(answer(yes, close=True)) as host:
        result = SendGridMailer(host.url, KEY).post(BODY)
        assert (result.outcome, result.provider_id) == ("accepted", "abc")


@pytest.mark.long
@pytest.mark.parametrize(
    "behaviour",
    [
        silent,
        drip(b"HTTP/1.1 429 Too Many\r\n" + b"X-More: and more\r\n" * 90, every_s=0.05),
        drip(b"HTTP/1.1 400 Bad\r\nContent-Length: 400\r\n\r\n" + b" " * 400, every_s=0.02),
    ],
    ids=["silence", "dripping head", "dripping body"],
)
@pytest.mark.parametrize("over_tls", [False, True])
def test_an_answer_that_does_not_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, over_tls: bool
) -> None:
    """Silence and drips hold a worker no longer than the time for an answer, then the outcome is unknown."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_host(behaviour, tls=server_context(path) if over_tls else None) as host:
        mailer = SendGridMailer(host.url, KEY)
        with monkeypatch.context() as hurried:
            hurried.setattr(mail_connection, "ANSWER_S", 2.5)  # enough to be asked, however busy the machine
            begin = time.monotonic()
            assert mailer.post(BODY).outcome == "unknown"
            assert time.monotonic() - begin < 4.0
        assert len(host.requests) == 1
        assert mailer.post(BODY).outcome == "accepted"
        assert host.connections == 2


def test_a_host_that_stops_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that gets stuck half-way is given up in time."""
    monkeypatch.setattr(mail_connection, "ANSWER_S", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        begin = time.monotonic()
        large = {**BODY, "content": "x" * 20_000_000}
        result = SendGridMailer(f"http://127.0.0.1:{deaf.getsockname()[1]}", KEY).post(large)
        assert result.outcome == "unknown"
        assert time.monotonic() - begin < 3.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_no_new_address(status: int) -> None:
    """Key and letter go nowhere else."""
    with mail_host() as elsewhere:
        head = (
            f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/v3/mail/send\r\nContent-Length: 0\r\n\r\n"
        )
        with mail_host(answer(head.encode())) as host:
            result = SendGridMailer(host.url, KEY).post(BODY)
            assert (result.outcome, result.status) == ("unknown", status)
            assert (len(host.requests), elsewhere.connections) == (1, 0)


def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    """An answer without end fills no memory."""
    huge = b"HTTP/1.1 400 Bad\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 500_000
    with mail_host(answer(huge)) as host:
        result = SendGridMailer(host.url, KEY).post(BODY)
        assert (result.outcome, len(result.detail or "")) == ("refused", 500)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 abc Odd\r\n\r\n",
        b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Odd\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 429 Odd\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 429 Odd\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 429 Odd\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 429 Odd\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 429 Odd\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 429 Odd\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"\x16\x03\x01\x00\x00",
    ],
)
def test_a_strange_answer_is_no_answer(raw: bytes) -> None:
    """What breaks the rules of HTTP says nothing about the letter, and raises nothing."""
    with mail_host(answer(raw, close=True)) as host:
        assert SendGridMailer(host.url, KEY).post(BODY).outcome == "unknown"
