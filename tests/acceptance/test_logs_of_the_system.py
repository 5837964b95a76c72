"""What the running system writes down about the people it serves: nothing, even with its logs at DEBUG."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import System, submission, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ADDRESS, NAME = "ana.berg-lund@example.test", "Ana-Maria Berglund"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """A system that says all it can say, ended after the test."""
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    one = System(tmp_path / "home").start()
    yield one
    one.discard()


def _post(url: str, body: bytes = b"") -> None:
    with urllib.request.urlopen(url, data=body, timeout=10) as page:
        page.read()


def _requests(system: System) -> int:
    """Return how often a letter has been posted."""
    with urllib.request.urlopen(f"{system.mailbox}/sandbox/stats", timeout=10) as answer:
        return int(json.load(answer)["requests"])


def _passwords(system: System) -> list[str]:
    """Return what the home keeps secret: every long value in its private notes."""
    notes = [path for path in system.home.glob("*.json") if path.is_file()]
    logins = (re.findall(r"://[^:/@]*:([^@/]+)@", path.read_text()) for path in notes)
    return [password for found in logins for password in found]


def test_no_log_holds_an_address_a_name_a_key_or_a_token(system: System) -> None:
    """A submission, its letter, its links and a refused letter pass; the logs know nobody."""
    intake, manage = (system.run("keys", "create", "--scope", scope) for scope in ("intake", "manage"))
    client = {**submission(ADDRESS)["client"], "name": NAME}
    status, body = system.call("/v1/assessments", intake, submission(ADDRESS, client=client))
    assert status == 202
    letter = until(lambda: system.letters(ADDRESS), "the letter")[0]
    tokens = re.findall(r"/(?:act|unsubscribe|report)/([\w-]{40,})", letter["text"] + letter["html"])
    assert tokens
    stop = re.search(rf"{system.url}/unsubscribe/[\w-]+", letter["headers"]["List-Unsubscribe"])
    assert stop is not None
    _post(stop[0])
    assert system.call(f"/v1/assessments/{body['id']}", manage)[0] == 200
    assert system.call("/v1/assessments", intake + "x", submission(ADDRESS))[0] == 401
    worker = system.home / "log" / "worker-1.log"
    _post(f"{system.mailbox}/sandbox/faults", b'{"status": 400}')
    system.call(
        "/v1/assessments",
        intake,
        submission(f"other.{ADDRESS}", client={**client, "email": f"other.{ADDRESS}"}),
    )
    passwords = _passwords(system)
    assert len(passwords) == 2
    until(lambda: _requests(system) >= 2, "the refused letter")
    system.stop()
    assert '"logger": "' in worker.read_text()
    secrets = {ADDRESS, NAME, "Berglund", intake, manage, "SG.sandbox", *tokens, *passwords}
    logs = [path for path in (system.home / "log").rglob("*") if path.is_file()]
    assert {"web.log", "worker-1.log", "beat.log", "sandbox.log"} <= {path.name for path in logs}
    texts = {path.name: path.read_text(errors="replace") for path in logs} | {"printed": system.said}
    assert [(name, secret) for name, text in texts.items() for secret in secrets if secret in text] == []
