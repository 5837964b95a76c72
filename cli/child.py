"""One supervised child: when it is ready, when it has died or fallen silent, and when it is started again."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli import processes
from cli.logs import cap, last_words, open_log
from cli.probe import Probe
from cli.processes import Identity

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
OLD_ENOUGH_S = 10.0  # one that lived this long is started again at once
SILENT_S = 30.0
FAILURES = 3
START_GRACE_S = 60.0  # what a child may need before its first answer


@dataclass(frozen=True)
class Recipe:
    """How a child is started, how it shows that it is well, how many seconds its end may take.

    `pulse` is a file that it touches; else `question` is asked by a probe.
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    pulse: Path | None = None
    question: Callable[[], bool] | None = None
    stop_s: float = 5.0


@dataclass
class Child:
    """A child as it runs. Every `now` is monotonic seconds."""

    recipe: Recipe
    broker: Probe | None = None  # silence counts only while the broker is well
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    deaths_before_ready: int = 0
    starts_at: float | None = None
    _probe: Probe | None = field(default=None, repr=False)
    _started_at: float = 0.0
    _pause: float = 0.0
    _log_start: int = 0
    _pulse_seen: tuple[float, float] = (0.0, 0.0)  # the file's time, and when we noticed it

    def start(self, now: float) -> None:
        """Start it. Call this from the main thread: the child dies with the thread that started it."""
        recipe = self.recipe
        if recipe.pulse is not None:
            recipe.pulse.unlink(missing_ok=True)
        with open_log(recipe.log) as log:
            self._log_start = recipe.log.stat().st_size
            self.process = processes.start(
                recipe.command,
                log=log,
                env=recipe.environment,
                cwd=recipe.folder,
                death_signal=signal.SIGTERM,
            )
        self._started_at, self._pulse_seen, self.starts_at, self.ready = now, (0.0, now), None, False
        if recipe.question is not None:
            self._probe = Probe(recipe.question)

    @property
    def identity(self) -> Identity | None:
        """Who it is right now, or None while it isn't running."""
        return Identity.of(self.process.pid) if self.process and self.process.poll() is None else None

    def look(self, now: float) -> str | None:
        """Start it when its time has come; end it when it is ill and say in a few words what happened."""
        if self.process is None:
            if self.starts_at is not None and now >= self.starts_at:
                self.start(now)
            return None
        cap(self.recipe.log)
        fault = self._fault(now)
        if fault is not None:
            self._put_down(now)
        return fault

    def last_words(self) -> str:
        """The line of its log that best says why it ended."""
        return last_words(self.recipe.log, self._log_start)

    def stop(self) -> None:
        """Ask it to end, wait, and leave nobody of its session behind. Stopping twice is harmless."""
        self.starts_at = None
        self._end_probe()
        if self.process is not None:
            steps = ((signal.SIGTERM, self.recipe.stop_s), (signal.SIGKILL, 5.0))
            processes.stop_child(self.process, steps)
            processes.kill_session(self.process.pid)
            self.process = None

    def _fault(self, now: float) -> str | None:
        assert self.process is not None
        code = self.process.poll()
        if code is not None:
            return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended (exit code {code})"
        return self._probe_fault(now) if self._probe is not None else self._pulse_fault(now)

    def _probe_fault(self, now: float) -> str | None:
        assert self._probe is not None
        self.ready = self.ready or self._probe.well_since is not None
        if self.ready and self._probe.failures >= FAILURES:
            return f"didn't answer {FAILURES} times"
        if not self.ready and now - self._started_at > START_GRACE_S:
            return f"didn't answer for {START_GRACE_S:.0f} seconds"
        return None

    def _pulse_fault(self, now: float) -> str | None:
        self.ready = self._new_pulse(now) or self.ready
        if self.recipe.pulse is None:
            return None
        well_since = self.broker.well_since if self.broker is not None else self._started_at
        if well_since is None:  # without a broker nobody can hear the clock: no fault of the child's
            return None
        silent = now - max(self._pulse_seen[1], well_since)
        if silent > (SILENT_S if self.ready else START_GRACE_S):
            return f"was silent for {silent:.0f} seconds"
        return None

    def _new_pulse(self, now: float) -> bool:
        """Has the file been touched since the last look? Its own time is only compared with itself."""
        if self.recipe.pulse is None:  # a child that promises no sign of life is ready when it runs
            return True
        try:
            touched = os.stat(self.recipe.pulse).st_mtime  # noqa: PTH116 - asked ten times a second
        except OSError:
            return False
        if touched == self._pulse_seen[0]:
            return False
        self._pulse_seen = (touched, now)
        return True

    def _put_down(self, now: float) -> None:
        """End whatever is left of it and set the time of its next start, later each time it dies young."""
        assert self.process is not None
        self._end_probe()
        processes.kill_session(self.process.pid)
        processes.stop_child(self.process, ((signal.SIGKILL, 5.0),))
        self.process = None
        old = now - self._started_at >= OLD_ENOUGH_S
        self._pause = 0.0 if old else min(max(self._pause * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        self.starts_at = now + self._pause
        self.deaths_before_ready += not self.ready

    def _end_probe(self) -> None:
        if self._probe is not None:
            self._probe.end()
            self._probe = None
