"""The other end of a benchmark: takes requests in SendGrid's form, answers 202 and counts recipients.

It checks nothing, so that what is measured is ours. `GET /count` tells how many letters came.
"""

import asyncio
import sys

_RECIPIENT = b'"message_id"'


class Sink:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.letters = 0
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                writer.write(self._answer(head, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET /count"):
            text = f"{self.requests} {self.letters}".encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)
        self.requests += 1
        self.letters += body.count(_RECIPIENT)
        return b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sink-%d\r\nContent-Length: 0\r\n\r\n" % self.requests


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _run(port: int) -> None:
    server = await asyncio.start_server(Sink().serve, "127.0.0.1", port, limit=2**26)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1])))
