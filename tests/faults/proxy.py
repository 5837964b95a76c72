"""A proxy that lets the connections through it die: reset, or half-open, so that nobody is told."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
T = TypeVar("T")
_RESET = struct.pack("ii", 1, 0)


class _Line:
    """One connection through the proxy: two ends, and whether anything still passes."""

    def __init__(self, near: Streams, far: Streams, lag_s: Callable[[], float]) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self._ends = near, far
        self._lag_s = lag_s

    async def carry(self) -> None:
        """Pass on what comes until an end closes."""
        near, far = self._ends
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pump(near[0], far[1], self._lag_s))
            both.create_task(self._pump(far[0], near[1], lambda: 0.0))

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, lag_s: Callable[[], float]
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                await self.open.wait()
                await asyncio.sleep(lag_s())
                target.write(piece)
                await target.drain()
        target.close()

    def reset(self) -> None:
        """Cut both ends as a crash would."""
        for _, writer in self._ends:
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Listens on a loopback port of its own, in a thread of its own.

    `lag_s`: for how long whatever is said through it is held up; answers are not.
    """

    def __init__(self, dial: Callable[[], Coroutine[Any, Any, Streams]]) -> None:
        self.lag_s = 0.0
        self._dial = dial
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self.port = 0

    @classmethod
    def to_port(cls, port: int) -> Self:
        """Lead to a loopback port."""
        return cls(lambda: asyncio.open_connection("127.0.0.1", port))

    @classmethod
    def to_socket(cls, path: Path) -> Self:
        """Lead to a socket in the file system."""
        return cls(lambda: asyncio.open_unix_connection(path))

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.reset()
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def reset(self) -> int:
        """Reset every connection there is; return how many."""
        return self._do(self._each(_Line.reset))

    def swallow(self) -> int:
        """Let nothing pass on any connection there is, for ever, and tell nobody; return how many."""
        return self._do(self._each(lambda line: line.open.clear()))

    async def _each(self, harm: Callable[[_Line], None]) -> int:
        lines = list(self._lines)
        for line in lines:
            harm(line)
        return len(lines)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far = await self._dial()
        except OSError:
            writer.close()
            return
        line = _Line((reader, writer), far, lambda: self.lag_s)
        self._lines.add(line)
        try:
            await line.carry()
        except asyncio.CancelledError:  # the proxy ends
            return
        finally:
            self._lines.discard(line)
            line.reset()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
