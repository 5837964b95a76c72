"""A host that listens on a real socket and misbehaves as told, with or without TLS."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], bool]
"""What happens once a request has been read; false: nothing more is read from this connection."""

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 0\r\n\r\n"


def answer(raw: bytes, *, close: bool = False) -> Behaviour:
    """Send these bytes, then close or go on."""

    def behave(connection: socket.socket) -> bool:
        connection.sendall(raw)
        return not close

    return behave


def reset(connection: socket.socket) -> bool:
    """Cut the connection so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    return False


def drip(raw: bytes, *, every_s: float) -> Behaviour:
    """Send these bytes one at a time, until nobody listens any more."""

    def behave(connection: socket.socket) -> bool:
        connection.settimeout(every_s)
        for byte in raw:
            connection.sendall(bytes((byte,)))
            with suppress(TimeoutError):
                if connection.recv(1) == b"":
                    return False
        return False

    return behave


def silent(connection: socket.socket) -> bool:
    """Say nothing until the other side gives up."""
    with suppress(OSError):
        connection.recv(1)
    return False


@dataclass
class MailHost:
    """Answers each request by the next of `plan`, and by accepting when that is used up."""

    url: str
    plan: list[Behaviour] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        """Read requests from one connection for as long as it is of use."""
        with connection, suppress(OSError):
            while (request := _read_request(connection)) is not None:
                self.requests.append(request)
                behave = self.plan.pop(0) if self.plan else answer(ACCEPTED)
                if not behave(connection):
                    return


def _read_request(connection: socket.socket) -> bytes | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        more = connection.recv(65536)
        if not more:
            return None
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    return head + b"\r\n\r\n" + body


@contextmanager
def mail_host(*plan: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[MailHost]:
    """Listen on a free port of this machine until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if tls else "http"
        host = MailHost(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", list(plan))
        thread = threading.Thread(target=_accept, args=(listener, host, tls), daemon=True)
        thread.start()
        try:
            yield host
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in host.open:
                connection.close()


def _accept(listener: socket.socket, host: MailHost, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        host.connections += 1
        try:
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
        except OSError:  # the client has turned away
            connection.close()
            continue
        host.open.append(connection)
        threading.Thread(target=host.serve, args=(connection,), daemon=True).start()


def certificate(folder: Path, *, name: str = "127.0.0.1") -> Path:
    """Write key and certificate, signed by itself, for an address of this machine or for a host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    san: x509.GeneralName = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([san]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_context(path: Path) -> ssl.SSLContext:
    """What a TLS server with this certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
