"""A supervised child: started again when it dies or falls silent, ended with everybody it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest

from cli import processes
from cli.child import FAILURES, SILENT_S, START_GRACE_S, Child, Recipe
from cli.probe import Probe
from cli.processes import wait_until

pytestmark = pytest.mark.process

SLEEPS = "import time; print('up', flush=True); time.sleep(600)"
EXITS = "import sys; print('an error on line 7', flush=True); sys.exit(3)"
PULSES = "import os, pathlib, time\nwhile True: pathlib.Path(os.environ['FILE']).touch(); time.sleep(0.02)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time;"
    " p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    " print('up', p.pid, flush=True); time.sleep(600)"
)


class FakeProbe:
    """What a probe has found, set by hand."""

    def __init__(self, *, failures: int = 0, well_since: float | None = None) -> None:
        self.failures = failures
        self.well_since = well_since

    def end(self) -> None:
        """Nothing runs."""


def fake(*, failures: int = 0, well_since: float | None = None) -> Probe:
    """A probe whose findings are set by hand."""
    return cast("Probe", FakeProbe(failures=failures, well_since=well_since))


Make = Callable[..., Child]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make children of small programs, and end them after the test."""
    made: list[Child] = []

    def recipe(
        program: str, *, pulse: bool = False, broker: Probe | None = None, stop_s: float = 5.0
    ) -> Child:
        file = tmp_path / "pulse"
        child = Child(
            Recipe(
                name="child",
                command=(sys.executable, "-c", program),
                environment={**os.environ, "FILE": str(file)},
                folder=tmp_path,
                log=tmp_path / "child.log",
                pulse=file if pulse else None,
                stop_s=stop_s,
            ),
            broker,
        )
        made.append(child)
        return child

    yield recipe
    for child in made:
        child.stop()


def wait_for(child: Child, word: str) -> str:
    """Wait until the child's log says a word, and return the log."""
    assert wait_until(lambda: word in child.recipe.log.read_text(), seconds=20)
    return child.recipe.log.read_text()


def wait_for_end(child: Child) -> None:
    """Wait until the child's process has ended by itself."""
    assert child.process is not None
    child.process.wait(20)


def is_ready(child: Child) -> bool:
    """Is it ready right now?"""
    return child.ready


def test_a_child_that_dies_is_started_again_later_each_time(make: Make) -> None:
    """The pause before a start doubles from 0.2 s to 10 s while the child dies young."""
    child = make(EXITS)
    child.start(100.0)
    pauses = []
    now = 100.0
    for _ in range(8):
        wait_for_end(child)
        assert child.look(now) == "ended (exit code 3)"
        assert child.starts_at is not None
        pauses.append(round(child.starts_at - now, 3))
        assert child.look(child.starts_at - 0.001) is None
        assert child.process is None
        now = child.starts_at
        child.look(now)
        assert child.process is not None
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert child.deaths_before_ready == 8
    wait_for_end(child)
    assert child.last_words() == "an error on line 7"


def test_a_child_that_lived_long_is_started_again_at_once(make: Make) -> None:
    """After a long life there is no pause, and a killed child's signal is named."""
    child = make(SLEEPS)
    child.start(0.0)
    assert child.process is not None
    child.look(1.0)
    assert child.ready
    child.process.kill()
    wait_for_end(child)
    assert child.look(50.0) == "was killed (SIGKILL)"
    child.look(50.0)
    assert child.process is not None
    assert child.deaths_before_ready == 0


def test_a_dead_childs_family_goes_with_it(make: Make) -> None:
    """Whoever the child started is ended before it is started again."""
    child = make(PARENT)
    child.start(0.0)
    assert child.process is not None
    leader = child.process.pid
    wait_for(child, "up")
    assert len(processes.session_members(leader)) == 2
    child.process.kill()
    wait_for_end(child)
    child.look(1.0)
    assert wait_until(lambda: processes.session_members(leader) == [], seconds=5)


