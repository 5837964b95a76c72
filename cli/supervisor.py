"""Watches over the children and the embedded servers until it is asked to stop, then stops them in order."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType

from cli.child import Child
from cli.embedded import EmbeddedError, Postgres, Valkey
from cli.logs import cap

LOOK_EVERY_S = 0.1
READY_WITHIN_S = 180.0
DEATHS_AT_START = 3
SERVER_PAUSE_S = 2.0

Say = Callable[[str], None]


class StopAskedError(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM while something long was under way."""


class StartError(Exception):
    """A child doesn't come up; the text is one line for a person."""


class StopSign:
    """Turns SIGINT, SIGTERM and SIGHUP into one wish to stop; wishing it twice is harmless."""

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants us to outlive the terminal
            signal.signal(signal.SIGHUP, self._hear)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this a wish to stop ends what is under way by StopAskedError."""
        self._at_once = True
        try:
            if self.asked:
                raise StopAskedError
            yield
        finally:
            self._at_once = False

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if self._at_once:
            self._at_once = False
            raise StopAskedError


@dataclass
class Supervisor:
    """`servers` and `children` in the order of their start; they are stopped the other way round."""

    say: Say
    stop_sign: StopSign
    changed: Callable[[], None]  # called when a child has another pid
    servers: list[Postgres | Valkey] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    _servers_wait_until: float = 0.0

    def start(self, children: Sequence[Child]) -> None:
        """Start all at once; none waits for another."""
        for child in children:
            child.start(time.monotonic())
            self.children.append(child)
        self.changed()

    def wait_until_ready(self) -> None:
        """Look after the children until each has answered once. Raises StartError, StopAskedError."""
        deadline = time.monotonic() + READY_WITHIN_S
        while missing := [child for child in self.children if not child.ready]:
            if self.stop_sign.asked:
                raise StopAskedError
            self.look()
            for child in missing:
                if child.deaths_before_ready >= DEATHS_AT_START:
                    raise StartError(f"{child.recipe.name} doesn't start: {child.last_words()}")
            if time.monotonic() > deadline:
                names = ", ".join(child.recipe.name for child in missing)
                raise StartError(f"no answer from {names} within {READY_WITHIN_S:.0f} seconds")
            time.sleep(LOOK_EVERY_S)

    def watch(self) -> None:
        """Look after everything until somebody asks to stop."""
        while not self.stop_sign.asked:
            self.look()
            time.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """One round: what died or fell silent is started again."""
        self._look_at_servers()
        for child in self.children:
            before = child.process
            fault = child.look(time.monotonic())
            if fault is not None:
                self.say(f"{child.recipe.name} {fault}; starting it again (see {child.recipe.log})")
                child.look(time.monotonic())
            if child.process is not before:
                self.changed()

    def _look_at_servers(self) -> None:
        now = time.monotonic()
        for server in self.servers:
            cap(server.log)
            if server.process.poll() is None or now < self._servers_wait_until:
                continue
            self.say(f"{type(server).__name__} ended; starting it again (see {server.log})")
            try:
                server.restart()
            except EmbeddedError as fault:
                self.say(str(fault))
                self._servers_wait_until = now + SERVER_PAUSE_S

    def stop(self) -> None:
        """Stop the children, last started first, then the servers, the database last."""
        for child in reversed(self.children):
            child.stop()
        for server in reversed(self.servers):
            server.stop()
