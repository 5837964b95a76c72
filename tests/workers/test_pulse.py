"""Whether a worker is alive and listening, told by the age of a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.pulse import SILENT_AFTER_S, beat_once, is_fresh


@pytest.mark.parametrize(
    ("age", "fresh"), [(0.0, True), (SILENT_AFTER_S - 1, True), (SILENT_AFTER_S, False), (3600.0, False)]
)
def test_a_pulse_grows_old(tmp_path: Path, age: float, fresh: bool) -> None:
    """Half a minute of silence is too long."""
    pulse = tmp_path / "pulse"
    pulse.touch()
    os.utime(pulse, (1_000_000.0, 1_000_000.0))
    assert is_fresh(pulse, at=1_000_000.0 + age) is fresh


def test_no_file_is_no_pulse(tmp_path: Path) -> None:
    """A worker that has never heard anything is not healthy."""
    assert not is_fresh(tmp_path / "pulse", at=0.0)


def test_a_beat_touches_the_file_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file named by the environment is made fresh; without a name nothing happens."""
    pulse = tmp_path / "pulse"
    monkeypatch.delenv("WAYPOINT_PULSE", raising=False)
    beat_once()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("WAYPOINT_PULSE", str(pulse))
    beat_once()
    assert is_fresh(pulse, at=pulse.stat().st_mtime + 1)


@pytest.mark.parametrize(("made", "status"), [(True, 0), (False, 1)])
def test_the_health_check_is_a_command(tmp_path: Path, root: Path, made: bool, status: int) -> None:
    """`python -m workers.pulse` ends with 0 for a fresh pulse and 1 without."""
    pulse = tmp_path / "pulse"
    if made:
        pulse.touch()
    command = [sys.executable, "-m", "workers.pulse"]
    done = subprocess.run(command, env={"WAYPOINT_PULSE": str(pulse)}, cwd=root, timeout=30, check=False)
    assert done.returncode == status
