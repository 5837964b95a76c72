"""Logs tell what happened and never to whom, nor with which key."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coaching.adapters.logs import leave_out_personal
from coaching.adapters.redaction import without_secrets
from tests.adapters import loud_program as loud
from tests.adapters.mail_host import ACCEPTED, answer, mail_host

SECRETS = (loud.KEY, loud.ADDRESS, "ana.berg", loud.NAME, "Berg", loud.PASSWORD, loud.TOKEN, loud.TOKEN[:20])
WORDS = f'{{"errors":[{{"message":"{loud.ADDRESS} is not valid","field":"personalizations.0.to.0.email"}}]}}'
REFUSAL = f"HTTP/1.1 400 Bad\r\nContent-Length: {len(WORDS)}\r\n\r\n{WORDS}".encode()


def printed(form: str, root: Path, postgres_url: str) -> str:
    """Run the loud program and return everything it printed."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        broker = f"redis://:{loud.PASSWORD}@127.0.0.1:{gone.getsockname()[1]}/0"
    with mail_host(answer(ACCEPTED), answer(REFUSAL)) as host:
        done = subprocess.run(
            [sys.executable, "-m", "tests.adapters.loud_program", form, host.url, postgres_url, broker],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        assert len(host.requests) == 2
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_personal_is_told_at_debug(form: str, root: Path, postgres_url: str) -> None:
    """Letters, statements, failures, a broken broker, careless lines: no address, name, key or password."""
    said = printed(form, root, postgres_url)
    assert [secret for secret in SECRETS if secret in said] == []
    assert "a debug line of a library" not in said
    for told in ("a debug line of ours", "posted", "refused", "a statement failed", "DataError"):
        assert told in said
    for told in ("bell not heard", "the shared rate is out of reach", "loud.fail", "ValueError"):
        assert told in said


def test_every_line_is_json(root: Path, postgres_url: str) -> None:
    """Whoever logs and by whichever way, one line is one object with level, logger and time."""
    lines = [json.loads(line) for line in printed("json", root, postgres_url).splitlines()]
    assert all({"event", "level", "logger", "timestamp"} <= line.keys() for line in lines)
    (failed, *_) = [line for line in lines if line["event"].startswith("a statement failed")]
    assert failed["error"] == "ProgrammingError"
    assert any("loud_program.py" in place for place in failed["where"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "batch 0198c2f4-5b7a-7c3e-9d51-1f2e3d4c5b6a sent",
            "batch 0198c2f4-5b7a-7c3e-9d51-1f2e3d4c5b6a sent",
        ),
        ("to Ana.B+x@example.test, bo@b.test", "to (address), (address)"),
        ("redis://:secret@localhost:6379/0", "redis://(login)@localhost:6379/0"),
        ("postgresql+psycopg://u:p@db/waypoint", "postgresql+psycopg://(login)@db/waypoint"),
        ("redis://:half@way@host/0", "redis://(login)@(address)"),
        ("with SG.abc.DEF-1_2!", "with (key)!"),
        ("wp_0a1b2c3d_" + "x" * 43, "(token)"),
        ("GET /act/" + "A1-_" * 12 + "?x=1", "GET /act/(token)?x=1"),
        ("https://docs.example.test/page", "https://docs.example.test/page"),
        ("", ""),
    ],
)
def test_what_a_text_loses(text: str, wanted: str) -> None:
    """Addresses, logins in URLs, keys and signed tokens go; ids and plain words stay."""
    assert without_secrets(text) == wanted


def test_a_long_text_takes_no_long_time() -> None:
    """No text makes the search slow."""
    assert len(without_secrets("a.b:" * 250_000)) == 1_000_000


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"event": "x", "email": "ana"}, {"event": "x", "email": "left out"}),
        ({"event": "x", "count": 3, "ok": True, "s": 1.5}, {"event": "x", "count": 3, "ok": True, "s": 1.5}),
        (
            {"event": "x", "who": {"a@b.test": ("c@d.test",)}},
            {"event": "x", "who": {"(address)": ["(address)"]}},
        ),
    ],
)
def test_what_an_entry_loses(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Personal names are left out whole; other values are looked through, however deep."""
    assert leave_out_personal(None, "info", given) == wanted


def test_an_exception_keeps_type_and_place() -> None:
    """The words of an exception can quote a row: they go, also from the line that repeats them."""
    with pytest.raises(KeyError) as caught:
        dict[str, int]()["Ana Berg"]
    error = caught.value
    entry = leave_out_personal(None, "error", {"event": f"failed: {error}", "exc_info": error})
    assert (entry["event"], entry["error"]) == ("failed: KeyError", "KeyError")
    assert "test_logs.py" in entry["where"][-1]
