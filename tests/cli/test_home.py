"""The home: secrets made once and kept private, and a note by which a run is found again."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cli import leftovers
from cli.home import Home, HomeError, Run, write_private
from cli.lock import HeldError, hold
from cli.processes import Identity
from coaching import settings_parsers


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    """The first look makes the secrets, readable by nobody else; the second finds the same; homes differ."""
    home = Home(tmp_path)
    made = home.secrets()
    assert home.secrets() == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other").secrets()
    assert all(getattr(made, name) != getattr(other, name) for name in vars(made))


def test_secrets_are_what_the_settings_take(tmp_path: Path) -> None:
    """Made secrets pass the settings' own readers, and the key pair is one."""
    made = Home(tmp_path).secrets()
    assert settings_parsers.secret_ring(made.secret_keys) == (made.secret_keys,)
    assert settings_parsers.secret(made.hash_pepper)
    assert settings_parsers.api_key(made.sandbox_api_key)
    assert settings_parsers.webhook_key(made.sandbox_webhook_public_key)
    key = load_der_public_key(base64.b64decode(made.sandbox_webhook_public_key))
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(key.curve, SECP256R1)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"secret_keys": "x"}'])
def test_damaged_secrets_are_named_and_kept(tmp_path: Path, content: str) -> None:
    """A secrets file that can't be understood is never overwritten: links and suppressions hang on it."""
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(HomeError, match=r"secrets\.json is damaged"):
        Home(tmp_path).secrets()
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_run_is_found_again(tmp_path: Path) -> None:
    """What one process noted another one reads; a stopped run is forgotten."""
    home = Home(tmp_path)
    assert home.living_run() is None
    run = Run(Identity.of(os.getpid()), {"PORT": "8000"}, {"web": Identity.of(os.getppid())})
    home.note_run(run)
    assert home.living_run() == run
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    home.forget_run()
    home.forget_run()
    assert home.noted_run() is None


def test_a_dead_owners_run_doesnt_live(tmp_path: Path) -> None:
    """A run whose owner's pid is free, or belongs to somebody born at another time, is no living run."""
    home = Home(tmp_path)
    me = Identity.of(os.getpid())
    home.note_run(Run(Identity(me.pid, me.born - 3600), {}, {}))
    assert home.noted_run() is not None
    assert home.living_run() is None


def test_a_torn_note_is_no_run(tmp_path: Path) -> None:
    """A note that can't be understood counts as none."""
    (tmp_path / "run.json").write_text('{"owner": {"pid"')
    assert Home(tmp_path).noted_run() is None


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A write that fails half-way leaves the old file as it was."""
    path = tmp_path / "file.json"
    write_private(path, {"a": 1})
    with pytest.raises(TypeError):
        write_private(path, {"b": object()})
    assert json.loads(path.read_text()) == {"a": 1}
    write_private(path, {"c": 3})
    assert json.loads(path.read_text()) == {"c": 3}


def test_a_home_has_one_owner(tmp_path: Path) -> None:
    """While one holds the lock another is told who does; closing it frees it."""
    home = tmp_path / "deep" / "home"
    with hold(home, "up"):
        with pytest.raises(HeldError, match=rf"in use .*process {os.getpid()}\)"):
            hold(home, "up")
        hold(home, "other").close()
    hold(home, "up").close()
    assert home.stat().st_mode & 0o077 == (0o011 if os.geteuid() == 0 else 0)


@pytest.mark.process
def test_leftovers_are_ended_and_strangers_spared(tmp_path: Path) -> None:
    """Children of this home are ended; another home's, and a shell that only knows it, are spared."""
    home = Home(tmp_path)
    marks = [
        {leftovers.MARK: str(tmp_path)},
        {leftovers.MARK: "/elsewhere"},
        {"WAYPOINT_HOME": str(tmp_path)},
    ]
    sleeps = [sys.executable, "-c", "import time; time.sleep(600)"]
    started = [subprocess.Popen(sleeps, start_new_session=True, env=mark) for mark in marks]
    try:
        ours, *strangers = (Identity.of(one.pid) for one in started)
        home.note_run(Run(Identity(1, 0.0), {}, {}))
        leftovers.end(home)
        assert ours.find() is None
        assert None not in [stranger.find() for stranger in strangers]
        assert home.noted_run() is None
    finally:
        for one in started:
            one.kill()
            one.wait()
