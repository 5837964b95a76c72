"""The system as its user starts it: real processes, real servers, real letters."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.system import System, submission, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """A system that is ready, ended after the test."""
    one = System(tmp_path / "home").start()
    yield one
    one.discard()


def _open(url: str, *, post: bool = False) -> str:
    with urllib.request.urlopen(url, data=b"" if post else None, timeout=10) as page:
        text: str = page.read().decode()
        return text


def _scored(system: System, key: str, path: str) -> dict[str, Any] | None:
    _, body = system.call(path, key)
    return body if body.get("status") == "scored" else None


def test_a_submission_becomes_a_letter_and_its_button_opens_the_report(system: System) -> None:
    """POST, score, letter in the mailbox, confirm by POST, report: the whole way through real processes."""
    intake, manage = (system.run("keys", "create", "--scope", scope) for scope in ("intake", "manage"))
    status, body = system.call("/v1/assessments", intake, submission("ana@example.test"))
    assert status == 202
    path = f"/v1/assessments/{body['id']}"
    score = until(lambda: _scored(system, manage, path), "the score")
    assert score["composite"] == 50.0
    letter = until(lambda: system.letters("ana@example.test"), "the letter")[0]
    assert set(letter["custom_args"]) == {"message_id", "attempt_id"}
    assert letter["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    button = re.search(rf"{system.url}/act/[\w-]+", letter["text"])
    assert button is not None
    assert "This is me" in _open(button[0])
    assert system.call(path, manage)[1]["accepted"] is False
    assert "Where you stand, Ana" in _open(button[0], post=True)
    assert system.call(path, manage)[1]["accepted"] is True


@pytest.mark.fault
def test_a_killed_process_is_started_again(system: System) -> None:
    """SIGKILL to each of its processes in turn: another takes its place and letters go on."""
    key = system.run("keys", "create", "--scope", "intake")
    for name in ("worker-1", "beat", "web", "sandbox"):
        _kill_and_go_on(system, name, key)


def _kill_and_go_on(system: System, name: str, key: str) -> None:
    old = system.child(name)
    psutil.Process(old).kill()
    until(lambda: system.child(name) not in (0, old), f"a new {name}", patience_s=20)
    to = f"{name}@example.test"
    until(lambda: system.call("/v1/assessments", key, submission(to))[0] == 202, f"intake after {name}")
    until(lambda: system.letters(to), f"the letter after {name} was killed")


def test_ctrl_c_leaves_no_process_and_the_next_start_finds_the_data(tmp_path: Path) -> None:
    """Ctrl-C ends everything; a second start on the same home knows the keys of the first."""
    system = System(tmp_path / "home").start()
    key = system.run("keys", "create", "--scope", "manage")
    started = system.processes()
    assert len(started) >= 6
    system.stop()
    _gone, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert system.process is not None
    assert system.process.returncode == 0
    try:
        system.start()
        assert system.call("/v1/clients", key)[0] == 200
    finally:
        system.discard()


@pytest.mark.fault
def test_a_killed_supervisor_keeps_nothing_from_the_next_start(tmp_path: Path) -> None:
    """SIGKILL to `waypoint up` itself: the next start clears up, finds the data and sends letters."""
    system = System(tmp_path / "home").start()
    key = system.run("keys", "create", "--scope", "intake")
    system.kill()
    try:
        system.start()
        assert system.call("/v1/assessments", key, submission("bo@example.test"))[0] == 202
        until(lambda: system.letters("bo@example.test"), "the letter")
    finally:
        system.discard()


def test_a_broken_setting_stops_the_start_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A malformed setting ends the start with a line that names it, and no traceback."""
    monkeypatch.setenv("DEFAULT_TIME_ZONE", "Nowhere/Land")
    system = System(tmp_path / "home")
    with pytest.raises(AssertionError, match="DEFAULT_TIME_ZONE") as stopped:
        system.start()
    assert "Traceback" not in str(stopped.value)