def test_a_pulse_makes_ready_and_silence_ends(make: Make) -> None:
    """A pulsing child is ready; when the pulse stays away while the broker is well, it is replaced."""
    child = make(PULSES, pulse=True, broker=fake(well_since=0.0))
    child.start(0.0)
    assert child.recipe.pulse is not None
    assert wait_until(child.recipe.pulse.exists, seconds=20)
    assert child.look(1.0) is None
    assert is_ready(child)
    assert child.process is not None
    child.process.send_signal(signal.SIGSTOP)
    stopped = psutil.Process(child.process.pid)
    assert wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED, seconds=5)
    assert child.look(2.0) is None
    assert child.look(1.0 + SILENT_S) is None
    assert str(child.look(2.1 + SILENT_S)).startswith("was silent for 3")
    child.look(2.2 + SILENT_S)
    assert not is_ready(child)
    assert wait_until(lambda: child.look(40.0) is None and child.ready, seconds=20)


def test_silence_without_a_broker_is_no_fault(make: Make) -> None:
    """While the broker is away nobody can hear the clock; once it is back the child gets its time."""
    broker = fake(well_since=None)
    child = make(SLEEPS, pulse=True, broker=broker)
    child.start(0.0)
    assert child.look(1000.0) is None
    broker.well_since = 1000.0
    assert child.look(1000.0 + START_GRACE_S) is None
    assert child.look(1000.1 + START_GRACE_S) == "was silent for 60 seconds"


def test_a_child_that_answers_no_more_is_replaced(make: Make) -> None:
    """Three questions without an answer end a child that was ready; one that starts slowly has its grace."""
    child = make(SLEEPS)
    child.start(0.0)
    child._probe = fake(failures=9)
    assert child.look(START_GRACE_S) is None
    assert not is_ready(child)
    child._probe = fake(well_since=3.0)
    assert child.look(4.0) is None
    assert is_ready(child)
    child._probe = fake(failures=FAILURES - 1)
    assert child.look(9.0) is None
    child._probe = fake(failures=FAILURES)
    assert child.look(9.5) == "didn't answer 3 times"


def test_a_child_that_never_answers_is_replaced(make: Make) -> None:
    """A child that never answered within its grace is replaced."""
    child = make(SLEEPS)
    child.start(0.0)
    child._probe = fake(failures=9)
    assert child.look(START_GRACE_S + 0.1) == "didn't answer for 60 seconds"


def test_a_stubborn_child_is_killed(make: Make) -> None:
    """A child that ignores SIGTERM is killed when its time is up; stopping twice is harmless."""
    child = make(STUBBORN, stop_s=0.2)
    child.start(0.0)
    assert child.process is not None
    process = child.process
    wait_for(child, "up")
    child.stop()
    child.stop()
    assert process.returncode == -9
    assert child.look(100.0) is None
    assert child.process is None


def test_a_child_dies_with_its_owner(make: Make, tmp_path: Path) -> None:
    """When the owner is killed the child gets its death signal, wherever the kernel has one."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert owner.stdout is not None
    known = processes.Identity.of(int(owner.stdout.readline()))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert wait_until(lambda: known.find() is None, seconds=10)


OWNER = f"""
import os, pathlib, signal, sys
from cli.child import Child, Recipe
folder = pathlib.Path(sys.argv[1])
child = Child(Recipe("child", (sys.executable, "-c", {SLEEPS!r}), dict(os.environ), folder, folder / "log"))
child.start(0.0)
print(child.process.pid, flush=True)
signal.pause()
"""


def test_a_log_is_kept_small(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A talkative child's log is cut, its end kept beside it, and the child goes on writing."""
    monkeypatch.setattr("cli.logs.LARGEST", 10_000)
    child = make("import time\nwhile True: print('words ' * 20, flush=True); time.sleep(0.001)")
    child.start(0.0)
    log = child.recipe.log
    assert wait_until(lambda: log.stat().st_size > 10_000, seconds=20)
    child.look(1.0)
    older = log.with_name("child.log.1")
    assert older.stat().st_size <= 10_000
    assert "words" in older.read_text()
    assert wait_until(lambda: log.stat().st_size > 0, seconds=20)
    assert b"\0" not in log.read_bytes()
