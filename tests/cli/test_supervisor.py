"""The supervisor: what dies is started again, what can't start is told, and stopping leaves nobody behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import processes
from cli.child import Child, Recipe
from cli.processes import wait_until
from cli.supervisor import StartError, StopAskedError, StopSign, Supervisor

pytestmark = pytest.mark.process

SLEEPS = "import time; time.sleep(600)"
SAYS_WHEN_STOPPED = (
    "import pathlib, signal, sys\n"
    "def end(*_):\n"
    "    with open('order', 'a') as file: file.write(sys.argv[1] + ' ')\n"
    "    sys.exit(0)\n"
    "signal.signal(15, end)\n"
    "pathlib.Path('up-' + sys.argv[1]).touch()\n"
    "signal.pause()"
)


def child(folder: Path, program: str, name: str = "child") -> Child:
    """A child that runs a small program, which gets its name as argument."""
    command = (sys.executable, "-c", program, name)
    return Child(Recipe(name, command, dict(os.environ), folder, folder / f"{name}.log", stop_s=5.0))


@pytest.fixture
def stop_sign() -> Iterator[StopSign]:
    """The sign, and the signals as they were after the test."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, even where the tests run under nohup
    yield StopSign()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def said() -> list[str]:
    """What the terminal would show."""
    return []


@pytest.fixture
def supervisor(stop_sign: StopSign, said: list[str]) -> Iterator[Supervisor]:
    """A supervisor that is stopped after the test."""
    made = Supervisor(said.append, stop_sign, lambda: said.append("changed"))
    yield made
    made.stop()


def test_a_killed_child_is_back_within_a_second(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    """A killed child is started again, the terminal says so and where to look, and its new pid is noted."""
    supervisor.start([child(tmp_path, SLEEPS, "web")])
    [web] = supervisor.children
    assert web.process is not None
    first = web.process.pid
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        supervisor.look()
        return web.process is not None and web.process.pid != first and web.process.poll() is None

    assert wait_until(back, seconds=5)
    assert f"web was killed (SIGKILL); starting it again (see {tmp_path / 'web.log'})" in said
    assert said[-1] == "changed"


def test_a_child_that_cant_start_is_told_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    """A child that dies again and again before it was ready ends the start with its own last words."""
    supervisor.start([child(tmp_path, "import sys; sys.exit('error: PORT: no')", "web")])
    supervisor.children[0].recipe.log.parent.mkdir(exist_ok=True)
    object.__setattr__(supervisor.children[0].recipe, "pulse", tmp_path / "never")
    with pytest.raises(StartError, match=r"^web doesn't start: error: PORT: no$"):
        supervisor.wait_until_ready()


def test_children_stop_in_order_and_leave_nobody(supervisor: Supervisor, tmp_path: Path) -> None:
    """The one started last is stopped first, and no process of any session stays."""
    names = ["sandbox", "web", "worker", "beat"]
    supervisor.start([child(tmp_path, SAYS_WHEN_STOPPED, name) for name in names])
    leaders = [one.process.pid for one in supervisor.children if one.process]
    assert wait_until(lambda: all((tmp_path / f"up-{name}").exists() for name in names), seconds=20)
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == names[::-1]
    assert [processes.session_members(leader) for leader in leaders] == [[], [], [], []]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch(supervisor: Supervisor, stop_sign: StopSign, number: signal.Signals) -> None:
    """Each of the three signals is a wish to stop; wishing it again changes nothing."""
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    supervisor.watch()
    assert stop_sign.asked
    supervisor.children.append(child(Path(), SLEEPS))
    with pytest.raises(StopAskedError):
        supervisor.wait_until_ready()


def test_a_signal_interrupts_only_what_may_be_interrupted(stop_sign: StopSign) -> None:
    """Something long ends at once; a second signal while things are put in order is only noted."""

    def something_long() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StopAskedError), stop_sign.at_once():
        something_long()
    assert stop_sign.asked
    with pytest.raises(StopAskedError), stop_sign.at_once():
        pytest.fail("a start after the wish to stop")


def test_nohup_is_respected(stop_sign: StopSign) -> None:
    """Whoever starts with SIGHUP ignored wants the system to outlive the terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    again = StopSign()
    os.kill(os.getpid(), signal.SIGHUP)
    assert not again.asked
